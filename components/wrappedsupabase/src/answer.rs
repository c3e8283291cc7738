//! What all parts of the project have in common in their answers.

use serde_json::value::RawValue;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::upstream::{self, Said};

/// The error for an answer that says nothing of the call but that the project has no time for it now. It
/// is tried again; the official client gives such an answer to its caller.
pub(crate) fn busy(response: &Response, now_ms: i64) -> Option<ServiceError> {
    let is_busy = matches!(response.status, 408 | 425 | 429 | 500..);
    is_busy.then(|| {
        let said = Said {
            message: message(&text(response)),
            ..Said::default()
        };
        upstream::failed("supabase", response, said, now_ms)
    })
}

/// The body as text.
pub(crate) fn text(response: &Response) -> String {
    let text = String::from_utf8_lossy(&response.body);
    text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
}

/// The body, if it is JSON.
pub(crate) fn json(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

/// The body as JSON that can be looked into.
pub(crate) fn value(response: &Response) -> Option<serde_json::Value> {
    serde_json::from_str(&text(response)).ok()
}

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What an error's body says for people, as auth and storage read it.
pub(crate) fn message(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let text = ["msg", "message", "error_description", "error"]
        .iter()
        .find_map(|name| body.get(name)?.as_str());
    let text = text.or_else(|| body.get("error")?.get("message")?.as_str());
    Some(text.map_or_else(|| crate::js::json(&body), str::to_owned))
}
