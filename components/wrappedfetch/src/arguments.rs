//! The argument of a call.

use serde::Deserialize;
use serde_json::value::RawValue;
use tasker_domain::wire::ServiceError;
use tasker_service::http::is_token;
use tasker_service::{Arguments, invalid};
use url::Url;

use crate::body;
use crate::headers::Headers;
use crate::outgoing::Outgoing;

const USAGE: &str = "tools.fetch.request(init)";
/// Bytes of a URL.
const URL_LIMIT: usize = 16 << 10;
/// Bytes of a method.
const METHOD_LIMIT: usize = 40;

/// The argument as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Init {
    url: String,
    method: Option<String>,
    #[serde(default)]
    headers: Vec<(String, Value)>,
    body: Option<Body>,
    #[serde(default)]
    redirect: Redirect,
}

/// The value of a header: a text, or the parts of one, of which some may be references to secrets.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Parts(Vec<String>),
}

/// What is sent.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Body {
    Text(String),
    Base64(String),
    Json(Box<RawValue>),
}

/// What is done about a redirect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Redirect {
    /// It is followed.
    #[default]
    Follow,
    /// It is the answer.
    Manual,
    /// It is an error.
    Error,
}

/// Reads the arguments of a call.
///
/// # Errors
/// `invalid_arguments`, `args_too_large`. Neither quotes a value, which may be a secret.
pub(crate) fn read(args: &str) -> Result<Outgoing, ServiceError> {
    let args = Arguments::read(args, USAGE, 1)?;
    let init: Init =
        serde_json::from_str(args.value(0, "init", usize::MAX)?).map_err(|_| {
            refused(
                "init must be `{ url, method, headers: [[name, value], …], body: null | { text } | { base64 } | { json }, \
             redirect: \"follow\" | \"manual\" | \"error\" }`",
            )
        })?;
    let method = method(init.method.as_deref().unwrap_or("GET"))?;
    let mut headers = Headers::default();
    for (name, value) in init.headers {
        let value = match value {
            Value::Text(text) => text,
            Value::Parts(parts) => parts.concat(),
        };
        headers.append(&name, &value)?;
    }
    let body = match init.body {
        None => None,
        Some(_) if matches!(method.as_str(), "GET" | "HEAD") => {
            return Err(refused(
                "a request with method GET or HEAD cannot have a body",
            ));
        }
        Some(Body::Text(text)) => Some(text.into_bytes()),
        Some(Body::Base64(text)) => Some(body::of_base64(&text)?),
        Some(Body::Json(value)) => {
            headers.set_default("content-type", "application/json");
            Some(value.get().as_bytes().to_vec())
        }
    };
    if let Some(body) = &body {
        body::check(body)?;
    }
    Ok(Outgoing {
        url: url(&init.url)?,
        method,
        headers: headers.finish()?,
        body,
        redirect: init.redirect,
    })
}

fn url(text: &str) -> Result<Url, ServiceError> {
    if text.len() > URL_LIMIT {
        return Err(refused(&format!("url may have at most {URL_LIMIT} bytes")));
    }
    Url::parse(text).map_err(|_| refused("url must be an absolute URL"))
}

/// A method as it is sent. Those that everybody knows may be written in small letters.
fn method(text: &str) -> Result<String, ServiceError> {
    if text.len() > METHOD_LIMIT || !is_token(text) {
        return Err(refused("method must be the name of an HTTP method"));
    }
    let large = text.to_ascii_uppercase();
    match large.as_str() {
        "CONNECT" | "TRACE" | "TRACK" => {
            Err(refused(&format!("no task may use the method {large}")))
        }
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" => Ok(large),
        _ => Ok(text.to_owned()),
    }
}

/// The error that the argument cannot be used, and why.
pub(crate) fn refused(reason: &str) -> ServiceError {
    invalid(format!("`{USAGE}`: {reason}"))
}
