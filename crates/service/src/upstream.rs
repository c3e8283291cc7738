//! Errors of upstreams, in one form for all services.

use std::time::{Duration, UNIX_EPOCH};

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;

use crate::http::Response;
use crate::refused;

/// How much of the upstream's body an error carries, in bytes.
const BODY_BYTES: usize = 4 << 10;
/// And how much of the upstream's message, in characters.
const MESSAGE_CHARS: usize = 2_000;

/// What an upstream's error body says of itself, as far as the service can tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The class of the error in the official client, such as `RateLimitError`.
    pub name: Option<String>,
    /// For people.
    pub message: Option<String>,
    /// The upstream's own code.
    pub code: Option<String>,
}

/// The error for an answer whose status says that the call failed. 408, 409, 425, 429 and 5xx are worth
/// another attempt, not before `Retry-After` if that is sent.
#[must_use]
pub fn failed(service: &str, response: &Response, said: Said, now_ms: i64) -> ServiceError {
    let status = response.status;
    let message = said
        .message
        .unwrap_or_else(|| format!("`{service}` answered {status}"));
    let mut failed = refused(
        ErrorCode::UpstreamFailed,
        message.chars().take(MESSAGE_CHARS).collect::<String>(),
    );
    failed.retryable = matches!(status, 408 | 409 | 425 | 429 | 500..);
    if failed.retryable {
        failed.retry_after_ms = retry_after_ms(response, now_ms);
    }
    let error = &mut failed.error;
    if let Some(name) = said.name {
        error.name = name;
    }
    if said.code.is_some() {
        error.code = said.code;
    }
    error.status = Some(status);
    error.body = Some(body(&response.body));
    failed
}

/// The error for an answer that is not what the upstream's documents say, such as JSON that does not
/// parse. `reason` must not quote it.
#[must_use]
pub fn malformed(
    service: &str,
    response: &Response,
    reason: impl std::fmt::Display,
) -> ServiceError {
    let mut malformed = refused(
        ErrorCode::UpstreamInvalid,
        format!("the answer of `{service}` cannot be understood: {reason}"),
    );
    malformed.error.status = Some(response.status);
    malformed.error.body = Some(body(&response.body));
    malformed
}

/// How long `Retry-After` asks to wait (RFC 9110, 10.2.3): seconds, or a date.
#[must_use]
pub fn retry_after_ms(response: &Response, now_ms: i64) -> Option<i64> {
    let value = response.header("retry-after")?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        // A cast saturates; some servers send fractions.
        return (seconds >= 0.0).then_some((seconds * 1_000.0).ceil() as i64);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let now = UNIX_EPOCH + Duration::from_millis(u64::try_from(now_ms).unwrap_or(0));
    let wait = date.duration_since(now).unwrap_or_default();
    i64::try_from(wait.as_millis()).ok()
}

/// The body as JSON text: as it is if it is JSON and within the bound, else a string of its start.
fn body(bytes: &[u8]) -> tasker_domain::Json {
    if bytes.len() <= BODY_BYTES
        && let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes)
    {
        return value.to_string();
    }
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(BODY_BYTES)]);
    serde_json::Value::String(text.into_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Response {
        Response {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            body: body.to_vec(),
        }
    }

    #[test]
    fn the_status_tells_whether_another_attempt_is_worth_it() {
        for (status, retryable) in [
            (400, false),
            (401, false),
            (403, false),
            (404, false),
            (408, true),
            (409, true),
            (422, false),
            (425, true),
            (429, true),
            (500, true),
            (503, true),
            (599, true),
        ] {
            let answer = response(status, &[("retry-after", "1")], b"");
            let error = failed("x", &answer, Said::default(), 0);
            assert_eq!(error.retryable, retryable, "{status}");
            assert_eq!(error.retry_after_ms, retryable.then_some(1_000), "{status}");
            assert_eq!(error.error.status, Some(status));
            assert!(error.error.is(ErrorCode::UpstreamFailed));
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = 1_445_412_480_000; // Wed, 21 Oct 2015 07:28:00 GMT
        for (value, wait) in [
            ("120", Some(120_000)),
            ("0", Some(0)),
            (" 1.5 ", Some(1_500)),
            ("Wed, 21 Oct 2015 07:28:30 GMT", Some(30_000)),
            ("Wed, 21 Oct 2015 07:27:00 GMT", Some(0)),
            ("-1", None),
            ("NaN", None),
            ("soon", None),
            ("1e999", Some(i64::MAX)),
        ] {
            let answer = response(429, &[("retry-after", value)], b"");
            assert_eq!(retry_after_ms(&answer, now), wait, "{value}");
        }
    }

    #[test]
    fn the_upstreams_words_are_kept_within_bounds() {
        let said = Said {
            name: Some("RateLimitError".to_owned()),
            message: Some("m".repeat(10_000)),
            code: Some("rate_limit_exceeded".to_owned()),
        };
        let error = failed("x", &response(429, &[], br#"{"a": 1}"#), said, 0).error;
        assert_eq!(error.name, "RateLimitError");
        assert_eq!(error.code.as_deref(), Some("rate_limit_exceeded"));
        assert_eq!(error.message.len(), MESSAGE_CHARS);
        assert_eq!(error.body.as_deref(), Some(r#"{"a":1}"#));
        let huge = failed(
            "x",
            &response(500, &[], &[b'"'; 100_000]),
            Said::default(),
            0,
        )
        .error;
        assert_eq!(huge.body.unwrap().len(), 2 * BODY_BYTES + 2);
        let bad = malformed("x", &response(200, &[], b"<html>"), "it is no JSON").error;
        assert!(bad.is(ErrorCode::UpstreamInvalid) && bad.body.as_deref() == Some("\"<html>\""));
    }
}
