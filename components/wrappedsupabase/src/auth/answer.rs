//! What an answer of the users' API becomes: `{ data, error }`.

use serde_json::{Map, Value, json};
use tasker_service::http::Response;

use super::Shape;
use crate::answer::{busy, message, text, value};
use crate::js;

/// Reads an answer.
pub(super) fn read(response: &Response, shape: Shape, now_ms: i64) -> tasker_service::Result {
    if let Some(busy) = busy(response, now_ms) {
        return Err(busy);
    }
    let body = value(response);
    if !response.is_ok() {
        return Ok(failed(shape, error(response, body)));
    }
    let data = match (shape, body) {
        (Shape::Nothing, _) => Value::Null,
        (_, None) => {
            let error = json!({"name": "AuthUnknownError", "message": "the answer is not JSON"});
            return Ok(failed(shape, error));
        }
        (Shape::User, Some(body)) => {
            let user = body.get("user").filter(|user| !user.is_null()).cloned();
            json!({"user": user.unwrap_or(body)})
        }
        (Shape::Users, Some(body)) => users(response, body),
        (Shape::Link, Some(Value::Object(body))) => link(body),
        (Shape::Factors, Some(body)) => json!({"factors": body}),
        // The client wraps it once more than it means to.
        (Shape::Factor, Some(body)) => json!({"data": body, "error": null}),
        (Shape::Link, Some(_)) => json!({"properties": {}, "user": {}}),
    };
    Ok(json!({"data": data, "error": null}).to_string())
}

fn failed(shape: Shape, error: Value) -> String {
    let data = match shape {
        Shape::User => json!({"user": null}),
        Shape::Users => json!({"users": []}),
        Shape::Link => json!({"properties": null, "user": null}),
        Shape::Nothing | Shape::Factors | Shape::Factor => Value::Null,
    };
    json!({"data": data, "error": error}).to_string()
}

fn users(response: &Response, body: Value) -> Value {
    let mut data = match body {
        Value::Object(body) => body,
        _ => Map::new(),
    };
    data.insert("nextPage".to_owned(), Value::Null);
    data.insert("lastPage".to_owned(), 0.into());
    data.insert("total".to_owned(), 0.into());
    let Some(links) = response.header("link") else {
        return Value::Object(data);
    };
    for link in links.split(',') {
        let Some((url, rel)) = link.split_once(';') else {
            continue;
        };
        // As the client reads it: one digit of the page's number.
        let page = url
            .split('=')
            .nth(1)
            .and_then(|page| page.get(..1))
            .and_then(js::parse_int);
        let rel = rel
            .split('=')
            .nth(1)
            .unwrap_or_default()
            .trim()
            .trim_matches('"');
        if matches!(rel, "next" | "last" | "first" | "prev") {
            data.insert(format!("{rel}Page"), page.into());
        }
    }
    let total = response.header("x-total-count").unwrap_or("0");
    data.insert("total".to_owned(), js::parse_int(total).into());
    Value::Object(data)
}

fn link(mut body: Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for name in [
        "action_link",
        "email_otp",
        "hashed_token",
        "redirect_to",
        "verification_type",
    ] {
        properties.extend(
            body.shift_remove(name)
                .map(|value| (name.to_owned(), value)),
        );
    }
    json!({"properties": properties, "user": body})
}

fn error(response: &Response, body: Option<Value>) -> Value {
    let status = response.status;
    let Some(body) = body else {
        return json!({"name": "AuthUnknownError", "message": "the answer is not JSON"});
    };
    let said = message(&text(response)).unwrap_or_default();
    let versioned = response
        .header("x-supabase-api-version")
        .is_some_and(|version| version.len() == 10 && version >= super::API_VERSION);
    let code = body
        .get("code")
        .filter(|code| versioned && code.is_string())
        .or_else(|| body.get("error_code"))
        .and_then(Value::as_str)
        .filter(|code| !code.is_empty());
    let reasons = body
        .pointer("/weak_password/reasons")
        .and_then(Value::as_array);
    let weak =
        reasons.is_some_and(|reasons| !reasons.is_empty() && reasons.iter().all(Value::is_string));
    match code {
        Some("session_not_found") => json!({
            "name": "AuthSessionMissingError",
            "message": "Auth session missing!",
            "status": 400,
        }),
        code if code == Some("weak_password") || (code.is_none() && weak) => json!({
            "name": "AuthWeakPasswordError",
            "message": said,
            "status": status,
            "code": "weak_password",
            "reasons": reasons.cloned().unwrap_or_default(),
        }),
        Some(code) => {
            json!({"name": "AuthApiError", "message": said, "status": status, "code": code})
        }
        None => json!({"name": "AuthApiError", "message": said, "status": status}),
    }
}
