//! Query strings in the client's form: nested members as `a[b]`, arrays as `a[]`.

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

/// Bytes of a whole query.
const QUERY_LIMIT: usize = 16 << 10;

/// The query string of an object, without `?`; empty for none.
pub(crate) fn string(object: &Map<String, Value>) -> Result<String, ServiceError> {
    let mut query = String::new();
    for (name, value) in object {
        push(&mut query, name, value)?;
    }
    Ok(query)
}

fn push(query: &mut String, name: &str, value: &Value) -> Result<(), ServiceError> {
    match value {
        Value::Array(items) => {
            let name = format!("{name}[]");
            return items.iter().try_for_each(|item| push(query, &name, item));
        }
        Value::Object(members) => {
            return members
                .iter()
                .try_for_each(|(key, value)| push(query, &format!("{name}[{key}]"), value));
        }
        _ => {}
    }
    if !query.is_empty() {
        query.push('&');
    }
    encode(query, name);
    query.push('=');
    match value {
        Value::String(text) => encode(query, text),
        Value::Null => {}
        other => encode(query, &other.to_string()),
    }
    if query.len() > QUERY_LIMIT {
        return Err(invalid(format!(
            "the query is longer than {QUERY_LIMIT} bytes"
        )));
    }
    Ok(())
}

/// The members of a written query string, as the client merges them: of the same name the last one counts.
pub(crate) fn members(query: &str) -> Map<String, Value> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let [first, tail @ ..] = rest {
            let code = (*first == b'%')
                .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
                .flatten()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok());
            bytes.push(code.unwrap_or(*first));
            rest = if code.is_some() { &tail[2..] } else { tail };
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), Value::String(decode(value))))
        .collect()
}

fn encode(query: &mut String, text: &str) {
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            query.push(char::from(byte));
        } else {
            use std::fmt::Write;
            // Writing to a string cannot fail.
            _ = write!(query, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nested_members_are_written_in_brackets() {
        let object = json!({"limit": 20, "include": ["a b", "c"], "metadata": {"k": "v&w"}, "x": null, "e": [], "t": true});
        assert_eq!(
            string(object.as_object().unwrap()).unwrap(),
            "limit=20&include%5B%5D=a%20b&include%5B%5D=c&metadata%5Bk%5D=v%26w&x=&t=true"
        );
        let long = json!({"q": "x".repeat(QUERY_LIMIT)});
        assert!(string(long.as_object().unwrap()).is_err());
    }

    #[test]
    fn written_queries_are_read() {
        let read = Value::from(members("a=1&b=%C3%BC+x&a=2&c&d=%zz%"));
        assert_eq!(read, json!({"a": "2", "b": "ü x", "c": "", "d": "%zz%"}));
    }
}
