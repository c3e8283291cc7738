//! Files that a method gives.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tasker_service::http::Response;

/// `{ type, size, text }` if the bytes are text, else `{ type, size, base64 }`.
pub(crate) fn value(response: &Response) -> Value {
    let media_type = response
        .header("content-type")
        .unwrap_or("application/octet-stream");
    let size = response.body.len();
    let text = std::str::from_utf8(&response.body).ok();
    match text.filter(|text| !text.contains('\0')) {
        Some(text) => json!({ "type": media_type, "size": size, "text": text }),
        None => {
            json!({ "type": media_type, "size": size, "base64": STANDARD.encode(&response.body) })
        }
    }
}
