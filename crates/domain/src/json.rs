//! Reading JSON from outside as JavaScript reads it, and telling whether two texts mean the same.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// Reads a JSON text. A half of a surrogate pair that stands alone, which JavaScript takes and Rust's strings cannot hold,
/// is read as U+FFFD.
///
/// # Errors
/// If it is no JSON.
pub fn read(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&well_formed(text))
}

/// The same for a JSON text in bytes, or one in which JSON stands, such as a stream of events. What is no UTF-8 stays as it is.
#[must_use]
pub fn well_formed_bytes(bytes: Vec<u8>) -> Vec<u8> {
    match std::str::from_utf8(&bytes).map(well_formed) {
        Ok(Cow::Owned(text)) => text.into_bytes(),
        _ => bytes,
    }
}

/// Whether two JSON texts mean the same to a task: the order of members, white space and how a number or a character is
/// written do not count.
#[must_use]
pub fn means_the_same(one: &str, other: &str) -> bool {
    one == other
        || match (read(one), read(other)) {
            (Ok(one), Ok(other)) => is_same(&one, &other),
            _ => false,
        }
}

/// Whether two values are the same to a task, for which all numbers are doubles.
#[must_use]
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let in_other = |(name, value): (&String, &Value)| {
                other.get(name).is_some_and(|other| is_same(value, other))
            };
            one.len() == other.len() && one.iter().all(in_other)
        }
        _ => one == other,
    }
}

/// A finite double as JSON, an integer without a fraction, as JavaScript writes it.
#[must_use]
pub fn number(value: f64) -> Option<Number> {
    // Doubles of this size are exact integers.
    const INTEGERS: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= INTEGERS {
        #[allow(clippy::cast_possible_truncation, reason = "it is an integer in range")]
        return Some(Number::from(value as i64));
    }
    Number::from_f64(value)
}

/// A JSON text in which each half of a surrogate pair that stands alone is U+FFFD. Anything else stays as it is.
#[must_use]
pub fn well_formed(text: &str) -> Cow<'_, str> {
    let mut changed = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = text.as_bytes()[at..].iter().position(|byte| *byte == b'\\') {
        at += found;
        let Some(unit) = escaped_unit(text, at) else {
            // Whatever the backslash escapes is no backslash of its own.
            at = text.len().min(at + 2);
            continue;
        };
        let has_low = || escaped_unit(text, at + ESCAPE).is_some_and(is_low);
        if is_high(unit) && has_low() {
            at += 2 * ESCAPE;
        } else if is_high(unit) || is_low(unit) {
            changed.push_str(&text[copied..at]);
            changed.push_str("\\ufffd");
            at += ESCAPE;
            copied = at;
        } else {
            at += ESCAPE;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    changed.push_str(&text[copied..]);
    Cow::Owned(changed)
}

/// Bytes of `\u0000`.
const ESCAPE: usize = 6;

/// The UTF-16 unit whose escape begins at a byte.
fn escaped_unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
    let all_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    all_hex.then(|| u16::from_str_radix(digits, 16).ok())?
}

fn is_high(unit: u16) -> bool {
    (0xd800..0xdc00).contains(&unit)
}

fn is_low(unit: u16) -> bool {
    (0xdc00..0xe000).contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_of_pairs_that_stand_alone_are_replaced_and_nothing_else_is() {
        for (text, read_as) in [
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\udc4b hi""#, "\u{fffd} hi"),
            (r#""\uD83D\uDC4B""#, "👋"),
            (r#""\ud83d\ud83d\udc4b""#, "\u{fffd}👋"),
            (r#""\udc4b\ud83d""#, "\u{fffd}\u{fffd}"),
            (r#""\\ud83d \\\ud83d""#, "\\ud83d \\\u{fffd}"),
            (r#""ü\ud83dü\n\"\ud83d\"""#, "ü\u{fffd}ü\n\"\u{fffd}\""),
            (r#""\u00fc\ud83dx""#, "ü\u{fffd}x"),
        ] {
            assert_eq!(read(text).unwrap(), Value::from(read_as), "{text}");
        }
        assert_eq!(
            well_formed_bytes(br#"data: "\ud83d""#.to_vec()),
            br#"data: "\ufffd""#
        );
        assert_eq!(well_formed_bytes(b"\xff\\ud83d".to_vec()), b"\xff\\ud83d");
        for text in [
            r#"{"a":"\ud83d\udc4b"}"#,
            "\\",
            "\"\\",
            "\\u",
            "\\ud83",
            "\\ud8\u{e9}",
            "\\ü",
        ] {
            assert!(matches!(well_formed(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn only_the_meaning_of_a_text_counts() {
        for (one, other) in [
            (
                r#"{"a":1,"b":[{"c":2,"d":null}]}"#,
                r#"{ "b": [{"d":null, "c":2.0}], "a":1e0 }"#,
            ),
            (r#""ü""#, r#""\u00fc""#),
            ("0", "-0"),
            ("9007199254740993", "9007199254740992"),
            (r#""\ud83d""#, r#""\uD83D""#),
            ("not JSON", "not JSON"),
        ] {
            assert!(
                means_the_same(one, other) && means_the_same(other, one),
                "{one} {other}"
            );
        }
        for (one, other) in [
            ("[1,2]", "[2,1]"),
            ("[1]", "[1,null]"),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#),
            (r#"{"a":1}"#, r#"{"b":1}"#),
            ("1", "\"1\""),
            ("1", "1.5"),
            ("0", "false"),
            ("not JSON", "not  JSON"),
        ] {
            assert!(
                !means_the_same(one, other) && !means_the_same(other, one),
                "{one} {other}"
            );
        }
    }

    #[test]
    fn integers_are_written_without_a_fraction() {
        for (value, text) in [
            (3.0, "3"),
            (-0.0, "0"),
            (0.5, "0.5"),
            (1e15, "1000000000000000"),
        ] {
            assert_eq!(number(value).unwrap().to_string(), text);
        }
        assert!(number(f64::NAN).is_none() && number(f64::INFINITY).is_none());
    }
}
