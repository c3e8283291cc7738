//! What of a request is compared.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tasker_sandbox::record::Recorded;

/// A request with the headers named: method, path, query, headers and body. The boundary of a body of
/// several parts is free, and so is the order of a JSON object's members.
pub(super) fn request(request: &Recorded, headers: &[&str]) -> Value {
    let headers: BTreeMap<&str, &str> = headers
        .iter()
        .filter_map(|name| {
            let value = request.header(name)?;
            let media_type = value.split("boundary=").next().unwrap_or(value);
            Some((*name, media_type))
        })
        .collect();
    json!({
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": headers,
        "body": body(request),
    })
}

fn body(request: &Recorded) -> Value {
    if let Some(parts) = request.parts() {
        return parts
            .iter()
            .map(|part| {
                json!({
                    "name": part.name,
                    "file": part.file_name,
                    "type": part.content_type,
                    "body": bytes(&part.body),
                })
            })
            .collect();
    }
    bytes(&request.bytes())
}

/// JSON as such, other text as text.
fn bytes(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text).map_or_else(|_| json!(text), plain),
        Err(_) => json!({ "base64": BASE64_STANDARD.encode(bytes) }),
    }
}

/// Numbers as JavaScript has them: `1.0` is `1`.
pub(super) fn plain(value: Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.into_iter().map(plain).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, plain(value)))
            .collect(),
        other => other,
    }
}
