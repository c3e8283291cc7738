//! A response out of its events.

use serde_json::{Value, json};
use tasker_domain::wire::ServiceError;

use super::append;
use crate::failure;

/// Texts that come in pieces into a part of an item: the event, the item's type, its list of parts, the name of
/// the part's index, the text's name in the part.
const PARTS: &[(&str, &str, &str, &str, &str)] = &[
    ("output_text", "message", "content", "content_index", "text"),
    ("refusal", "message", "content", "content_index", "refusal"),
    (
        "reasoning_text",
        "reasoning",
        "content",
        "content_index",
        "text",
    ),
    (
        "reasoning_summary_text",
        "reasoning",
        "summary",
        "summary_index",
        "text",
    ),
];

/// Texts that come in pieces into an item: the event, the item's type, the text's name in the item.
const ITEMS: &[(&str, &str, &str)] = &[
    ("function_call_arguments", "function_call", "arguments"),
    ("custom_tool_call_input", "custom_tool_call", "input"),
    ("mcp_call_arguments", "mcp_call", "arguments"),
    (
        "code_interpreter_call_code",
        "code_interpreter_call",
        "code",
    ),
];

/// Events that bring a whole response.
const WHOLE: &[&str] = &[
    "created",
    "queued",
    "in_progress",
    "completed",
    "failed",
    "incomplete",
];

/// Gathers the events of one response.
pub(super) fn gather(events: Vec<Value>) -> Result<Value, ServiceError> {
    let mut response = None;
    for mut event in events {
        let kind = event
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(kind) = kind.strip_prefix("response.").map(ToOwned::to_owned) else {
            continue;
        };
        if WHOLE.contains(&kind.as_str()) {
            let whole = event.get_mut("response").map(Value::take);
            response = whole.filter(Value::is_object);
            continue;
        }
        let Some(response) = &mut response else {
            return Err(failure::malformed(
                "its stream does not begin with `response.created`",
            ));
        };
        apply(response, &kind, event)?;
    }
    let Some(response) = response else {
        return Err(failure::cut_off("request ended without sending any events"));
    };
    if matches!(
        response.get("status").and_then(Value::as_str),
        Some("in_progress" | "queued")
    ) {
        return Err(failure::cut_off("its stream was cut"));
    }
    Ok(response)
}

fn apply(response: &mut Value, kind: &str, mut event: Value) -> Result<(), ServiceError> {
    let (name, step) = kind.rsplit_once('.').unwrap_or((kind, ""));
    let mut take = |name: &str| event.get_mut(name).map_or(Value::Null, Value::take);
    if (name, step) == ("output_item", "added") {
        return push(response, "output", take("item"));
    }
    let index = take("output_index");
    let part = take("content_index");
    let summary = take("summary_index");
    // Not all events are about an item.
    let item = place(response, "output", &index);
    match (name, step) {
        ("output_item", "done") => *item? = take("item"),
        ("content_part", "added") => push(item?, "content", take("part"))?,
        ("content_part", "done") => *place(item?, "content", &part)? = take("part"),
        ("reasoning_summary_part", "added") => push(item?, "summary", take("part"))?,
        ("reasoning_summary_part", "done") => *place(item?, "summary", &summary)? = take("part"),
        ("output_text.annotation", "added") => {
            let annotation = take("annotation");
            push(place(item?, "content", &part)?, "annotations", annotation)?;
        }
        (
            call,
            "in_progress" | "searching" | "generating" | "interpreting" | "completed" | "failed",
        ) if call.ends_with("_call") => {
            let item = item?;
            if item["type"] == call {
                item["status"] = step.into();
            }
        }
        (text, "delta" | "done") => {
            let (target, field) = if let Some(row) = PARTS.iter().find(|row| row.0 == text) {
                let (_, kind, list, index, field) = *row;
                let item = item?;
                if item["type"] != kind {
                    return Ok(());
                }
                let index = if index == "summary_index" {
                    &summary
                } else {
                    &part
                };
                (place(item, list, index)?, field)
            } else if let Some(row) = ITEMS.iter().find(|row| row.0 == text) {
                let (_, kind, field) = *row;
                let item = item?;
                if item["type"] != kind {
                    return Ok(());
                }
                (item, field)
            } else {
                return Ok(());
            };
            let target = member(target, field)?;
            match (step, take("delta"), take(field)) {
                ("delta", Value::String(piece), _) => append(target, &piece),
                ("done", _, whole @ Value::String(_)) => *target = whole,
                _ => {}
            }
        }
        // Events of a kind that is not known here change nothing that is.
        _ => {}
    }
    Ok(())
}

fn misplaced() -> ServiceError {
    failure::malformed("an event of its stream has no place")
}

fn place<'a>(
    value: &'a mut Value,
    list: &str,
    index: &Value,
) -> Result<&'a mut Value, ServiceError> {
    let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
    let list = value.get_mut(list).and_then(Value::as_array_mut);
    let item = list.and_then(|list| list.get_mut(index?));
    item.filter(|item| item.is_object()).ok_or_else(misplaced)
}

fn push(value: &mut Value, list: &str, item: Value) -> Result<(), ServiceError> {
    let list = member(value, list)?;
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().ok_or_else(misplaced)?.push(item);
    Ok(())
}

fn member<'a>(value: &'a mut Value, name: &str) -> Result<&'a mut Value, ServiceError> {
    let members = value.as_object_mut().ok_or_else(misplaced)?;
    Ok(members.entry(name).or_insert(Value::Null))
}
