//! What may be said about one call besides its arguments, as in the last argument of the client's methods.

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;
use tasker_service::http::is_override;
use tasker_service::invalid;

/// Further headers that one call may have.
const HEADERS_LIMIT: usize = 32;
/// Bytes of a header's value.
const VALUE_LIMIT: usize = 4 << 10;
/// Bytes of an idempotency key.
const KEY_LIMIT: usize = 255;
/// Headers that are the operator's, the service's or the connection's.
const RESERVED: &[&str] = &[
    "authorization",
    "api-key",
    "x-api-key",
    "cookie",
    "host",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "idempotency-key",
];

/// The options of one call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// Further headers, names in lower case; `None` leaves out one that the client would send.
    pub headers: Vec<(String, Option<String>)>,
    /// In place of the method's query.
    pub query: Option<Map<String, Value>>,
    /// The time limit in milliseconds, if shorter than the service's.
    pub timeout_ms: Option<u64>,
    /// In place of the call's own.
    pub idempotency_key: Option<String>,
}

impl Options {
    /// Reads the options; those that only make sense in the caller's own process are ignored.
    ///
    /// # Errors
    /// If one of them cannot be used.
    pub fn read(value: Option<Value>) -> Result<Self, ServiceError> {
        let mut options = Self::default();
        let members = match value {
            None | Some(Value::Null) => return Ok(options),
            Some(Value::Object(members)) => members,
            Some(_) => return Err(invalid("the options must be an object")),
        };
        for (name, value) in members {
            match (name.as_str(), value) {
                (_, Value::Null) => {}
                ("headers", Value::Object(headers)) => options.headers = read_headers(headers)?,
                ("query", Value::Object(query)) => options.query = Some(query),
                ("timeout", Value::Number(number)) => options.timeout_ms = Some(timeout(&number)?),
                ("idempotencyKey", Value::String(key)) => {
                    options.idempotency_key = Some(read_key(key)?)
                }
                // Retries are the engine's; a call is stopped by cancelling its run.
                ("maxRetries" | "signal" | "stream", _) => {}
                ("headers" | "query", _) => {
                    return Err(invalid(format!("options: `{name}` must be an object")));
                }
                ("timeout", _) => {
                    return Err(invalid(
                        "options: `timeout` must be a number of milliseconds",
                    ));
                }
                ("idempotencyKey", _) => {
                    return Err(invalid("options: `idempotencyKey` must be a string"));
                }
                _ => {
                    return Err(invalid(format!(
                        "options: there is no `{name}`; there are: headers, query, timeout, idempotencyKey"
                    )));
                }
            }
        }
        Ok(options)
    }
}

fn timeout(number: &serde_json::Number) -> Result<u64, ServiceError> {
    match number.as_u64() {
        Some(milliseconds) if milliseconds > 0 => Ok(milliseconds),
        _ => Err(invalid(
            "options: `timeout` must be a whole number of milliseconds above 0",
        )),
    }
}

fn read_key(key: String) -> Result<String, ServiceError> {
    if key.is_empty() || key.len() > KEY_LIMIT || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid(format!(
            "options: `idempotencyKey` must have 1 to {KEY_LIMIT} printable characters without spaces"
        )));
    }
    Ok(key)
}

fn read_headers(
    headers: Map<String, Value>,
) -> Result<Vec<(String, Option<String>)>, ServiceError> {
    if headers.len() > HEADERS_LIMIT {
        return Err(invalid(format!(
            "options: at most {HEADERS_LIMIT} headers are allowed"
        )));
    }
    let read = |(name, value): (String, Value)| {
        let name = name.to_ascii_lowercase();
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        if name.is_empty() || !name.bytes().all(token) {
            return Err(invalid(
                "options: a header's name has characters that it cannot have",
            ));
        }
        if RESERVED.contains(&name.as_str())
            || name.starts_with("proxy-")
            || name.starts_with("sec-")
            || is_override(&name)
        {
            return Err(invalid(format!(
                "options: the header `{name}` cannot be set by a task"
            )));
        }
        let value = match value {
            Value::Null => return Ok((name, None)),
            Value::String(text) => text,
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => {
                return Err(invalid(format!(
                    "options: the header `{name}` must be a string"
                )));
            }
        };
        let printable = value
            .bytes()
            .all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if !printable || value.len() > VALUE_LIMIT {
            return Err(invalid(format!(
                "options: the header `{name}` must have at most {VALUE_LIMIT} printable ASCII characters"
            )));
        }
        Ok((name, Some(value)))
    };
    headers.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn options_are_read_or_refused_by_name() {
        let options = Options::read(Some(json!({
            "headers": {"OpenAI-Beta": "x=v1", "X-N": 5, "Accept": null},
            "query": {"a": 1}, "timeout": 500, "idempotencyKey": "k-1", "maxRetries": 3, "signal": {},
        })))
        .unwrap();
        assert_eq!(
            options.headers[0],
            ("openai-beta".into(), Some("x=v1".into()))
        );
        assert_eq!(options.headers[1], ("x-n".into(), Some("5".into())));
        assert_eq!(options.headers[2], ("accept".into(), None));
        assert_eq!(
            (options.timeout_ms, options.idempotency_key.as_deref()),
            (Some(500), Some("k-1"))
        );
        assert_eq!(
            Options::read(Some(Value::Null)).unwrap(),
            Options::default()
        );
        for (value, part) in [
            (
                json!({"headers": {"Authorization": "Bearer x"}}),
                "`authorization`",
            ),
            (json!({"headers": {"API-Key": "x"}}), "`api-key`"),
            (
                json!({"headers": {"Proxy-Authorization": "x"}}),
                "`proxy-authorization`",
            ),
            (json!({"headers": {"Host": "example.com"}}), "`host`"),
            (
                json!({"headers": {"X-HTTP-Method-Override": "DELETE"}}),
                "`x-http-method-override`",
            ),
            (
                json!({"headers": {"x-original-url": "/v1/files/f"}}),
                "`x-original-url`",
            ),
            (
                json!({"headers": {"Content-Length": 1}}),
                "`content-length`",
            ),
            (json!({"headers": {"a\r\nb": "x"}}), "name"),
            (json!({"headers": {"x": "a\r\nb: c"}}), "`x`"),
            (json!({"headers": {"x": ["a"]}}), "`x`"),
            (json!({"headers": "x"}), "`headers`"),
            (json!({"timeout": -1}), "`timeout`"),
            (json!({"timeout": "1"}), "`timeout`"),
            (json!({"idempotencyKey": "a b"}), "`idempotencyKey`"),
            (json!({"apiKey": "sk"}), "no `apiKey`"),
            (json!(["x"]), "object"),
        ] {
            let error = Options::read(Some(value.clone())).unwrap_err();
            assert!(error.error.message.contains(part), "{value}: {error:?}");
        }
    }
}
