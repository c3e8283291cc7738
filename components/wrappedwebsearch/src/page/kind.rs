//! What a page is.

use tasker_service::http::Response;

/// Bytes that are looked at where the server does not say.
const SNIFFED: usize = 512;

/// A kind of page that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HTML and XHTML.
    Html,
    /// Any other text.
    Text,
}

impl Kind {
    /// What an answer is by its media type, or by its beginning if it has none. `None` if it is not text.
    #[must_use]
    pub fn of(response: &Response) -> Option<Self> {
        let header = response.header("content-type").unwrap_or_default();
        let essence = header
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let start = &response.body[..response.body.len().min(SNIFFED)];
        match essence.as_str() {
            "text/html" | "application/xhtml+xml" => Some(Self::Html),
            "" | "application/octet-stream" | "unknown/unknown" => sniffed(start),
            "application/json"
            | "application/javascript"
            | "application/xml"
            | "application/yaml"
            | "application/x-yaml"
            | "application/x-ndjson"
            | "application/x-javascript"
            | "application/ld+json"
            | "application/toml"
            | "application/sql" => Some(Self::Text),
            other => {
                (other.starts_with("text/") || other.ends_with("+json") || other.ends_with("+xml"))
                    .then_some(Self::Text)
            }
        }
    }
}

fn sniffed(start: &[u8]) -> Option<Kind> {
    // No text has these in any charset but UTF-16, which shows itself by its mark.
    let has_mark = start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
    let is_binary = start
        .iter()
        .any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31));
    if is_binary && !has_mark {
        return None;
    }
    let text = String::from_utf8_lossy(start)
        .trim_start()
        .to_ascii_lowercase();
    let is_html = text.starts_with("<!doctype html")
        || text.starts_with("<html")
        || text.contains("<head")
        || text.contains("<body");
    Some(if is_html { Kind::Html } else { Kind::Text })
}
