//! Google's errors: <https://google.aip.dev/193> and its older form.

use serde_json::Value;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::upstream::{self, Said};

/// The reasons of a 403 that mean "later".
const RATE_REASONS: [&str; 4] = [
    "rateLimitExceeded",
    "userRateLimitExceeded",
    "quotaExceeded",
    "RATE_LIMIT_EXCEEDED",
];

/// The longest code taken from an answer.
const CODE_CHARS: usize = 100;

/// The error for an answer of an API whose status says that the call failed. Its code is Google's
/// reason: `notFound`, `rateLimitExceeded`, or the status `NOT_FOUND` of APIs that give no reason.
#[must_use]
pub(crate) fn failed(response: &Response, now_ms: i64) -> ServiceError {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let error = &body["error"];
    let reasons = [
        &error["errors"][0]["reason"],
        detail_reason(error),
        &error["status"],
        // The form of the token endpoint, which some APIs use for tokens that they refuse.
        error,
    ];
    let code = reasons.into_iter().find_map(code);
    let message = error["message"]
        .as_str()
        .or_else(|| body["error_description"].as_str())
        .filter(|message| !message.is_empty());
    let rate = code
        .as_deref()
        .is_some_and(|code| RATE_REASONS.contains(&code));
    let said = Said {
        name: Some("GaxiosError".to_owned()),
        message: Some(match message {
            Some(message) => message.chars().take(1000).collect(),
            None => format!("Google answered {}", response.status),
        }),
        code,
    };
    let mut failed = upstream::failed("gapi", response, said, now_ms);
    match response.status {
        // A conflict stays one: such as a user or an event that already exists.
        409 => {
            failed.retryable = false;
            failed.retry_after_ms = None;
        }
        403 if rate => {
            failed.retryable = true;
            failed.retry_after_ms = upstream::retry_after_ms(response, now_ms);
        }
        _ => {}
    }
    failed
}

/// The error for an answer of the token endpoint: <https://www.rfc-editor.org/rfc/rfc6749#section-5.2>.
#[must_use]
pub(crate) fn no_token(response: &Response, now_ms: i64) -> ServiceError {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let code = code(&body["error"]);
    let hint = match code.as_deref() {
        Some("unauthorized_client") => {
            "; in the admin console, allow the service account's client these scopes (domain-wide delegation)"
        }
        Some("invalid_grant") => {
            "; is the key or refresh token still valid, and does the subject exist?"
        }
        _ => "",
    };
    let reason = body["error_description"].as_str().or(code.as_deref());
    let reason: String = match reason {
        Some(reason) => reason.chars().take(500).collect(),
        None => format!("it answered {}", response.status),
    };
    let said = Said {
        name: Some("GaxiosError".to_owned()),
        message: Some(format!("Google gives no access token: {reason}{hint}")),
        code,
    };
    upstream::failed("gapi", response, said, now_ms)
}

fn detail_reason(error: &Value) -> &Value {
    let details = error["details"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let reason = details.iter().map(|detail| &detail["reason"]);
    reason
        .into_iter()
        .find(|reason| reason.is_string())
        .unwrap_or(&Value::Null)
}

fn code(value: &Value) -> Option<String> {
    let code = value.as_str()?;
    (1..=CODE_CHARS)
        .contains(&code.len())
        .then(|| code.to_owned())
}
