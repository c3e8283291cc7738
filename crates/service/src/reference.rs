//! Secret references: `{ "$secret": "namespace/key" }` anywhere in the arguments of a call.
//!
//! The shell replaces each by a **placeholder** before the service sees the arguments: a text that
//! nobody can guess and that is the same in JSON, in a form and in a header. Only a request to a host
//! for which the secret is allowed has the placeholder replaced by the secret, as it is sent.

use serde_json::{Map, Value};
use tasker_domain::keystore::KeyName;
use tasker_domain::wire::ServiceError;
use tasker_domain::{ErrorCode, Json};

use crate::http::Request;
use crate::limit::REFERENCES;
use crate::scrub::{json_inner, replace};
use crate::{invalid, refused};

const MEMBER: &str = "$secret";
const PREFIX: &str = "tasker-secret-";

/// The references of one call and the placeholders that stand for them.
#[derive(Debug, Default)]
pub struct References {
    items: Vec<(KeyName, String)>,
}

impl References {
    /// Takes the references out of a call's arguments. `random` gives the bits of a placeholder.
    ///
    /// # Errors
    /// `invalid_arguments` for a reference that does not have the right form, or too many of them.
    pub fn take(
        args: &str,
        mut random: impl FnMut() -> [u8; 16],
    ) -> Result<(Json, Self), ServiceError> {
        let mut references = Self::default();
        // A name may be escaped, but only with a backslash.
        if !args.contains(MEMBER) && !args.contains('\\') {
            return Ok((args.to_owned(), references));
        }
        let value: Value =
            serde_json::from_str(args).map_err(|_| invalid("the arguments are no JSON"))?;
        let mut found = false;
        let value = references.replace(value, &mut random, &mut found)?;
        Ok((
            if found {
                value.to_string()
            } else {
                args.to_owned()
            },
            references,
        ))
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The placeholders, for texts that must not leave the service.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        self.items
            .iter()
            .map(|(_, placeholder)| placeholder.as_str())
    }

    /// The secrets that a request needs.
    ///
    /// # Errors
    /// `secret_denied` if one stands where a secret must not be: in the URL, which others log, or in
    /// the name of a header.
    pub fn in_request(&self, request: &Request) -> Result<Vec<KeyName>, ServiceError> {
        let mut names = Vec::new();
        for (name, placeholder) in &self.items {
            let misplaced = request.url.contains(placeholder.as_str())
                || request
                    .headers
                    .iter()
                    .any(|(header, _)| header.contains(placeholder.as_str()));
            if misplaced {
                return Err(refused(
                    ErrorCode::SecretDenied,
                    format!(
                        "the secret `{name}` would stand in a URL; give it in a header or in the body"
                    ),
                ));
            }
            let needed = request
                .headers
                .iter()
                .any(|(_, value)| value.contains(placeholder.as_str()))
                || memchr::memmem::find(&request.body, placeholder.as_bytes()).is_some();
            if needed {
                names.push(name.clone());
            }
        }
        Ok(names)
    }

    /// The request with secrets in place of their placeholders: as it is in headers, escaped as
    /// the body's media type wants it (JSON, form) in the body.
    ///
    /// # Errors
    /// `secret_denied` for a secret that no header can have.
    pub fn fill(
        &self,
        mut request: Request,
        secret: impl Fn(&KeyName) -> Option<String>,
    ) -> Result<Request, ServiceError> {
        let form = Form::of(&request);
        for (name, placeholder) in &self.items {
            let Some(text) = secret(name) else { continue };
            for (_, value) in &mut request.headers {
                if value.contains(placeholder.as_str()) {
                    if text
                        .bytes()
                        .any(|byte| byte < b' ' && byte != b'\t' || byte == 127)
                    {
                        return Err(refused(
                            ErrorCode::SecretDenied,
                            format!(
                                "the secret `{name}` has line breaks or control characters, which no header can have"
                            ),
                        ));
                    }
                    *value = value.replace(placeholder.as_str(), &text);
                }
            }
            let text = form.escape(&text);
            request.body = replace(request.body, placeholder.as_bytes(), text.as_bytes());
        }
        Ok(request)
    }

    fn replace(
        &mut self,
        value: Value,
        random: &mut impl FnMut() -> [u8; 16],
        found: &mut bool,
    ) -> Result<Value, ServiceError> {
        Ok(match value {
            Value::Object(members) if members.contains_key(MEMBER) => {
                *found = true;
                Value::String(self.placeholder(read(&members)?, random)?)
            }
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| Ok((name, self.replace(value, random, found)?)))
                .collect::<Result<Map<_, _>, ServiceError>>()?
                .into(),
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.replace(item, random, found))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
            other => other,
        })
    }

    /// The same one for each reference to the same secret.
    fn placeholder(
        &mut self,
        name: KeyName,
        random: &mut impl FnMut() -> [u8; 16],
    ) -> Result<String, ServiceError> {
        if let Some((_, placeholder)) = self.items.iter().find(|(other, _)| *other == name) {
            return Ok(placeholder.clone());
        }
        if self.items.len() == REFERENCES {
            return Err(invalid(format!(
                "a call may refer to at most {REFERENCES} secrets"
            )));
        }
        let placeholder = format!("{PREFIX}{:032x}", u128::from_be_bytes(random()));
        self.items.push((name, placeholder.clone()));
        Ok(placeholder)
    }
}

fn read(members: &Map<String, Value>) -> Result<KeyName, ServiceError> {
    let name = match members.get(MEMBER) {
        Some(Value::String(text)) if members.len() == 1 => text.split_once('/'),
        _ => None,
    };
    match name {
        Some((namespace, key)) if !namespace.is_empty() && !key.is_empty() => Ok(KeyName {
            namespace: namespace.to_owned(),
            key: key.to_owned(),
        }),
        _ => Err(invalid(
            "a secret reference is written `{ $secret: \"namespace/key\" }`, with nothing else in it",
        )),
    }
}

/// How a body's media type writes a text.
enum Form {
    Json,
    UrlEncoded,
    Plain,
}

impl Form {
    fn of(request: &Request) -> Self {
        let media_type = request
            .headers
            .iter()
            .find(|(name, _)| name == "content-type")
            .and_then(|(_, value)| value.split(';').next())
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        if media_type == "application/json" || media_type.ends_with("+json") {
            Self::Json
        } else if media_type == "application/x-www-form-urlencoded" {
            Self::UrlEncoded
        } else {
            Self::Plain
        }
    }

    fn escape(&self, text: &str) -> String {
        match self {
            Self::Json => json_inner(text),
            Self::UrlEncoded => {
                percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                    .to_string()
            }
            Self::Plain => text.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(args: &str) -> Result<(Json, References), ServiceError> {
        let mut count = 0;
        References::take(args, || {
            count += 1;
            [count; 16]
        })
    }

    #[test]
    fn references_become_placeholders_and_are_filled_in_as_the_request_is_sent() {
        let (args, references) =
            take(r#"[{"key": {"$secret": "a/b"}, "x": [{"\u0024secret": "a/c/d"}, {"$secret": "a/b"}]}]"#)
                .unwrap();
        let (one, two) = (
            "tasker-secret-01010101010101010101010101010101",
            "tasker-secret-02020202020202020202020202020202",
        );
        assert_eq!(
            args,
            format!(r#"[{{"key":"{one}","x":["{two}","{one}"]}}]"#)
        );
        assert_eq!(references.placeholders().collect::<Vec<_>>(), [one, two]);

        let request = Request::new("POST", "https://example.com/")
            .with_header("authorization", format!("Bearer {one}"))
            .with_body(
                "application/json; charset=utf-8",
                format!(r#"{{"two":"{two}"}}"#),
            );
        let names = references.in_request(&request).unwrap();
        assert_eq!(names.len(), 2);
        assert_eq!(
            (names[1].namespace.as_str(), names[1].key.as_str()),
            ("a", "c/d")
        );
        let secret =
            |name: &KeyName| Some(if name.key == "b" { "s&1" } else { "\"2\n" }.to_owned());
        let filled = references.fill(request, secret).unwrap();
        assert_eq!(filled.headers[0].1, "Bearer s&1");
        assert_eq!(filled.body, br#"{"two":"\"2\n"}"#);

        let form = Request::new("POST", "https://example.com/")
            .with_body("application/x-www-form-urlencoded", format!("a={one}&b=1"));
        assert_eq!(references.in_request(&form).unwrap().len(), 1);
        assert_eq!(references.fill(form, secret).unwrap().body, b"a=s%261&b=1");

        let header = Request::new("GET", "https://example.com/").with_header("x", two);
        assert!(
            references
                .fill(header, secret)
                .unwrap_err()
                .error
                .is(ErrorCode::SecretDenied)
        );
        let url = Request::new("GET", format!("https://example.com/?key={one}"));
        assert!(
            references
                .in_request(&url)
                .unwrap_err()
                .error
                .is(ErrorCode::SecretDenied)
        );
    }

    #[test]
    fn what_is_no_reference_is_left_or_refused() {
        for args in [
            r#"["a", {"secret": "a/b"}, 1.50]"#,
            r#"["\"$secret\" \n"]"#,
            r#"["$secret"]"#,
        ] {
            let (left, references) = take(args).unwrap();
            assert_eq!(left, args);
            assert!(references.is_empty());
        }
        for args in [
            r#"[{"$secret": "a"}]"#,
            r#"[{"$secret": "/b"}]"#,
            r#"[{"$secret": "a/"}]"#,
            r#"[{"$secret": 1}]"#,
            r#"[{"$secret": "a/b", "host": "example.com"}]"#,
        ] {
            assert!(
                take(args)
                    .unwrap_err()
                    .error
                    .is(ErrorCode::InvalidArguments),
                "{args}"
            );
        }
        let many: Vec<_> = (0..=REFERENCES)
            .map(|n| format!(r#"{{"$secret":"a/{n}"}}"#))
            .collect();
        assert!(take(&format!("[{}]", many.join(","))).is_err());
    }
}
