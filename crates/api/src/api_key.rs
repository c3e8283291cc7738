//! API keys as administrators manage them.

use serde::{Deserialize, Serialize};
use tasker_domain::ErrorCode;
use tasker_domain::access::{self, Permissions, Role};
use utoipa::ToSchema;

use crate::{GRANT_MAX, GRANTS_MAX, Problem, Timestamp, schema};

/// The longest time that a key may be for: a hundred years.
const EXPIRES_MAX_SECONDS: u64 = 100 * 365 * 86_400;

/// Characters of a key's name.
const NAME_MAX: usize = 100;

/// `POST /api-keys`: a key to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApiKey {
    /// Its name: 1 to 100 letters, digits, '.', '_' or '-', not `self`.
    #[schema(example = "prometheus")]
    pub name: String,
    /// What it is for; at least one.
    #[schema(schema_with = schema::roles)]
    pub roles: Vec<Role>,
    /// Patterns of the only tasks that it is for, such as `mail-*`; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<String>>,
    /// Patterns of the only namespaces of the keystore that it is for; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,
    /// How long it is taken; until it is revoked if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 3_153_600_000_u64)]
    pub expires_in_seconds: Option<u64>,
}

/// A key, without the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// Its name; that of a setting for a token that the settings give.
    pub name: String,
    /// What it is for.
    #[schema(schema_with = schema::roles)]
    pub roles: Vec<Role>,
    /// Patterns of the only tasks that it is for; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<String>>,
    /// Patterns of the only namespaces of the keystore that it is for; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<Vec<String>>,
    /// When it was made; absent for a token of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// From when on it is not taken any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the hour; absent if it was not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

/// A key that was made. This is the only time that the key itself is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedApiKey {
    /// The key: what clients send as bearer token.
    pub key: String,
    /// What is known of it.
    #[serde(flatten)]
    pub about: ApiKey,
}

impl NewApiKey {
    /// Judges it; tells what the key allows, and when it expires.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`].
    pub fn check(&self, now: i64) -> Result<(Permissions, Option<i64>), Problem> {
        let bad = |detail: String| Err(Problem::new(ErrorCode::BadRequest, detail));
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let is_name = (1..=NAME_MAX).contains(&self.name.len())
            && self.name.chars().all(is_plain)
            // A path with one of them would mean something else.
            && !matches!(self.name.as_str(), "self" | "." | "..");
        if !is_name {
            return bad(format!(
                "a key's name has 1 to {NAME_MAX} letters, digits, '.', '_' or '-', and is not `self`"
            ));
        }
        if self.roles.is_empty() {
            let roles = Role::WORDS.join("`, `");
            return bad(format!("a key has one role at least: `{roles}`"));
        }
        let is_pattern = |pattern: &String| (1..=GRANT_MAX).contains(&pattern.chars().count());
        for (member, patterns) in [("tasks", &self.tasks), ("namespaces", &self.namespaces)] {
            let patterns = patterns.as_deref().unwrap_or_default();
            if patterns.len() > GRANTS_MAX || !patterns.iter().all(is_pattern) {
                return bad(format!(
                    "`{member}` has at most {GRANTS_MAX} patterns of 1 to {GRANT_MAX} characters each"
                ));
            }
        }
        let mut roles = self.roles.clone();
        roles.sort_unstable();
        roles.dedup();
        if roles.contains(&Role::Admin) && (self.tasks.is_some() || self.namespaces.is_some()) {
            return bad(
                "`admin` may make any key, so it cannot be limited to some tasks or namespaces"
                    .to_owned(),
            );
        }
        let expires_at = match self.expires_in_seconds {
            None => None,
            Some(seconds @ 1..=EXPIRES_MAX_SECONDS) => {
                Some(now.saturating_add_unsigned(seconds * 1_000))
            }
            Some(_) => {
                return bad(format!("`expiresInSeconds` is 1 to {EXPIRES_MAX_SECONDS}"));
            }
        };
        let permissions = Permissions {
            roles,
            tasks: self.tasks.clone(),
            namespaces: self.namespaces.clone(),
        };
        Ok((permissions, expires_at))
    }
}

impl From<access::ApiKey> for ApiKey {
    fn from(key: access::ApiKey) -> Self {
        Self {
            created_at: Some(Timestamp::from_millis(key.created_at)),
            expires_at: key.expires_at.map(Timestamp::from_millis),
            last_used_at: key.used_at.map(Timestamp::from_millis),
            ..Self::of_setting(&key.name, key.permissions)
        }
    }
}

impl ApiKey {
    /// A token that a setting gives.
    #[must_use]
    pub fn of_setting(name: &str, permissions: Permissions) -> Self {
        Self {
            name: name.to_owned(),
            roles: permissions.roles,
            tasks: permissions.tasks,
            namespaces: permissions.namespaces,
            created_at: None,
            expires_at: None,
            last_used_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(json: &str) -> Result<(Permissions, Option<i64>), String> {
        let key: NewApiKey = serde_json::from_str(json).map_err(|error| error.to_string())?;
        key.check(1_000).map_err(|problem| problem.detail)
    }

    #[test]
    fn a_key_is_asked_for_with_a_name_and_roles() {
        let (permissions, expires_at) = new(
            r#"{"name": "ci.1", "roles": ["submit", "deploy", "submit"], "tasks": ["mail-*"], "expiresInSeconds": 60}"#,
        )
        .unwrap();
        assert_eq!(permissions.roles, [Role::Deploy, Role::Submit]);
        assert_eq!(permissions.tasks, Some(vec!["mail-*".to_owned()]));
        assert_eq!((permissions.namespaces, expires_at), (None, Some(61_000)));
        for (json, said) in [
            (r#"{"name": "", "roles": ["admin"]}"#, "a key's name has"),
            (
                r#"{"name": "self", "roles": ["admin"]}"#,
                "a key's name has",
            ),
            (r#"{"name": "..", "roles": ["admin"]}"#, "a key's name has"),
            (r#"{"name": "a/b", "roles": ["admin"]}"#, "a key's name has"),
            (
                r#"{"name": "a", "roles": []}"#,
                "one role at least: `admin`, `deploy`",
            ),
            (
                r#"{"name": "a", "roles": ["root"]}"#,
                "unknown variant `root`, expected one of `admin`",
            ),
            (
                r#"{"name": "a", "roles": ["admin"], "tasks": []}"#,
                "cannot be limited",
            ),
            (
                r#"{"name": "a", "roles": ["submit"], "tasks": [""]}"#,
                "`tasks` has at most",
            ),
            (
                r#"{"name": "a", "roles": ["submit"], "expiresInSeconds": 0}"#,
                "`expiresInSeconds` is 1",
            ),
            (
                r#"{"name": "a", "roles": ["submit"], "role": 0}"#,
                "unknown field",
            ),
        ] {
            let error = new(json).unwrap_err();
            assert!(error.contains(said), "{json}: {error}");
        }
    }
}
