//! Pictures and sound: the smallest there are.

use serde_json::{Value, json};

use super::{CREATED, missing};
use crate::form::Part;
use crate::reply::Reply;

/// A PNG of one pixel, in base64.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

pub(super) fn images(body: &Value, parts: Option<&[Part]>) -> Reply {
    let field = |name: &str| -> Option<String> {
        let part = parts
            .unwrap_or_default()
            .iter()
            .find(|part| part.name == name);
        match part {
            Some(part) => Some(String::from_utf8_lossy(&part.body).into_owned()),
            None => match &body[name] {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                other => Some(other.to_string()),
            },
        }
    };
    let has_image = parts
        .unwrap_or_default()
        .iter()
        .any(|part| part.name.starts_with("image"));
    if field("prompt").is_none() && !has_image {
        return missing("prompt");
    }
    let count = field("n")
        .and_then(|count| count.parse().ok())
        .unwrap_or(1_usize)
        .clamp(1, 10);
    let image = match field("response_format").as_deref() {
        Some("url") => json!({ "url": "https://images.example.com/sandbox.png" }),
        _ => json!({ "b64_json": PIXEL }),
    };
    Reply::ok(&json!({ "created": CREATED, "data": vec![image; count] }))
}

pub(super) fn audio(kind: &str, body: &Value, parts: Option<&[Part]>) -> Reply {
    match kind {
        "speech" if body["input"].is_string() => {
            Reply::bytes(200, "audio/mpeg", &b"sandbox sound"[..])
        }
        "speech" => missing("input"),
        _ if parts.is_some_and(|parts| parts.iter().any(|part| part.name == "file")) => {
            Reply::ok(&json!({ "text": "This is a sandbox." }))
        }
        _ => missing("file"),
    }
}
