//! Files on their way through JSON: text as it is, bytes as `{ base64, contentType? }`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::invalid;

use crate::js;

/// What a task gives as a file.
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) media: Option<String>,
}

impl Content {
    /// Reads the argument of an upload.
    pub(crate) fn read(value: Option<&Value>) -> Result<Self, ServiceError> {
        match value {
            None | Some(Value::Null) => Ok(Self::text(String::new())),
            Some(Value::String(text)) => Ok(Self::text(text.clone())),
            Some(value) => match base64(value)? {
                Some(content) => Ok(content),
                None if value.is_object() => Ok(Self::text(js::json(value))),
                None => Err(invalid(
                    "a file must be a string, an object that is sent as JSON, or { base64, contentType? }",
                )),
            },
        }
    }

    fn text(text: String) -> Self {
        Self {
            bytes: text.into_bytes(),
            media: None,
        }
    }
}

/// The bytes in `{ base64, contentType? }`; `None` for any other value.
pub(crate) fn base64(value: &Value) -> Result<Option<Content>, ServiceError> {
    let Some(members) = value.as_object() else {
        return Ok(None);
    };
    let Some(Value::String(text)) = members.get("base64") else {
        return Ok(None);
    };
    if members
        .keys()
        .any(|name| !matches!(name.as_str(), "base64" | "contentType"))
    {
        return Ok(None);
    }
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| invalid("`base64` is not base64 with its padding"))?;
    let media = members.get("contentType").and_then(Value::as_str);
    Ok(Some(Content {
        bytes,
        media: media.map(str::to_owned),
    }))
}

/// A file for a task: `{ text, size, type }`, or `{ base64, size, type }` if it is no text.
pub(crate) fn file(response: &Response) -> Value {
    let media = response.header("content-type").unwrap_or_default();
    let essence = media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_text = essence.starts_with("text/")
        || ["json", "xml", "javascript", "yaml"]
            .iter()
            .any(|kind| essence.ends_with(kind));
    let size = response.body.len();
    match std::str::from_utf8(&response.body) {
        Ok(text) if is_text => json!({"text": text, "size": size, "type": media}),
        _ => json!({"base64": STANDARD.encode(&response.body), "size": size, "type": media}),
    }
}
