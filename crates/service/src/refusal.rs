//! Errors of the service's own.

use tasker_domain::wire::ServiceError;
use tasker_domain::{ErrorCode, ErrorValue};

/// An error that another attempt would not cure.
#[must_use]
pub fn refused(code: ErrorCode, message: impl Into<String>) -> ServiceError {
    ServiceError {
        error: ErrorValue::new(code, message),
        retryable: false,
        retry_after_ms: None,
        outcome_unknown: false,
        answer: None,
    }
}

/// An error that another attempt may cure, not before `after_ms` milliseconds if that is known.
#[must_use]
pub fn retryable(
    code: ErrorCode,
    message: impl Into<String>,
    after_ms: Option<i64>,
) -> ServiceError {
    ServiceError {
        retryable: true,
        retry_after_ms: after_ms,
        ..refused(code, message)
    }
}

/// The error of an attempt that failed when the upstream may already have done what may be done only once.
#[must_use]
pub fn unknown(mut error: ServiceError) -> ServiceError {
    error.retryable = false;
    error.outcome_unknown = true;
    // The upstream's own words on the failure stay its own.
    if error.error.status.is_none() {
        let value = &mut error.error;
        value.code = Some(ErrorCode::OutcomeUnknown.as_str().to_owned());
        value.message.push_str(
            "; nobody knows whether it was done, so it is not made again: see to that, or allow it with `retry: { on: [\"unknown\", \"retryable\"] }`",
        );
    }
    error
}

/// The arguments cannot be used; `message` says which and why.
#[must_use]
pub fn invalid(message: impl Into<String>) -> ServiceError {
    let mut error = refused(ErrorCode::InvalidArguments, message);
    error.error.name = "TypeError".to_owned();
    error
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
    refused(
        ErrorCode::UnknownMethod,
        format!("`tools.{service}` has no method `{asked}`; {hint}"),
    )
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

    #[test]
    fn an_unknown_outcome_keeps_what_the_upstream_said() {
        let slow = unknown(retryable(
            ErrorCode::UpstreamTimeout,
            "no answer within 3 s",
            None,
        ));
        assert!(
            !slow.retryable && slow.outcome_unknown && slow.error.is(ErrorCode::OutcomeUnknown)
        );
        assert!(
            slow.error
                .message
                .starts_with("no answer within 3 s; nobody knows")
        );
        let mut said = retryable(ErrorCode::UpstreamFailed, "it broke", None);
        said.error.status = Some(500);
        let said = unknown(said);
        assert!(
            !said.retryable && said.outcome_unknown && said.error.is(ErrorCode::UpstreamFailed)
        );
        assert_eq!(said.error.message, "it broke");
    }
}
