//! A message, in the forms in which Gmail shows it.

use base64::Engine;
use base64::prelude::{BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::calls::Call;

/// The characters of a snippet.
const SNIPPET: usize = 100;

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) time_ms: i64,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) labels: Vec<String>,
    pub(crate) attachment: Option<String>,
}

impl Message {
    /// Reads a message as it travels (RFC 5322), as far as the sandbox needs it.
    pub(crate) fn parse(id: &str, raw: &[u8], label: &str) -> Self {
        let text = String::from_utf8_lossy(raw).replace("\r\n", "\n");
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let headers = head.lines().filter_map(|line| line.split_once(':'));
        Self {
            id: id.to_owned(),
            time_ms: 1_767_600_000_000,
            headers: headers
                .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                .collect(),
            body: body.to_owned(),
            labels: vec![label.to_owned()],
            attachment: None,
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn has_label(&self, label: &str) -> bool {
        self.labels
            .iter()
            .any(|own| own.eq_ignore_ascii_case(label))
    }

    /// Whether searches leave it out unless they ask for it.
    pub(crate) fn is_hidden(&self) -> bool {
        self.has_label("SPAM") || self.has_label("TRASH")
    }

    pub(crate) fn snippet(&self) -> String {
        self.body.replace('\n', " ").chars().take(SNIPPET).collect()
    }

    pub(crate) fn brief(&self) -> Value {
        json!({ "id": self.id, "threadId": self.id })
    }

    pub(crate) fn brief_with_labels(&self) -> Value {
        json!({ "id": self.id, "threadId": self.id, "labelIds": self.labels })
    }

    /// Adds and removes labels as a request's body says.
    pub(crate) fn relabel(&mut self, change: &Value) {
        let names = |name: &str| -> Vec<String> {
            let list = change[name].as_array().into_iter().flatten();
            list.filter_map(|label| label.as_str().map(str::to_owned))
                .collect()
        };
        let removed = names("removeLabelIds");
        self.labels.retain(|label| !removed.contains(label));
        for label in names("addLabelIds") {
            if !self.has_label(&label) {
                self.labels.push(label);
            }
        }
    }

    /// In the format that a call asks for.
    pub(crate) fn show(&self, call: &Call<'_>) -> Value {
        let mut shown = self.brief_with_labels();
        shown["snippet"] = json!(self.snippet());
        shown["historyId"] = json!("1000");
        shown["internalDate"] = json!(self.time_ms.to_string());
        shown["sizeEstimate"] = json!(self.raw().len());
        match call.request.param("format").unwrap_or("full") {
            "minimal" => {}
            "raw" => shown["raw"] = json!(encode(self.raw().as_bytes())),
            "metadata" => {
                let wanted: Vec<&str> = call.request.params("metadataHeaders").collect();
                shown["payload"] = json!({ "mimeType": self.media_type(), "headers": self.shown_headers(&wanted) });
            }
            _ => shown["payload"] = self.payload(),
        }
        shown
    }

    fn payload(&self) -> Value {
        let text = json!({ "size": self.body.len(), "data": encode(self.body.as_bytes()) });
        let mut payload = json!({
            "partId": "",
            "mimeType": self.media_type(),
            "filename": "",
            "headers": self.shown_headers(&[]),
        });
        match &self.attachment {
            None => payload["body"] = text,
            Some(name) => {
                payload["body"] = json!({ "size": 0 });
                payload["parts"] = json!([
                    { "partId": "0", "mimeType": "text/plain", "filename": "", "headers": [], "body": text },
                    { "partId": "1", "mimeType": "application/pdf", "filename": name, "headers": [],
                      "body": { "attachmentId": format!("{}-attachment", self.id), "size": 7 } },
                ]);
            }
        }
        payload
    }

    fn media_type(&self) -> &'static str {
        match self.attachment {
            Some(_) => "multipart/mixed",
            None => "text/plain",
        }
    }

    /// All headers if none is wanted by name.
    fn shown_headers(&self, wanted: &[&str]) -> Vec<Value> {
        self.headers
            .iter()
            .filter(|(name, _)| {
                wanted.is_empty()
                    || wanted
                        .iter()
                        .any(|wanted| wanted.eq_ignore_ascii_case(name))
            })
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect()
    }

    fn raw(&self) -> String {
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        format!("{}\r\n{}", headers.collect::<String>(), self.body)
    }
}

/// The `Date` header of a moment.
pub(crate) fn date(time_ms: i64) -> String {
    let moment = Timestamp::from_millisecond(time_ms).unwrap_or_default();
    rfc2822::to_string(&moment.to_zoned(TimeZone::UTC)).unwrap_or_default()
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64_URL_SAFE.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .ok()
}
