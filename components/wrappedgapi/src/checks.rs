//! What helps to set the service up: `echo`, `authenticate`, `customer` and `info`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_service::{Host, invalid};
use tasker_settings::{GOOGLE_SCOPES, GOOGLE_SUBJECT};

use crate::auth::{Credentials, Grant, Scopes, Token};
use crate::{call, nearest};

/// The methods that are of no API.
pub(crate) const NAMES: [&str; 4] = ["authenticate", "customer", "echo", "info"];

const CUSTOMER: &str = "admin.directory.customers.get";
const USER: &str = "admin.directory.users.get";

/// The method of an API that a check is short for.
pub(crate) fn path(name: &str) -> Option<&'static str> {
    match name {
        "customer" => Some(CUSTOMER),
        "info" => Some(USER),
        _ => None,
    }
}

/// Makes the check of this name.
///
/// # Errors
/// What the task's `await` throws.
pub(crate) async fn make(
    host: &impl Host,
    name: &str,
    request: &ServiceRequest,
) -> tasker_service::Result {
    let args: Vec<Value> =
        serde_json::from_str(&request.args).map_err(|_| invalid("the arguments are no list"))?;
    match name {
        "echo" => Ok(echo(host, args)),
        "authenticate" => authenticate(host, args).await,
        "customer" => {
            let [key, options] = two(args);
            let key = or_else(key, "my_customer")?;
            directory(host, request, CUSTOMER, ("customerKey", key), options).await
        }
        "info" => {
            let [key, options] = two(args);
            let key = or_else(key, host.setting(&GOOGLE_SUBJECT)?.trim())?;
            directory(host, request, USER, ("userKey", key), options).await
        }
        _ => {
            let names = NAMES.into_iter();
            let hint = nearest::hint(name, names).unwrap_or_else(|| {
                format!(
                    "there are: {}, and the methods of APIs, such as `gmail.users.messages.list`",
                    NAMES.join(", ")
                )
            });
            Err(tasker_service::refused(
                tasker_domain::ErrorCode::UnknownMethod,
                format!("`tools.gapi` has no method `{name}`; {hint}"),
            ))
        }
    }
}

/// Answers without asking anybody.
fn echo(host: &impl Host, args: Vec<Value>) -> String {
    let echo = args.into_iter().next().unwrap_or_default();
    json!({"success": true, "echo": echo, "time": time(host.now_ms())}).to_string()
}

/// Gets a token for these scopes, or finds the one that is shared. The token itself is never told.
async fn authenticate(host: &impl Host, args: Vec<Value>) -> tasker_service::Result {
    let [first, second] = two(args);
    // `authenticate(scopes, {subject})`, or both in one object.
    let (scopes, options) = match first {
        Value::Object(mut options) => (options.shift_remove("scopes"), Value::Object(options)),
        Value::Null => (None, second),
        scopes => (Some(scopes), second),
    };
    let subject = match &options["subject"] {
        Value::Null => None,
        Value::String(subject) if crate::options::is_subject(subject) => Some(subject.clone()),
        _ => {
            return Err(invalid(
                "`authenticate`: `subject` must be the address of a user",
            ));
        }
    };
    let scopes = match scopes {
        Some(scopes) => Scopes::read(&scopes)?,
        None => Scopes::setting(&host.setting(&GOOGLE_SCOPES)?).ok_or_else(|| {
            invalid("`authenticate(scopes)`: name the scopes, or set `google_scopes`")
        })?,
    };
    let credentials = Credentials::load(host).await?;
    let grant = Grant::new(host, &credentials, subject, scopes.clone())?;
    let token = Token::of(host, &credentials, &grant).await?;
    Ok(json!({
        "success": true,
        "tokenType": "Bearer",
        "scopes": scopes.list(),
        "subject": grant.subject,
        "expiresAt": token.expires_at.map(time),
    })
    .to_string())
}

/// Calls a method of the Admin Directory API.
async fn directory(
    host: &impl Host,
    request: &ServiceRequest,
    method: &str,
    (name, key): (&str, String),
    options: Value,
) -> tasker_service::Result {
    let options = match options {
        Value::Object(options) => options,
        Value::Null => Map::new(),
        _ => return Err(invalid("options are an object")),
    };
    let params = Map::from_iter([(name.to_owned(), Value::String(key))]);
    call::make_with(host, request, &[method.to_owned()], params, options).await
}

fn two(args: Vec<Value>) -> [Value; 2] {
    let mut args = args.into_iter();
    [
        args.next().unwrap_or_default(),
        args.next().unwrap_or_default(),
    ]
}

fn or_else(value: Value, default: &str) -> Result<String, ServiceError> {
    match value {
        Value::String(text) if !text.is_empty() => Ok(text),
        Value::Null if !default.is_empty() => Ok(default.to_owned()),
        _ => Err(invalid("name the user or customer: its address or id")),
    }
}

/// A moment in RFC 3339.
fn time(ms: i64) -> Option<String> {
    let moment = Timestamp::from_millisecond(ms).ok()?;
    Some(format!("{moment:.3}"))
}
