//! The operator's policy for a service: which methods may be called.

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_settings::{Invalid, Policy};

use crate::{pattern, refused};

/// Checks a method path of `service` by its policy, and the `others` by which it may be denied. Large and small letters are the same:
/// some upstreams do not tell them apart.
///
/// # Errors
/// `policy_denied`
pub fn check(
    policy: &Policy,
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
    let reason = if let Some(rule) = policy.deny.iter().find(denies) {
        format!("it is denied by `{rule}`")
    } else if policy
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

/// The error of a call whose policy cannot be read: nothing is allowed then.
#[must_use]
pub fn unreadable(why: &Invalid) -> ServiceError {
    refused(
        ErrorCode::PolicyInvalid,
        format!("nothing is allowed, because {why}"),
    )
}

#[cfg(test)]
mod tests {
    use tasker_settings::OPENAI_POLICY;

    use super::*;

    fn path(method: &str) -> Vec<String> {
        method.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn deny_wins_over_allow_and_nothing_set_allows_all() {
        let text =
            r#"{"allow": ["chat.*", "files.*"], "deny": ["*.delete"], "requestsPerMinute": 60}"#;
        let policy = OPENAI_POLICY.parse(text).unwrap();
        let check = |method| check(&policy, "openai", &path(method), &[]);
        assert!(check("chat.completions.create").is_ok() && check("files.list").is_ok());
        let denied = check("files.delete").unwrap_err();
        assert!(denied.error.is(ErrorCode::PolicyDenied) && !denied.retryable);
        assert!(denied.error.message.contains("denied by `*.delete`"));
        assert!(check("models.list").is_err() && check("chat").is_err());
        assert!(policy.has_limits());
        for text in ["", " ", "{}"] {
            let none = OPENAI_POLICY.parse(text).unwrap();
            let allowed = super::check(&none, "x", &path("a.b"), &[]);
            assert!(allowed.is_ok() && !none.has_limits());
        }
        let nothing = OPENAI_POLICY.parse(r#"{"allow": []}"#).unwrap();
        assert!(super::check(&nothing, "x", &path("a"), &[]).is_err());
    }

    #[test]
    fn no_other_writing_of_a_method_leads_around_a_policy() {
        let policy = r#"{"allow": ["files.*", "get"], "deny": ["Files.delete"]}"#;
        let policy = OPENAI_POLICY.parse(policy).unwrap();
        let check = |method, others: &[&str]| {
            let others: Vec<_> = others.iter().map(|name| (*name).to_owned()).collect();
            check(&policy, "x", &path(method), &others)
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
            let error = unreadable(&OPENAI_POLICY.parse(text).unwrap_err());
            assert!(error.error.is(ErrorCode::PolicyInvalid) && !error.retryable);
            assert!(error.error.message.contains("`openai_policy`"), "{error:?}");
        }
    }
}
