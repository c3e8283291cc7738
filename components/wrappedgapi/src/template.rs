//! URI templates of discovery documents: RFC 6570 with `{name}` and `{+name}`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but RFC 3986's unreserved characters.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What `{+name}` encodes. `?` and `#` would end the path, so they are encoded although RFC 6570 lets
/// them stand.
const RESERVED_ENCODED: &AsciiSet = &ENCODED
    .remove(b':')
    .remove(b'/')
    .remove(b'[')
    .remove(b']')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=');

/// A template with the values of its names filled in; `None` if one has no value, or a template of
/// another form.
pub(crate) fn expand<'a>(
    template: &str,
    value: impl Fn(&str) -> Option<&'a str>,
) -> Option<String> {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (expression, after) = after.split_once('}')?;
        text += before;
        match expression.strip_prefix('+') {
            Some(name) => text += &reserved(value(name)?),
            None => text.extend(utf8_percent_encode(value(expression)?, ENCODED)),
        }
        rest = after;
    }
    text += rest;
    Some(text)
}

/// Encodes for `{+name}`: what is encoded already stays as it is.
fn reserved(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let encoded = utf8_percent_encode(value, RESERVED_ENCODED).to_string();
    for (index, piece) in encoded.split("%25").enumerate() {
        let was_encoded = piece
            .get(..2)
            .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        text += match index {
            0 => "",
            _ if was_encoded => "%",
            _ => "%25",
        };
        text += piece;
    }
    text
}

/// Whether a value would lead a path elsewhere: it has a segment `.` or `..`, plain or encoded.
pub(crate) fn has_dot_segment(value: &str) -> bool {
    let plain = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
    plain
        .split(['/', '\\'])
        .any(|segment| segment == "." || segment == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled_as_the_official_clients_fill_them() {
        let value = |name: &str| match name {
            "userId" => Some("me@example.com"),
            "range" => Some("'Übersicht 1'!A1:B2"),
            "resourceName" => Some("people/c1?x#y"),
            "encoded" => Some("a%2Fb 100%"),
            _ => None,
        };
        for (template, text) in [
            (
                "users/{userId}/messages",
                Some("users/me%40example.com/messages"),
            ),
            (
                "values/{range}:append",
                Some("values/%27%C3%9Cbersicht%201%27%21A1%3AB2:append"),
            ),
            ("v1/{+resourceName}", Some("v1/people/c1%3Fx%23y")),
            ("v1/{+encoded}", Some("v1/a%2Fb%20100%25")),
            ("v1/{encoded}", Some("v1/a%252Fb%20100%25")),
            ("v1/{other}", None),
            ("v1/{userId", None),
        ] {
            assert_eq!(expand(template, value).as_deref(), text, "{template}");
        }
        for value in ["..", "a/../b", "./a", "%2e%2E/a", "a%2f..%2fb", "a\\..\\b"] {
            assert!(has_dot_segment(value), "{value}");
        }
        for value in ["a..b", "...", ".a", "people/me", "a@example.com"] {
            assert!(!has_dot_segment(value), "{value}");
        }
    }
}
