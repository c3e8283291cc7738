//! Errors that no further attempt would mend.

use tasker_domain::wire::ServiceError;
use tasker_domain::{ErrorCode, ErrorValue};

/// The arguments cannot be used; `message` says which and why.
#[must_use]
pub fn invalid(message: impl Into<String>) -> ServiceError {
    let mut error = ErrorValue::new(ErrorCode::InvalidArguments, message);
    error.name = "TypeError".to_owned();
    ServiceError {
        error,
        retryable: false,
        retry_after_ms: None,
    }
}

/// There is no such method; names those that come nearest.
#[must_use]
pub fn unknown_method(service: &str, method: &[String], known: &[&str]) -> ServiceError {
    let asked = method.join(".");
    let nearest = known
        .iter()
        .map(|name| (strsim::jaro_winkler(&asked, name), *name))
        .filter(|(score, _)| *score > 0.7);
    let hint = match nearest.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("there are: {}", known.join(", ")),
    };
    let error = ErrorValue::new(
        ErrorCode::UnknownMethod,
        format!("`tools.{service}` has no method `{asked}`; {hint}"),
    );
    ServiceError {
        error,
        retryable: false,
        retry_after_ms: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_to_do() {
        let known = ["get", "set", "list", "delete"];
        let near = unknown_method("keystore", &["lst".to_owned()], &known);
        assert!(
            near.error.message.contains("did you mean `list`?"),
            "{near:?}"
        );
        let far = unknown_method("keystore", &["x".to_owned(), "y".to_owned()], &known);
        assert!(
            far.error.message.contains("`x.y`; there are: get, set"),
            "{far:?}"
        );
        assert!(!far.retryable && far.error.is(ErrorCode::UnknownMethod));
    }
}
