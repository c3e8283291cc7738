//! The operator's policy for a service: which methods may be called, and how often.
//!
//! It is the JSON text of the variable `<service>_policy`:
//! `{"allow": ["chat.*"], "deny": ["files.delete"], "requestsPerMinute": 60, "concurrency": 4}`.
//! Every part may be left out.

use serde::Deserialize;
use serde_json::{Map, Value};
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;

use crate::{pattern, refused};

/// What a service's callers may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// Patterns of the method paths that may be called; `None`: all.
    pub allow: Option<Vec<String>>,
    /// Patterns of those that may not, even if `allow` has them.
    pub deny: Vec<String>,
    /// How many calls may begin in a minute; `None`: any number.
    pub requests_per_minute: Option<u32>,
    /// How many calls may be under way at once; `None`: any number.
    pub concurrency: Option<u32>,
}

impl Policy {
    /// Reads the text of the variable `name`; an empty one means no policy.
    ///
    /// # Errors
    /// `policy_invalid`: a policy that cannot be read allows nothing.
    pub fn read(name: &str, text: &str) -> Result<Self, ServiceError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        // Serde would take a list for a struct, too.
        let members: serde_json::Result<Map<String, Value>> = serde_json::from_str(text);
        members
            .and_then(|members| serde_json::from_value(Value::Object(members)))
            .map_err(|error| {
                refused(
                    ErrorCode::PolicyInvalid,
                    format!("the variable `{name}` is no policy, so nothing is allowed: {error}"),
                )
            })
    }

    /// Checks a method path of `service`, and the `others` by which it may be denied. Large and small letters are the same:
    /// some upstreams do not tell them apart.
    ///
    /// # Errors
    /// `policy_denied`
    pub fn check(
        &self,
        service: &str,
        method: &[String],
        others: &[String],
    ) -> Result<(), ServiceError> {
        let method = method.join(".");
        let denies = |rule: &&String| {
            let mut names = others.iter().chain([&method]);
            names.any(|name| pattern::matches_any_case(rule, name))
        };
        let allows = |rule: &String| pattern::matches_any_case(rule, &method);
        let reason = if let Some(rule) = self.deny.iter().find(denies) {
            format!("it is denied by `{rule}`")
        } else if self
            .allow
            .as_deref()
            .is_some_and(|allow| !allow.iter().any(allows))
        {
            "it is not among the allowed ones".to_owned()
        } else {
            return Ok(());
        };
        Err(refused(
            ErrorCode::PolicyDenied,
            format!("the policy for `tools.{service}` does not allow `{method}`: {reason}"),
        ))
    }

    /// Whether there is a limit that has to be counted.
    #[must_use]
    pub fn has_limits(&self) -> bool {
        self.requests_per_minute.is_some() || self.concurrency.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(method: &str) -> Vec<String> {
        method.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn deny_wins_over_allow_and_nothing_set_allows_all() {
        let policy = Policy::read(
            "x_policy",
            r#"{"allow": ["chat.*", "files.*"], "deny": ["*.delete"], "requestsPerMinute": 60}"#,
        )
        .unwrap();
        let check = |method| policy.check("openai", &path(method), &[]);
        assert!(check("chat.completions.create").is_ok() && check("files.list").is_ok());
        let denied = check("files.delete").unwrap_err();
        assert!(denied.error.is(ErrorCode::PolicyDenied) && !denied.retryable);
        assert!(denied.error.message.contains("denied by `*.delete`"));
        assert!(check("models.list").is_err() && check("chat").is_err());
        assert!(policy.has_limits());
        for text in ["", " ", "{}"] {
            let none = Policy::read("x_policy", text).unwrap();
            assert!(none.check("x", &path("a.b"), &[]).is_ok() && !none.has_limits());
        }
        let nothing = Policy::read("x_policy", r#"{"allow": []}"#).unwrap();
        assert!(nothing.check("x", &path("a"), &[]).is_err());
    }

    #[test]
    fn no_other_writing_of_a_method_leads_around_a_policy() {
        let policy = r#"{"allow": ["files.*", "get"], "deny": ["Files.delete"]}"#;
        let policy = Policy::read("x_policy", policy).unwrap();
        let check = |method, others: &[&str]| {
            let others: Vec<_> = others.iter().map(|name| (*name).to_owned()).collect();
            policy.check("x", &path(method), &others)
        };
        assert!(check("files.list", &[]).is_ok() && check("get", &["a.get"]).is_ok());
        for (method, others) in [
            ("files.delete", &[][..]),
            ("FILES.DELETE", &[]),
            ("files.list", &["files.delete"]),
            ("get", &["FILES.delete"]),
            // What may only be denied by another name is not allowed by it.
            ("delete", &["files.list"]),
        ] {
            assert!(check(method, others).is_err(), "{method} {others:?}");
        }
    }

    #[test]
    fn a_policy_that_cannot_be_read_allows_nothing() {
        for text in [
            "{",
            "[]",
            "null",
            r#"{"allow": "chat"}"#,
            r#"{"denied": []}"#,
            r#"{"requestsPerMinute": -1}"#,
            r#"{"concurrency": 1.5}"#,
        ] {
            let error = Policy::read("x_policy", text).unwrap_err();
            assert!(error.error.is(ErrorCode::PolicyInvalid) && !error.retryable);
            assert!(error.error.message.contains("`x_policy`"), "{error:?}");
        }
    }
}
