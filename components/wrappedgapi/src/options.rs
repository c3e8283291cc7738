//! The second argument of a call: how it is made.

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;
use tasker_service::http::is_override;
use tasker_service::invalid;

use crate::auth::Scopes;
use crate::nearest;
use crate::params::is_credential;

/// The names of all options.
const NAMES: [&str; 6] = [
    "headers",
    "params",
    "responseType",
    "scopes",
    "subject",
    "version",
];

/// The service sets these itself, or they are the connection's.
const OWN_HEADERS: [&str; 11] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "keep-alive",
    "te",
    "transfer-encoding",
    "upgrade",
    "x-goog-api-key",
];

/// The options of a call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Which version of the API.
    pub(crate) version: Option<String>,
    /// On whose behalf, instead of the setting `google_subject`.
    pub(crate) subject: Option<String>,
    /// What the token must allow, instead of what the method needs.
    pub(crate) scopes: Option<Scopes>,
    /// Further headers, with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// Query parameters that the API's document does not know.
    pub(crate) params: Vec<(String, String)>,
    /// In which form the answer is wanted.
    pub(crate) response_type: Option<ResponseType>,
}

/// In which form an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResponseType {
    /// Parsed, whatever type the answer has.
    Json,
    /// As a string, not parsed.
    Text,
    /// As a string in base64.
    Base64,
}

impl Options {
    /// Reads an object of options.
    ///
    /// # Errors
    /// `invalid_arguments`, which names the option.
    pub(crate) fn read(options: Map<String, Value>) -> Result<Self, ServiceError> {
        let mut read = Self::default();
        for (name, value) in options {
            let wrong = |what: &str| invalid(format!("the option `{name}` must be {what}"));
            match (name.as_str(), value) {
                (_, Value::Null) => {}
                ("version", Value::String(text)) => read.version = Some(text),
                ("version", _) => return Err(wrong("a string such as \"v3\"")),
                ("subject", Value::String(text)) if is_subject(&text) => read.subject = Some(text),
                ("subject", _) => return Err(wrong("the address of a user")),
                ("scopes", value) => read.scopes = Some(Scopes::read(&value)?),
                ("headers", Value::Object(headers)) => {
                    for (name, value) in headers {
                        read.headers.push(header(&name, &value)?);
                    }
                }
                (
                    "headers" | "params",
                    Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Array(_),
                ) => {
                    return Err(wrong("an object"));
                }
                ("params", Value::Object(params)) => {
                    for (name, value) in params {
                        read.params.push(param(name, &value)?);
                    }
                }
                ("responseType", value) => {
                    read.response_type = Some(match value.as_str() {
                        Some("json") => ResponseType::Json,
                        Some("text") => ResponseType::Text,
                        Some("base64" | "arraybuffer") => ResponseType::Base64,
                        _ => return Err(wrong("\"json\", \"text\" or \"base64\"")),
                    });
                }
                (name, _) => {
                    let hint = nearest::hint(name, NAMES.into_iter());
                    let hint = hint.unwrap_or_else(|| format!("there are: {}", NAMES.join(", ")));
                    return Err(invalid(format!("there is no option {name:?}; {hint}")));
                }
            }
        }
        Ok(read)
    }
}

/// Whether a text can be the address of a user.
pub(crate) fn is_subject(text: &str) -> bool {
    (3..=320).contains(&text.len())
        && text.contains('@')
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn header(name: &str, value: &Value) -> Result<(String, String), ServiceError> {
    let lower = name.to_ascii_lowercase();
    let is_name = (1..=100).contains(&lower.len())
        && lower
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let is_own = OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with("proxy-");
    if !is_name || is_own || is_override(&lower) {
        return Err(invalid(format!("the header {name:?} cannot be set")));
    }
    let value = scalar(name, value)?;
    if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(invalid(format!(
            "the header {name:?} has characters that no header may have"
        )));
    }
    Ok((lower, value))
}

/// A query parameter. Google takes those that begin with `$` for instructions: `$httpMethod` makes another method of the call.
fn param(name: String, value: &Value) -> Result<(String, String), ServiceError> {
    if name.trim_start().starts_with('$') {
        return Err(invalid(format!(
            "the parameter {name:?} cannot be set: it may change what is called"
        )));
    }
    if is_credential(&name) {
        return Err(invalid(format!(
            "the parameter {name:?} cannot be set: the service has the operator's credentials"
        )));
    }
    let value = scalar(&name, value)?;
    Ok((name, value))
}

fn scalar(name: &str, value: &Value) -> Result<String, ServiceError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(invalid(format!(
            "{name:?} must be a string, a number or a boolean"
        ))),
    }
}
