//! What a storage answer becomes: `{ data, error }`.

use serde_json::{Map, Value, json};
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::status_text;
use tasker_service::upstream::{self, Said};
use url::Url;

use super::{Shape, bytes};
use crate::answer::{busy, message, text, value};
use crate::js;

/// Reads an answer. `storage` is the URL of the storage, which signed URLs begin with.
pub(super) fn read(
    storage: &str,
    response: &Response,
    shape: Shape,
    throws: bool,
    now_ms: i64,
) -> tasker_service::Result {
    if let Some(busy) = busy(response, now_ms) {
        return Err(busy);
    }
    if !response.is_ok() {
        let error = error(response);
        if throws {
            return Err(thrown(&error, response, now_ms));
        }
        return match shape {
            Shape::Exists if is_absent(response) => {
                Ok(json!({"data": false, "error": error}).to_string())
            }
            Shape::Exists => Err(thrown(&error, response, now_ms)),
            _ => Ok(json!({"data": null, "error": error}).to_string()),
        };
    }
    // Whether there is a file is not answered by an error.
    let is_question = matches!(shape, Shape::Exists);
    let data = match shape {
        Shape::Exists => value(response).map(|_| Value::Bool(true)),
        Shape::File => Some(bytes::file(response)),
        shape => value(response).and_then(|body| data(storage, shape, body)),
    };
    match data {
        Some(data) => Ok(json!({"data": data, "error": null}).to_string()),
        None => {
            let error = json!({"name": "StorageUnknownError", "message": "the storage's answer cannot be understood"});
            if throws || is_question {
                return Err(thrown(&error, response, now_ms));
            }
            Ok(json!({"data": null, "error": error}).to_string())
        }
    }
}

/// The data that a good answer's body holds; `None` if it cannot be.
fn data(storage: &str, shape: Shape, body: Value) -> Option<Value> {
    let signed = |url: &str, query: &str| {
        let mark = if query.is_empty() { "" } else { "&" };
        js::encode_uri(&format!("{storage}{url}{mark}{query}"))
    };
    Some(match shape {
        Shape::Plain | Shape::Exists | Shape::File => body,
        Shape::Upload { path, with_id } => {
            let mut data = Map::new();
            data.insert("path".to_owned(), path.into());
            if with_id && let Some(id) = body.get("Id") {
                data.insert("id".to_owned(), id.clone());
            }
            if let Some(key) = body.get("Key") {
                data.insert("fullPath".to_owned(), key.clone());
            }
            Value::Object(data)
        }
        Shape::Copy => {
            let mut data = Map::new();
            data.extend(body.get("Key").map(|key| ("path".to_owned(), key.clone())));
            Value::Object(data)
        }
        Shape::Signed { query } => {
            let url = js::text(body.get("signedURL"));
            json!({"signedUrl": signed(&url, &query)})
        }
        Shape::SignedList { query } => {
            let Value::Array(items) = body else {
                return None;
            };
            let items = items.into_iter().map(|mut item| {
                let url = item.get("signedURL").and_then(Value::as_str);
                let url = url
                    .filter(|url| !url.is_empty())
                    .map(|url| signed(url, &query));
                if let Value::Object(members) = &mut item {
                    members.insert("signedUrl".to_owned(), url.into());
                }
                item
            });
            Value::Array(items.collect())
        }
        Shape::UploadUrl { path } => {
            let url = Url::parse(&format!("{storage}{}", js::text(body.get("url")))).ok()?;
            let (_, token) = url
                .query_pairs()
                .find(|(name, token)| name == "token" && !token.is_empty())?;
            json!({"signedUrl": url.as_str(), "path": path, "token": token})
        }
        Shape::Info => camel(body),
    })
}

fn error(response: &Response) -> Value {
    let status = response.status;
    let body = value(response);
    let member = |name| body.as_ref().and_then(|body| body.get(name));
    let truthy = |name| member(name).filter(|code| js::truthy(Some(code)));
    let status_code = truthy("statusCode").or_else(|| truthy("code")).cloned();
    let said = message(&text(response)).unwrap_or_else(|| match status_text(status) {
        "" => format!("HTTP {status} error"),
        text => text.to_owned(),
    });
    let mut error = json!({
        "name": "StorageApiError",
        "message": said,
        "status": status,
        "statusCode": status_code.unwrap_or_else(|| status.to_string().into()),
    });
    if let Some(code) = member("code") {
        error["code"] = code.clone();
    }
    error
}

/// Whether an answer says that there is no such file. That there is no such bucket is another matter.
fn is_absent(response: &Response) -> bool {
    match value(response).as_ref().and_then(|body| body.get("code")) {
        Some(code) => code == "NoSuchKey",
        None => response.status == 404,
    }
}

fn thrown(error: &Value, response: &Response, now_ms: i64) -> ServiceError {
    let member = |name: &str| error.get(name).map(|value| js::text(Some(value)));
    let said = Said {
        name: member("name"),
        message: member("message"),
        code: member("statusCode"),
    };
    let mut error = upstream::failed("supabase", response, said, now_ms);
    error.retryable = false;
    error.retry_after_ms = None;
    error
}

/// The same with `names_like_this` as `namesLikeThis`.
fn camel(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(camel).collect()),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| (camel_name(&name), camel(value)))
                .collect(),
        ),
        value => value,
    }
}

fn camel_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut chars = name.chars().peekable();
    while let Some(char) = chars.next() {
        match chars.peek() {
            Some(next) if matches!(char, '-' | '_') && next.is_ascii_alphabetic() => {
                out.push(next.to_ascii_uppercase());
                chars.next();
            }
            _ => out.push(char),
        }
    }
    out
}
