//! Errors on their way out of a task, with all that they carry.
//!
//! Getters of the task may run at any step; nothing here relies on what they do.

use tasker_domain::{ErrorCode, ErrorValue, Json, Reason};

use super::{MESSAGE_BYTES, NAME_BYTES, is_error, places};
use crate::{
    convert::{self, Source},
    format,
    island::{
        keys::{Key, own_keys},
        value::{Kind, Result, Thrown, Value},
    },
    text,
};

/// Bytes of one JSON value that goes along: a body, a cause that is no error, the own properties.
const JSON_BYTES: usize = 16 << 10;
/// Causes of causes. Parsers downstream take 128 levels, and each cause has two.
const DEPTH: usize = 50;
/// Errors that one carries, and bytes of what they say, over all levels.
const CARRIED: usize = 100;
const CARRIED_BYTES: usize = 128 << 10;
/// Reasons of an `AggregateError` that its message tells.
const TOLD: u32 = 3;

/// Properties that have a place of their own.
const PLACED: [&str; 9] = [
    "name", "message", "stack", "code", "status", "body", "attempts", "cause", "errors",
];

/// What was thrown, as it leaves the task.
pub(crate) fn describe(value: &Value<'_>) -> ErrorValue {
    if !is_error(value) {
        let shown = format::value(value, MESSAGE_BYTES / 8);
        return ErrorValue {
            name: "NonError".into(),
            ..ErrorValue::new(
                ErrorCode::ThrewNonError,
                format!("task threw a non-Error: {shown}"),
            )
        };
    }
    let mut room = Room {
        errors: CARRIED,
        bytes: CARRIED_BYTES,
        above: Vec::new(),
    };
    error(value, DEPTH, &mut room).unwrap_or_else(|| ErrorValue::plain(""))
}

/// What may still go along.
struct Room {
    errors: usize,
    bytes: usize,
    /// Addresses of the errors that are being described, one inside the other.
    above: Vec<usize>,
}

impl Room {
    /// Takes place for a text; without any left the text is left out.
    fn take(&mut self, text: String) -> Option<String> {
        self.bytes = self.bytes.checked_sub(text.len())?;
        Some(text)
    }
}

/// `None` without room for one that another carries.
fn error(value: &Value<'_>, depth: usize, room: &mut Room) -> Option<ErrorValue> {
    let mut message = string(value, "message", MESSAGE_BYTES).unwrap_or_default();
    let errors = property(value, "errors").filter(Value::is_array);
    if let Some(errors) = &errors {
        tell_reasons(errors, &mut message);
    }
    let mut described = ErrorValue {
        name: string(value, "name", NAME_BYTES).unwrap_or_else(|| "Error".into()),
        message,
        code: string(value, "code", NAME_BYTES),
        stack: string(value, "stack", 2 * MESSAGE_BYTES)
            .map(|stack| places(&stack))
            .filter(|stack| !stack.is_empty()),
        status: property(value, "status").and_then(|status| match status.kind() {
            Kind::Int(status @ 100..=599) => u16::try_from(status).ok(),
            _ => None,
        }),
        body: property(value, "body").and_then(|body| json(&body)),
        attempts: property(value, "attempts").and_then(|attempts| match attempts.kind() {
            Kind::Int(attempts) => u32::try_from(attempts).ok(),
            _ => None,
        }),
        ..ErrorValue::plain("")
    };
    if depth < DEPTH {
        let bytes = described.message.len() + described.stack.as_ref().map_or(0, String::len);
        room.bytes = room.bytes.checked_sub(bytes)?;
    }
    let own = own(value, &described, errors.is_some());
    described.own = own.and_then(|own| room.take(own));
    room.above.push(value.address());
    if let Some(depth) = depth.checked_sub(1) {
        described.cause = property(value, "cause")
            .and_then(|cause| reason(&cause, depth, room))
            .map(Box::new);
        described.errors = errors.map(|errors| reasons(&errors, depth, room));
    }
    room.above.pop();
    Some(described)
}

/// What an error came from; `None` without room for it, or if that is the error itself.
fn reason(value: &Value<'_>, depth: usize, room: &mut Room) -> Option<Reason> {
    if !is_error(value) {
        return json(value)
            .and_then(|json| room.take(json))
            .map(Reason::Value);
    }
    if room.above.contains(&value.address()) {
        return None;
    }
    room.errors = room.errors.checked_sub(1)?;
    error(value, depth, room).map(Reason::Error)
}

fn reasons(errors: &Value<'_>, depth: usize, room: &mut Room) -> Vec<Reason> {
    let count = errors.length().unwrap_or_else(|Thrown| {
        errors.ctx().catch();
        0
    });
    (0..count.min(CARRIED as u64))
        .map_while(|index| item(errors, index as u32))
        .map_while(|error| reason(&error, depth, room))
        .collect()
}

/// The properties that have no other place, as far as they can cross.
fn own(value: &Value<'_>, described: &ErrorValue, has_errors: bool) -> Option<Json> {
    let keys = caught(value, own_keys(value, true))?;
    let mut json = String::new();
    for key in keys {
        let name = key.text()?;
        let is_placed = match name.as_str() {
            "code" => described.code.is_some(),
            "status" => described.status.is_some(),
            "attempts" => described.attempts.is_some(),
            "errors" => has_errors,
            name => PLACED.contains(&name),
        };
        let Some(member) = (!is_placed).then(|| member(value, &key)).flatten() else {
            continue;
        };
        if json.len() + name.len() + member.len() > JSON_BYTES {
            continue;
        }
        json.push(if json.is_empty() { '{' } else { ',' });
        text::push_json_string(&mut json, &name);
        json.push(':');
        json.push_str(&member);
    }
    (!json.is_empty()).then(|| json + "}")
}

fn member<'js>(value: &Value<'js>, key: &Key<'js>) -> Option<Json> {
    let member = caught(value, value.get_key(key))?;
    match member.kind() {
        Kind::Undefined => None,
        Kind::Null => Some("null".into()),
        _ => json(&member),
    }
}

/// A property that goes along as JSON; one that cannot stays behind.
fn json(value: &Value<'_>) -> Option<Json> {
    if matches!(value.kind(), Kind::Undefined | Kind::Null) {
        return None;
    }
    let json = convert::to_json(value.ctx(), Source::Result(value.clone()), JSON_BYTES);
    caught(value, json)
}

fn property<'js>(value: &Value<'js>, name: &str) -> Option<Value<'js>> {
    caught(value, value.get(name))
}

fn item<'js>(array: &Value<'js>, index: u32) -> Option<Value<'js>> {
    caught(array, array.get_index(index))
}

fn string(value: &Value<'_>, name: &str, bytes: usize) -> Option<String> {
    let value = property(value, name).filter(|value| value.kind() == Kind::String)?;
    let mut text = format::string(&value, bytes);
    text::cut(&mut text, bytes);
    Some(text)
}

/// What a step gave, unless it threw.
fn caught<T>(value: &Value<'_>, step: Result<T>) -> Option<T> {
    match step {
        Ok(given) => Some(given),
        Err(Thrown) => {
            value.ctx().catch();
            None
        }
    }
}

/// Adds the first of an `AggregateError`'s reasons to its message, which says only that there were some.
fn tell_reasons(errors: &Value<'_>, message: &mut String) {
    let told: Vec<_> = (0..TOLD)
        .map_while(|index| item(errors, index))
        .filter(|error| error.kind() != Kind::Undefined)
        .map(|error| format::headline(&error))
        .collect();
    let told = told.join("; ");
    // One that comes from a nested task tells them already.
    if told.is_empty() || message.ends_with(&told) {
        return;
    }
    if !message.is_empty() {
        message.push_str(": ");
    }
    message.push_str(&told);
}
