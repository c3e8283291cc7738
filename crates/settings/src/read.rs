//! Values of settings, read as what they stand for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use tasker_hosts::entries;

/// Characters of a token, at least.
pub(crate) const TOKEN_LEAST: usize = 32;

/// Bytes of the key that signs webhooks, at least.
pub(crate) const WEBHOOK_KEY_LEAST: usize = 16;

/// Whether a text may be a token: long enough, and no repetition of a part that is shorter than that. Only what
/// stands in a header as it is counts.
pub(crate) fn is_hard_to_guess(text: &str) -> bool {
    let bytes = text.as_bytes();
    let repeats = |part: usize| bytes[part..] == bytes[..bytes.len() - part];
    bytes.len() >= TOKEN_LEAST
        && bytes.iter().all(u8::is_ascii_graphic)
        && !(1..TOKEN_LEAST.min(bytes.len() / 2 + 1)).any(repeats)
}

/// A token; `None`: there is none.
pub(crate) fn token(text: &str) -> Option<String> {
    let text = text.trim();
    is_hard_to_guess(text).then(|| text.to_owned())
}

/// A master key.
pub(crate) fn key(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.trim()).ok()?.try_into().ok()
}

/// Master keys that are separated by commas.
pub(crate) fn keys(text: &str) -> Option<Vec<[u8; 32]>> {
    let texts = text.split(',').filter(|text| !text.trim().is_empty());
    texts.map(key).collect()
}

/// The key that signs webhooks, `whsec_<base64>`; `Some(None)`: there is none.
pub(crate) fn webhook_key(text: &str) -> Option<Option<Vec<u8>>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(None);
    }
    let key = STANDARD.decode(text.strip_prefix("whsec_")?).ok()?;
    (key.len() >= WEBHOOK_KEY_LEAST).then_some(Some(key))
}

/// The entries of a list, each read by itself.
pub(crate) fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    entries(text).map(read).collect()
}

/// An origin, or the wildcard of all servers of a domain.
pub(crate) fn origin_or_domain(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('/');
    match tasker_hosts::domain_below(text) {
        Some(_) => Some(text.to_owned()),
        None => tasker_hosts::origin(text),
    }
}

/// A path with a slash before it and none at its end; empty for none.
pub(crate) fn path(text: &str) -> Option<String> {
    let path = text.trim().trim_matches('/');
    if path.is_empty() {
        return Some(String::new());
    }
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic())
        && !path.contains(['?', '#', '\\', '%'])
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    is_plain.then(|| format!("/{path}"))
}

/// Whether a text is JSON of an object that has the members of one of these lists, which are texts.
pub(crate) fn is_object(text: &str, members: &[&[&str]]) -> bool {
    let object: serde_json::Result<Map<String, Value>> = serde_json::from_str(text);
    object.is_ok_and(|object| {
        let has = |name: &&str| object.get(*name).is_some_and(Value::is_string);
        members.iter().any(|members| members.iter().all(has))
    })
}
