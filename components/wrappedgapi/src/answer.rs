//! A successful answer as the task sees it: what the official client has in `data`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use serde_json::value::RawValue;
use tasker_domain::Json;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::upstream;

use crate::options::ResponseType;

/// Reads an answer. `safe` says whether the call may be made again if the answer is damaged.
///
/// JSON is parsed, other text is a string, `""` stands for nothing; other bytes are
/// `{contentType, base64}`.
///
/// # Errors
/// `upstream_invalid` for a body that should be JSON and is not.
pub(crate) fn read(
    response: &Response,
    wanted: Option<ResponseType>,
    safe: bool,
) -> Result<Json, ServiceError> {
    let content_type = response.header("content-type").unwrap_or("text/plain");
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let media_type = media_type.to_ascii_lowercase();
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    match wanted {
        Some(ResponseType::Base64) => Ok(json!(STANDARD.encode(&response.body)).to_string()),
        Some(ResponseType::Text) => Ok(text(&response.body)),
        _ if response.body.is_empty() => Ok(r#""""#.to_owned()),
        Some(ResponseType::Json) => parse(response, safe),
        None if is_json => parse(response, safe),
        None if media_type.starts_with("text/") => Ok(text(&response.body)),
        None => Ok(json!({
            "contentType": content_type,
            "base64": STANDARD.encode(&response.body),
        })
        .to_string()),
    }
}

fn text(bytes: &[u8]) -> Json {
    json!(String::from_utf8_lossy(bytes)).to_string()
}

fn parse(response: &Response, safe: bool) -> Result<Json, ServiceError> {
    if let Ok(value) = serde_json::from_slice::<&RawValue>(&response.body) {
        return Ok(value.get().to_owned());
    }
    let mut malformed = upstream::malformed("gapi", response, "it is no JSON");
    malformed.retryable = safe;
    Err(malformed)
}
