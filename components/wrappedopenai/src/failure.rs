//! Errors, named as the client names its classes.

use serde_json::Value;
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::refused;
use tasker_service::upstream::{self, Said};

/// Bytes of the upstream's words in a message.
const MESSAGE_LIMIT: usize = 2_000;

/// The error of an answer whose status says that the call failed.
#[must_use]
pub fn status(response: &Response, now_ms: i64) -> ServiceError {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let error = body.as_ref().and_then(|body| body.get("error"));
    let text = |name| {
        error
            .and_then(|error| error.get(name))
            .and_then(Value::as_str)
    };
    // As the client says it: the upstream's words, else all that it sent.
    let words = match error.map(|error| {
        error
            .get("message")
            .filter(|words| is_some(words))
            .unwrap_or(error)
    }) {
        Some(Value::String(words)) if text("message").is_some() => Some(words.clone()),
        Some(words) if is_some(words) => Some(words.to_string()),
        _ if body.is_some() => None,
        _ => Some(String::from_utf8_lossy(&response.body).into_owned()),
    };
    let words = words.filter(|words| !words.trim().is_empty());
    let status = response.status;
    let message = match words {
        Some(words) => format!("{status} {}", cut(&words)),
        None => format!("{status} status code (no body)"),
    };
    let code = text("code")
        .or_else(|| text("type"))
        .map(|code| cut(code).to_owned());
    let said = Said {
        name: Some(class(status).to_owned()),
        message: Some(message),
        code: code.clone(),
    };
    let mut failure = upstream::failed("openai", response, said, now_ms);
    if let Some(wait) = response
        .header("retry-after-ms")
        .and_then(|text| text.trim().parse::<f64>().ok())
        && wait.is_finite()
        && wait >= 0.0
    {
        #[allow(clippy::cast_possible_truncation, reason = "a cast saturates")]
        let wait = wait as i64;
        failure.retry_after_ms = Some(wait);
    }
    failure.retryable = match response.header("x-should-retry") {
        Some("true") => true,
        Some("false") => false,
        _ => matches!(status, 408 | 409 | 429 | 500..),
    };
    // Waiting does not refill an account; the client would try in vain.
    if code.as_deref() == Some("insufficient_quota") {
        failure.retryable = false;
    }
    failure
}

fn is_some(value: &Value) -> bool {
    !value.is_null() && value != ""
}

fn class(status: u16) -> &'static str {
    match status {
        400 => "BadRequestError",
        401 => "AuthenticationError",
        403 => "PermissionDeniedError",
        404 => "NotFoundError",
        409 => "ConflictError",
        422 => "UnprocessableEntityError",
        429 => "RateLimitError",
        500.. => "InternalServerError",
        _ => "APIError",
    }
}

/// The error when no answer came.
#[must_use]
pub fn connection(mut failure: ServiceError) -> ServiceError {
    let name = match failure.error.code.as_deref() {
        Some("upstream_timeout") => "APIConnectionTimeoutError",
        Some("upstream_unreachable") => "APIConnectionError",
        _ => return failure,
    };
    failure.error.name = name.to_owned();
    failure
}

/// An error that a stream reported instead of continuing.
#[must_use]
pub(crate) fn in_stream(error: &Value) -> ServiceError {
    let text = |name| error.get(name).and_then(Value::as_str);
    let words = text("message").map_or_else(|| error.to_string(), ToOwned::to_owned);
    let mut failure = refused(ErrorCode::UpstreamFailed, cut(&words));
    let value = &mut failure.error;
    value.name = "APIError".to_owned();
    let code = text("code").or_else(|| text("type").filter(|kind| *kind != "error"));
    if let Some(code) = code {
        value.code = Some(cut(code).to_owned());
    }
    let body = error.to_string();
    value.body = Some(if body.len() <= MESSAGE_LIMIT {
        body
    } else {
        Value::from(cut(&body)).to_string()
    });
    let temporary = ["server_error", "rate_limit_exceeded", "overloaded_error"];
    failure.retryable = code.is_some_and(|code| temporary.contains(&code));
    failure
}

/// The answer is not what the API gives.
#[must_use]
pub(crate) fn malformed(reason: &str) -> ServiceError {
    let message = format!("`openai` answered something that cannot be used: {reason}");
    let mut failure = refused(ErrorCode::UpstreamInvalid, message);
    failure.error.name = "OpenAIError".to_owned();
    failure
}

/// A stream ended too early. Another attempt may get all of it.
#[must_use]
pub(crate) fn cut_off(reason: &str) -> ServiceError {
    let mut failure = malformed(reason);
    failure.retryable = true;
    failure
}

/// The answer is whole, but not what was asked for: another attempt would give the same.
#[must_use]
pub(crate) fn unusable(name: &str, message: &str) -> ServiceError {
    let mut failure = refused(ErrorCode::UpstreamInvalid, message);
    failure.error.name = name.to_owned();
    failure
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MESSAGE_LIMIT)]
}
