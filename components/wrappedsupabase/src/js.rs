//! How JavaScript makes text of values, where the official client relies on it.

use std::fmt::Write;

use serde_json::{Number, Value};

/// `` `${value}` ``; `None` is `undefined`.
pub(crate) fn text(value: Option<&Value>) -> String {
    match value {
        None => "undefined".to_owned(),
        Some(Value::Null) => "null".to_owned(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Number(number)) => self::number(number),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => join(items),
        Some(Value::Object(_)) => "[object Object]".to_owned(),
    }
}

/// `items.join(",")`
pub(crate) fn join(items: &[Value]) -> String {
    let texts = items.iter().map(|item| match item {
        Value::Null => String::new(),
        item => text(Some(item)),
    });
    texts.collect::<Vec<_>>().join(",")
}

/// Whether JavaScript takes it for true.
pub(crate) fn truthy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => *value,
        Some(Value::Number(number)) => number.as_f64().is_some_and(|number| number != 0.0),
        Some(Value::String(text)) => !text.is_empty(),
        Some(_) => true,
    }
}

/// `Number(value)` for what has an obvious number.
pub(crate) fn to_number(value: Option<&Value>) -> f64 {
    match value {
        None => f64::NAN,
        Some(Value::Null) => 0.0,
        Some(Value::Bool(value)) => f64::from(u8::from(*value)),
        Some(Value::Number(number)) => number.as_f64().unwrap_or(f64::NAN),
        Some(Value::String(text)) if text.trim().is_empty() => 0.0,
        Some(Value::String(text)) => text.trim().parse().unwrap_or(f64::NAN),
        Some(_) => f64::NAN,
    }
}

/// `String(number)`
pub(crate) fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    if number == 0.0 {
        return "0".to_owned();
    }
    // The shortest digits that give the number back, as both languages choose them.
    let shortest = format!("{:e}", number.abs());
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mut out = String::from(if number < 0.0 { "-" } else { "" });
    let count = digits.len() as i32;
    // ECMA-262, Number::toString, with n = exponent + 1 and k = count.
    if (-6..0).contains(&exponent) {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
        out.push_str(&digits);
    } else if (0..21).contains(&exponent) {
        if count <= exponent + 1 {
            out.push_str(&digits);
            out.extend(std::iter::repeat_n('0', (exponent + 1 - count) as usize));
        } else {
            let (whole, part) = digits.split_at((exponent + 1) as usize);
            let _ = write!(out, "{whole}.{part}");
        }
    } else {
        let (first, rest) = digits.split_at(1);
        out.push_str(first);
        if !rest.is_empty() {
            let _ = write!(out, ".{rest}");
        }
        let _ = write!(
            out,
            "e{}{}",
            if exponent < 0 { '-' } else { '+' },
            exponent.abs()
        );
    }
    out
}

fn number(number: &Number) -> String {
    match number.as_f64() {
        Some(value) if number.is_f64() => float(value),
        _ => number.to_string(),
    }
}

/// `JSON.stringify(value)`
pub(crate) fn json(value: &Value) -> String {
    let mut out = String::new();
    push_json(&mut out, value);
    out
}

fn push_json(out: &mut String, value: &Value) {
    match value {
        Value::Number(value) => out.push_str(&number(value)),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                push_json(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, value)) in members.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                out.push_str(&Value::String(name.clone()).to_string());
                out.push(':');
                push_json(out, value);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// `encodeURI(text)`
pub(crate) fn encode_uri(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b";,/?:@&=+$-_.!~*'()#".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// `/\s/`
pub(crate) fn is_space(char: char) -> bool {
    // Unicode's White_Space and JavaScript's differ in these two.
    (char.is_whitespace() && char != '\u{85}') || char == '\u{feff}'
}

/// `parseInt(text)`; `None` for `NaN`.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text
        .find(|char: char| !char.is_ascii_digit())
        .unwrap_or(text.len());
    let number: i64 = text[..end].parse().ok()?;
    Some(if negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn text_is_that_of_javascript() {
        for (value, expected) in [
            (json!(null), "null"),
            (
                json!([1, null, [2, [3]], "x", {}]),
                "1,,2,3,x,[object Object]",
            ),
            (json!(1.5), "1.5"),
            (json!(1e21), "1e+21"),
            (
                json!(123_456_789_012_345_680_000.0),
                "123456789012345680000",
            ),
            (json!(1e-7), "1e-7"),
            (json!(0.000_001), "0.000001"),
            (json!(-1.25e-9), "-1.25e-9"),
            (json!(-0.0), "0"),
            (json!(9_007_199_254_740_993_i64), "9007199254740993"),
            (json!(100.0), "100"),
        ] {
            assert_eq!(text(Some(&value)), expected);
        }
        assert_eq!(text(None), "undefined");
        assert_eq!(json(&json!({"a": [1e21, "ü\n"]})), r#"{"a":[1e+21,"ü\n"]}"#);
        assert_eq!(encode_uri("a b/ü?x=%&#'"), "a%20b/%C3%BC?x=%25&#'");
        assert_eq!(
            (parse_int("12x"), parse_int("*"), parse_int(" -3")),
            (Some(12), None, Some(-3))
        );
        assert_eq!(to_number(Some(&json!("5"))), 5.0);
    }
}
