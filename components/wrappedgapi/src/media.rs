//! What a call uploads, as the official clients send it: alone, or after the resource that describes
//! it in a `multipart/related` body.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

/// The parameter `media`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Media {
    mime_type: Option<String>,
    /// What stands for the type if nothing says it.
    default_type: &'static str,
    bytes: Vec<u8>,
}

impl Media {
    /// Reads `{mimeType, body}` or, for bytes that are no text, `{mimeType, base64}`.
    ///
    /// # Errors
    /// If it has another form.
    pub(crate) fn read(label: &str, media: Value) -> Result<Self, ServiceError> {
        let wrong = |reason: &str| {
            invalid(format!(
                "`{label}`: `media` is `{{mimeType, body: text}}` or `{{mimeType, base64: bytes}}`: {reason}"
            ))
        };
        let Value::Object(members) = &media else {
            return Err(wrong("it is no object"));
        };
        if let Some(name) = members
            .keys()
            .find(|name| !matches!(name.as_str(), "mimeType" | "body" | "base64"))
        {
            return Err(wrong(&format!("it has no member {name:?}")));
        }
        let mime_type = match members.get("mimeType") {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if is_media_type(text) => Some(text.clone()),
            Some(_) => return Err(wrong("`mimeType` is no media type")),
        };
        let (default_type, bytes) = match (members.get("body"), members.get("base64")) {
            (Some(Value::String(text)), None) => ("text/plain", text.clone().into_bytes()),
            (None, Some(Value::String(text))) => {
                let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
                let bytes = bytes.map_err(|_| wrong("`base64` is no base64"))?;
                ("application/octet-stream", bytes)
            }
            _ => return Err(wrong("it needs one of `body` and `base64`, a string")),
        };
        Ok(Self {
            mime_type,
            default_type,
            bytes,
        })
    }

    /// The upload type, the media type and the body of a request that sends it, with the resource
    /// that describes it if there is one.
    pub(crate) fn into_body(self, resource: Option<&Value>) -> (&'static str, String, Vec<u8>) {
        let Some(resource) = resource else {
            let media_type = self
                .mime_type
                .unwrap_or_else(|| self.default_type.to_owned());
            return ("media", media_type, self.bytes);
        };
        let own = resource["mimeType"]
            .as_str()
            .filter(|text| is_media_type(text));
        let media_type = self
            .mime_type
            .as_deref()
            .or(own)
            .unwrap_or(self.default_type);
        let json = resource.to_string();
        // Of both parts, so that neither can have it in it.
        let boundary: String = Sha256::new()
            .chain_update(&json)
            .chain_update(&self.bytes)
            .finalize()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let mut body = format!(
            "--{boundary}\r\ncontent-type: application/json\r\n\r\n{json}\r\n\
             --{boundary}\r\ncontent-type: {media_type}\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(&self.bytes);
        body.extend_from_slice(format!("\r\n--{boundary}--").as_bytes());
        (
            "multipart",
            format!("multipart/related; boundary={boundary}"),
            body,
        )
    }
}

/// Whether a text can stand for a media type in a header.
fn is_media_type(text: &str) -> bool {
    (3..=200).contains(&text.len())
        && text.contains('/')
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
