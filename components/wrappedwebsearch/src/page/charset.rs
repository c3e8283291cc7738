//! From a page's bytes to text (WHATWG Encoding; HTML, 13.2.3).

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252, X_USER_DEFINED};
use tasker_service::http::Response;

use super::kind::Kind;

/// A page names its charset within its first bytes, this many, or not at all.
const PRESCAN: usize = 1_024;

/// The text of an answer: by its byte order mark, its media type, what the page says of itself; else as UTF-8 if it is that,
/// and as Windows' Latin if not. A character that was cut in two, because the page was, is left out.
#[must_use]
pub fn decoded(response: &Response, kind: Kind, truncated: bool) -> String {
    let body = &response.body;
    let said = response.header("content-type").and_then(of_media_type);
    let encoding = said.or_else(|| (kind == Kind::Html).then(|| of_page(body)).flatten());
    let encoding = encoding.unwrap_or_else(|| match std::str::from_utf8(body) {
        Ok(_) => UTF_8,
        Err(error) if truncated && error.error_len().is_none() => UTF_8,
        Err(_) => WINDOWS_1252,
    });
    let (encoding, skip) = Encoding::for_bom(body).unwrap_or((encoding, 0));
    let mut text = String::new();
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let body = &body[skip..];
    text.reserve(
        decoder
            .max_utf8_buffer_length(body.len())
            .unwrap_or(body.len()),
    );
    // Of a page that was cut this is not the last piece: the decoder waits for the rest of the last character.
    let _ = decoder.decode_to_string(body, &mut text, !truncated);
    text
}

fn of_media_type(media_type: &str) -> Option<&'static Encoding> {
    let parameters = media_type.split(';').skip(1);
    let label = parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    label.and_then(|(_, label)| {
        Encoding::for_label(label.trim().trim_matches(['"', '\'']).as_bytes())
    })
}

/// `<meta charset=…>` or `<meta http-equiv content="…; charset=…">`
fn of_page(body: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(&body[..body.len().min(PRESCAN)]).to_ascii_lowercase();
    let mut rest = start.as_str();
    while let Some((_, after)) = rest.split_once("<meta") {
        let (tag, next) = after.split_once('>').unwrap_or((after, ""));
        if let Some((_, label)) = tag.split_once("charset") {
            let label = label
                .trim_start()
                .strip_prefix('=')
                .unwrap_or_default()
                .trim_start();
            let label = label.trim_start_matches(['"', '\'']);
            let end = label
                .find(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | ';' | '/'))
                .unwrap_or(label.len());
            if let Some(encoding) = Encoding::for_label(&label.as_bytes()[..end]) {
                // A page in UTF-16 could not have been read so far.
                let encoding = if encoding.is_ascii_compatible() {
                    encoding
                } else {
                    UTF_8
                };
                return Some(if encoding == X_USER_DEFINED {
                    WINDOWS_1252
                } else {
                    encoding
                });
            }
        }
        rest = next;
    }
    None
}
