//! The forms in which an upstream might repeat a text.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

/// What JavaScript's `encodeURIComponent` encodes.
const COMPONENT: &AsciiSet = &UNRESERVED
    .remove(b'!')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// All but RFC 3986's unreserved characters, as Python's `quote_plus`, Go and Ruby do.
const UNRESERVED: &AsciiSet = &PHP.remove(b'~');
/// PHP's `urlencode`.
const PHP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
/// HTML forms, `URLSearchParams` and Java's `URLEncoder`.
const FORM: &AsciiSet = &PHP.remove(b'*');
/// Python's `quote`.
const PATH: &AsciiSet = &UNRESERVED.remove(b'/');
/// JavaScript's `encodeURI`.
const URI: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');
/// The query of a `URL`.
const QUERY: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\'');

const URL_SETS: [&AsciiSet; 8] = [
    NON_ALPHANUMERIC,
    COMPONENT,
    UNRESERVED,
    PHP,
    FORM,
    PATH,
    URI,
    QUERY,
];

/// What serializers of JSON write as `\u….` besides what they must, and whether they write `\/`.
const JSON_STYLES: [(&str, bool, bool); 6] = [
    ("", false, false),
    ("", false, true),
    ("", true, false),
    ("", true, true),
    ("<>&", false, false),
    ("<>&'\"+`", true, false),
];

/// How templates write `&`, `<`, `>`, `"`, `'`, `/`, `=` and `` ` `` in HTML.
const HTML_STYLES: [[&str; 8]; 7] = [
    ["&amp;", "&lt;", "&gt;", "\"", "'", "/", "=", "`"],
    ["&amp;", "&lt;", "&gt;", "&quot;", "'", "/", "=", "`"],
    ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "/", "=", "`"],
    ["&amp;", "&lt;", "&gt;", "&quot;", "&#039;", "/", "=", "`"],
    ["&amp;", "&lt;", "&gt;", "&quot;", "&#x27;", "/", "=", "`"],
    ["&amp;", "&lt;", "&gt;", "&#34;", "&#39;", "/", "=", "`"],
    [
        "&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&#x2F;", "&#x3D;", "&#x60;",
    ],
];

/// Every form of a text: as it is, and as encoders of URLs, JSON, HTML, base64 and hexadecimal digits write it.
pub(super) fn of(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([text.to_owned()]);
    for (more, ascii, slash) in JSON_STYLES {
        let lower = json(text, more, ascii, slash);
        forms.insert(upper_digits(&lower, "\\u", 4));
        forms.insert(lower);
    }
    for set in URL_SETS {
        let upper = utf8_percent_encode(text, set).to_string();
        for form in [upper.replace("%20", "+"), upper] {
            forms.insert(lower_digits(&form));
            forms.insert(form);
        }
    }
    for style in HTML_STYLES {
        forms.insert(html(text, style));
    }
    for offset in 0..3 {
        forms.insert(base64(text, offset, &BASE64_STANDARD_NO_PAD));
        forms.insert(base64(text, offset, &BASE64_URL_SAFE_NO_PAD));
    }
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    forms.insert(hex.to_uppercase());
    forms.insert(hex);
    forms
}

/// A text as it stands between the quotes of a JSON string.
#[must_use]
pub fn json_inner(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn json(text: &str, more: &str, ascii: bool, slash: bool) -> String {
    let mut form = String::with_capacity(text.len());
    for c in text.chars() {
        if more.contains(c) || ascii && !c.is_ascii() {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                form.push_str(&format!("\\u{unit:04x}"));
            }
        } else if slash && c == '/' {
            form.push_str("\\/");
        } else {
            form.push_str(&json_inner(c.encode_utf8(&mut [0; 4])));
        }
    }
    form
}

fn html(text: &str, style: [&str; 8]) -> String {
    let mut form = String::with_capacity(text.len());
    for c in text.chars() {
        match "&<>\"'/=`".find(c) {
            Some(at) => form.push_str(style[at]),
            None => form.push(c),
        }
    }
    form
}

/// The digits of a text that begins `offset` bytes behind a multiple of three: only those on which what stands around it has no
/// influence.
fn base64(text: &str, offset: usize, alphabet: &impl Engine) -> String {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(text.as_bytes());
    let digits = alphabet.encode(&bytes);
    let first = (offset * 8).div_ceil(6);
    digits[first..bytes.len() * 8 / 6].to_owned()
}

fn lower_digits(form: &str) -> String {
    digits(form, "%", 2, str::to_ascii_lowercase)
}

fn upper_digits(form: &str, mark: &str, count: usize) -> String {
    digits(form, mark, count, str::to_ascii_uppercase)
}

/// The form with the hexadecimal digits behind each mark changed.
fn digits(form: &str, mark: &str, count: usize, change: fn(&str) -> String) -> String {
    let mut parts = form.split(mark);
    let mut changed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        changed.push_str(mark);
        match part.split_at_checked(count) {
            Some((digits, rest)) => {
                changed.push_str(&change(digits));
                changed.push_str(rest);
            }
            None => changed.push_str(part),
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_written_as_the_usual_encoders_write_it() {
        let forms = of("a/B+c=d é\"<'&~*");
        for form in [
            // encodeURIComponent, encodeURI, URLSearchParams, quote, quote_plus, urlencode, digits of both cases.
            "a%2FB%2Bc%3Dd%20%C3%A9%22%3C'%26~*",
            "a/B+c=d%20%C3%A9%22%3C'&~*",
            "a%2FB%2Bc%3Dd+%C3%A9%22%3C%27%26%7E*",
            "a/B%2Bc%3Dd%20%C3%A9%22%3C%27%26~%2A",
            "a%2FB%2Bc%3Dd+%C3%A9%22%3C%27%26~%2A",
            "a%2FB%2Bc%3Dd+%C3%A9%22%3C%27%26%7E%2A",
            "a%2fB%2bc%3dd%20%c3%a9%22%3c'%26~*",
            // JSON of JavaScript, Python, PHP, Go and .NET.
            "a/B+c=d é\\\"<'&~*",
            "a/B+c=d \\u00e9\\\"<'&~*",
            "a\\/B+c=d \\u00e9\\\"<'&~*",
            "a/B+c=d é\\\"\\u003c'\\u0026~*",
            "a/B\\u002Bc=d \\u00E9\\u0022\\u003C\\u0027\\u0026~*",
            // HTML of PHP, Python, Go and Handlebars.
            "a/B+c=d é&quot;&lt;&#039;&amp;~*",
            "a/B+c=d é&quot;&lt;&#x27;&amp;~*",
            "a/B+c=d é&#34;&lt;&#39;&amp;~*",
            "a&#x2F;B+c&#x3D;d é&quot;&lt;&#39;&amp;~*",
            // Hexadecimal digits.
            "612f422b633d6420c3a9223c27267e2a",
            "612F422B633D6420C3A9223C27267E2A",
        ] {
            assert!(forms.contains(form), "{form}: {forms:?}");
        }
    }

    #[test]
    fn base64_is_found_wherever_the_text_begins() {
        let secret = "s\u{ff}cret?>~ 0123456";
        let forms = of(secret);
        for before in 0..7 {
            for after in 0..4 {
                let text = format!("{}{secret}{}", "x".repeat(before), "y".repeat(after));
                for digits in [
                    BASE64_STANDARD_NO_PAD.encode(&text),
                    BASE64_URL_SAFE_NO_PAD.encode(&text),
                ] {
                    let found = forms.iter().filter(|form| digits.contains(form.as_str()));
                    let longest = found.map(|form| form.len()).max().unwrap_or(0);
                    assert!(longest >= secret.len() * 8 / 6 - 1, "{digits}: {forms:?}");
                }
            }
        }
    }

    #[test]
    fn a_plain_text_has_few_forms() {
        assert_eq!(of("sk0123456789abcdef").len(), 6);
    }
}
