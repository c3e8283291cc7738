//! Taking secrets out of whatever leaves a service.

use std::borrow::Cow;

use serde_json::Value;
use tasker_domain::wire::ServiceError;

use crate::limit::SECRET_MIN_BYTES;

/// What stands in place of a secret.
pub const HIDDEN: &str = "[hidden]";

/// The texts that a call has to keep secret, in every form in which an upstream might echo them.
#[derive(Default)]
pub struct Scrubber {
    /// Longest first, so that a secret within another leaves no rest of it.
    needles: Vec<String>,
}

impl Scrubber {
    /// Keeps a further text secret. A text too short to be told from others is not.
    pub fn hide(&mut self, secret: &str) {
        if secret.len() < SECRET_MIN_BYTES {
            return;
        }
        let json = json_inner(secret);
        let url = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
        for form in [secret.to_owned(), json, url.to_string()] {
            if !self.needles.contains(&form) {
                self.needles.push(form);
            }
        }
        self.needles
            .sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    }

    /// The text without secrets.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut clean = Cow::Borrowed(text);
        for needle in &self.needles {
            if clean.contains(needle.as_str()) {
                clean = Cow::Owned(clean.replace(needle.as_str(), HIDDEN));
            }
        }
        clean
    }

    /// JSON text without secrets, in names and values, however they are escaped.
    #[must_use]
    pub fn json(&self, json: String) -> String {
        if self.needles.is_empty() {
            return json;
        }
        // Without a backslash every string stands in it as it is.
        if !json.contains('\\') {
            return match self.text(&json) {
                Cow::Borrowed(_) => json,
                Cow::Owned(clean) => clean,
            };
        }
        match serde_json::from_str::<Value>(&json) {
            Ok(value) => self.value(value).to_string(),
            Err(_) => self.text(&json).into_owned(),
        }
    }

    /// Bytes of any kind without secrets.
    #[must_use]
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        self.needles.iter().fold(bytes, |bytes, needle| {
            replace(bytes, needle.as_bytes(), HIDDEN.as_bytes())
        })
    }

    /// An error without secrets.
    #[must_use]
    pub fn error(&self, mut error: ServiceError) -> ServiceError {
        let value = &mut error.error;
        for text in [&mut value.name, &mut value.message]
            .into_iter()
            .chain(&mut value.code)
            .chain(&mut value.stack)
        {
            if let Cow::Owned(clean) = self.text(text) {
                *text = clean;
            }
        }
        value.body = value.body.take().map(|body| self.json(body));
        error
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text).into_owned()),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| (self.text(&name).into_owned(), self.value(value)))
                .collect(),
            other => other,
        }
    }
}

/// A text as it stands between the quotes of a JSON string.
#[must_use]
pub fn json_inner(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// All occurrences of a needle replaced.
pub(crate) fn replace(bytes: Vec<u8>, needle: &[u8], with: &[u8]) -> Vec<u8> {
    let mut clean = Vec::new();
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&bytes[from..], needle) {
        clean.extend_from_slice(&bytes[from..from + at]);
        clean.extend_from_slice(with);
        from += at + needle.len();
    }
    if from == 0 {
        return bytes;
    }
    clean.extend_from_slice(&bytes[from..]);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;
    use tasker_domain::{ErrorCode, ErrorValue};

    #[test]
    fn secrets_are_found_in_every_form() {
        let mut scrubber = Scrubber::default();
        assert_eq!(scrubber.text("nothing hidden"), "nothing hidden");
        scrubber.hide("p\"ss wörd/1");
        scrubber.hide("p\"ss wörd/1-and-more");
        scrubber.hide("short");
        assert_eq!(
            scrubber.text("p\"ss wörd/1, p%22ss%20w%C3%B6rd%2F1, p\\\"ss wörd/1-and-more, short"),
            "[hidden], [hidden], [hidden], short"
        );
        let json = r#"{"p\u0022ss wörd/1": ["a", "x p\"ss w\u00f6rd\/1 y", 1.50]}"#;
        assert_eq!(
            scrubber.json(json.to_owned()),
            r#"{"[hidden]":["a","x [hidden] y",1.5]}"#
        );
        assert_eq!(
            scrubber.bytes(b"\xffp\"ss w\xc3\xb6rd/1\xfe".to_vec()),
            b"\xff[hidden]\xfe"
        );
        let mut error = ErrorValue::new(ErrorCode::UpstreamFailed, "bad key p\"ss wörd/1");
        error.body = Some(r#"{"e":"p\"ss wörd/1"}"#.to_owned());
        error.code = Some("p\"ss wörd/1".to_owned());
        let clean = scrubber.error(ServiceError {
            error,
            retryable: false,
            retry_after_ms: None,
            outcome_unknown: false,
        });
        assert!(!format!("{clean:?}").contains("ss w"), "{clean:?}");
    }
}
