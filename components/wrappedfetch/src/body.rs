//! Bodies: bytes there, JSON here.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::refused;

use crate::arguments;

/// Bytes that a request may have.
const SENT: usize = 16 << 20;
/// Bytes that a body may take as a text in the message between components, in which it is quoted twice. Base64 always takes less.
const AS_TEXT: usize = 24 << 20;

/// Makes sure that a body is not too large to be sent.
///
/// # Errors
/// `args_too_large`
pub(crate) fn check(body: &[u8]) -> Result<(), ServiceError> {
    if body.len() <= SENT {
        return Ok(());
    }
    Err(refused(
        ErrorCode::ArgsTooLarge,
        format!(
            "the body of a request may have at most {SENT} bytes, not {}",
            body.len()
        ),
    ))
}

/// Reads bytes in base64.
///
/// # Errors
/// `invalid_arguments`
pub(crate) fn of_base64(text: &str) -> Result<Vec<u8>, ServiceError> {
    BASE64_STANDARD
        .decode(text)
        .map_err(|_| arguments::refused("body.base64 must be base64 as `btoa` writes it"))
}

/// A body as JSON: `{ text }` if it is UTF-8, else `{ base64 }`.
pub(crate) fn as_json(body: &[u8]) -> Value {
    match std::str::from_utf8(body) {
        Ok(text) if quoted_twice(text) <= AS_TEXT => json!({ "text": text }),
        _ => json!({ "base64": BASE64_STANDARD.encode(body) }),
    }
}

/// How many bytes a text takes as JSON in a string of JSON.
fn quoted_twice(text: &str) -> usize {
    let bytes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => 4,
        b'\n' | b'\r' | b'\t' | b'\x08' | b'\x0c' => 3,
        0..=0x1f => 7,
        _ => 1,
    });
    bytes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_a_text_unless_it_is_none_or_would_grow_too_much() {
        for (body, expected) in [
            (&b""[..], json!({ "text": "" })),
            ("grün".as_bytes(), json!({ "text": "grün" })),
            (b"\0", json!({ "text": "\0" })),
            (b"\xff\x00", json!({ "base64": "/wA=" })),
        ] {
            assert_eq!(as_json(body), expected);
        }
        let quotes = vec![b'"'; AS_TEXT / 4 + 1];
        assert!(as_json(&quotes)["base64"].is_string());
        assert!(as_json(&quotes[1..])["text"].is_string());
    }

    #[test]
    fn what_a_text_takes_is_known() {
        for text in [
            "plain é",
            "\"\\",
            "\n\r\t\u{8}\u{c}",
            "\u{1}\u{1f}\u{7f}",
            "",
        ] {
            let quoted = json!(json!(text).to_string()).to_string();
            // Without the four quotes around both, of which the inner two are escaped.
            assert_eq!(quoted_twice(text), quoted.len() - 6, "{text:?}");
        }
    }
}
