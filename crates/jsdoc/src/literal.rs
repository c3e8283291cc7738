//! Literals as people write them in JSDoc: JSON, and JavaScript's own forms of it: single quotes, bare keys,
//! a comma behind the last item.

use serde_json::{Map, Value};

/// Deepest nesting that is understood.
const DEPTH_MAX: usize = 16;

/// The value of a text that is one literal and nothing else.
pub(crate) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader {
        rest: text,
        depth: 0,
    };
    let value = reader.value()?;
    reader.rest.trim_start().is_empty().then_some(value)
}

/// Reads from the start of `rest`.
struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: char) -> bool {
        let rest = self.rest.trim_start();
        let after = rest.strip_prefix(token);
        self.rest = after.unwrap_or(rest);
        after.is_some()
    }

    fn value(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next()? {
            '[' => self.nested(Self::array),
            '{' => self.nested(Self::object),
            '"' | '\'' | '`' => self.string().map(Value::String),
            _ => serde_json::from_str(self.word()).ok(),
        }
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Option<Value>) -> Option<Value> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return None;
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Option<Value> {
        let mut items = Vec::new();
        self.take('[');
        while !self.take(']') {
            items.push(self.value()?);
            self.comma_or(']')?;
        }
        Some(Value::Array(items))
    }

    fn object(&mut self) -> Option<Value> {
        let mut members = Map::new();
        self.take('{');
        while !self.take('}') {
            let name = match self.rest.chars().next()? {
                '"' | '\'' => self.string()?,
                _ => Some(self.word())
                    .filter(|name| !name.is_empty())?
                    .to_owned(),
            };
            if !self.take(':') {
                return None;
            }
            members.insert(name, self.value()?);
            self.comma_or('}')?;
        }
        Some(Value::Object(members))
    }

    /// Past a comma, or up to the end.
    fn comma_or(&mut self, end: char) -> Option<()> {
        (self.take(',') || self.rest.starts_with(end)).then_some(())
    }

    /// What stands before white space or a sign with a meaning.
    fn word(&mut self) -> &'a str {
        let ends = |c: char| c.is_whitespace() || ",:[]{}\"'`".contains(c);
        let (word, rest) = self
            .rest
            .split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.rest.chars().next()?;
        let mut text = String::new();
        let mut chars = self.rest[1..].char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote => {
                    self.rest = &self.rest[1 + at + 1..];
                    return Some(text);
                }
                '\\' => text.push(match chars.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'u' => {
                        let digits = chars.as_str().get(..4)?;
                        let code = u32::from_str_radix(digits, 16).ok()?;
                        chars.nth(3)?;
                        char::from_u32(code)?
                    }
                    other => other,
                }),
                c => text.push(c),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn javascript_writes_json_in_more_ways() {
        for (text, value) in [
            ("8", json!(8)),
            ("-2.5e3", json!(-2500.0)),
            ("null", json!(null)),
            (" true ", json!(true)),
            ("'it\\'s'", json!("it's")),
            ("`a\"b`", json!("a\"b")),
            (r#""\u00e9\n\\""#, json!("é\n\\")),
            ("['a', \"b\",]", json!(["a", "b"])),
            (
                "{a: 1, 'b c': [{}], $d: {e: null},}",
                json!({"a": 1, "b c": [{}], "$d": {"e": null}}),
            ),
        ] {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        for other in [
            "",
            "word",
            "'open",
            "1 2",
            "[1",
            "[,]",
            "{a}",
            "{a: }",
            "{: 1}",
            "Date.now()",
            "undefined",
            "'a' + 'b'",
            "\"\\u12\"",
            &"[".repeat(1_000),
            &("[".repeat(17) + &"]".repeat(17)),
        ] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
