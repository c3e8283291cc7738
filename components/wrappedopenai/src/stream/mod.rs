//! Answers that come as a stream of events, gathered into what the client's stream helpers give in the end.

mod chat;
mod completion;
mod response;
mod sse;

use serde_json::Value;
use tasker_domain::Json;
use tasker_domain::wire::ServiceError;

use crate::endpoint::Output;
use crate::request::Plan;
use crate::{failure, parsed};

/// Choices of one answer, tool calls of one choice.
const INDEX_LIMIT: u64 = 1_024;

/// The value that a stream comes to.
///
/// # Errors
/// If it reports an error, is cut, or is not what the method gives.
pub fn gathered(plan: &Plan, body: &[u8]) -> Result<Json, ServiceError> {
    let events = events(body)?;
    let value = match plan.output {
        Output::Chat | Output::StreamedChat => {
            parsed::gathered_chat(chat::gather(events)?, &plan.body)?
        }
        Output::Response | Output::StreamedResponse => {
            parsed::gathered_response(response::gather(events)?, &plan.body)?
        }
        Output::Completion => completion::gather(events)?,
        Output::LastEvent => events
            .into_iter()
            .next_back()
            .ok_or_else(|| failure::cut_off("the stream has no event"))?,
        // Nothing is known of the events of a path that the task named.
        _ => Value::Array(events),
    };
    Ok(value.to_string())
}

/// The events' data, up to `[DONE]`.
fn events(body: &[u8]) -> Result<Vec<Value>, ServiceError> {
    let mut events = Vec::new();
    for event in sse::events(&String::from_utf8_lossy(body)) {
        if event.data.starts_with("[DONE]") {
            break;
        }
        let data: Value = serde_json::from_str(&event.data).map_err(|error| {
            failure::malformed(&format!("an event of its stream is no JSON: {error}"))
        })?;
        if let Some(error) = data.get("error").filter(|error| !error.is_null()) {
            return Err(failure::in_stream(error));
        }
        if event.name == "error" || data.get("type").is_some_and(|kind| kind == "error") {
            return Err(failure::in_stream(&data));
        }
        events.push(data);
    }
    Ok(events)
}

/// Adds a piece of text to a member.
fn append(member: &mut Value, piece: &str) {
    match member {
        Value::String(text) => text.push_str(piece),
        other => *other = piece.into(),
    }
}

/// The index of a choice or tool call.
fn index(value: &Value) -> Result<u64, ServiceError> {
    match value.get("index").map_or(Some(0), Value::as_u64) {
        Some(index) if index < INDEX_LIMIT => Ok(index),
        _ => Err(failure::malformed("a piece of its stream has no place")),
    }
}
