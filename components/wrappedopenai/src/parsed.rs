//! Answers with what the client's helpers add: `parsed`, `parsed_arguments`, `output_text`.

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;

use crate::failure;
use crate::request::Body;

/// All texts of a response's messages.
pub(crate) fn output_text(response: &Value) -> String {
    let messages = items(response, "output").filter(|item| kind(item) == "message");
    let contents = messages.flat_map(|message| items(message, "content"));
    contents
        .filter(|content| kind(content) == "output_text")
        .filter_map(|content| content.get("text")?.as_str())
        .collect()
}

/// A chat completion of which the client's `parse` makes values.
pub(crate) fn chat(mut completion: Value, body: &Body) -> Result<Value, ServiceError> {
    let wanted = body.members();
    let schema = wanted
        .and_then(|body| body.get("response_format"))
        .is_some_and(|format| kind(format) == "json_schema");
    for choice in items_mut(&mut completion, "choices") {
        match choice.get("finish_reason").and_then(Value::as_str) {
            Some("length") => return Err(cut_short()),
            Some("content_filter") => return Err(filtered()),
            _ => {}
        }
        let Some(Value::Object(message)) = choice.get_mut("message") else {
            continue;
        };
        for call in message
            .get_mut("tool_calls")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let Some(function) = call.get_mut("function").and_then(Value::as_object_mut) else {
                continue;
            };
            let strict = is_strict_chat_tool(wanted, function.get("name"));
            let value = if strict {
                read(function.get("arguments"))?
            } else {
                Value::Null
            };
            function.insert("parsed_arguments".into(), value);
        }
        let refused = message.get("refusal").is_some_and(is_truthy);
        let content = message
            .get("content")
            .filter(|content| is_truthy(content) && !refused && schema);
        let value = content.map(|content| read(Some(content))).transpose()?;
        message.insert("parsed".into(), value.unwrap_or(Value::Null));
    }
    Ok(completion)
}

/// A gathered chat completion: parsed if the call has strict tools, else with `parsed: null`.
pub(crate) fn gathered_chat(mut completion: Value, body: &Body) -> Result<Value, ServiceError> {
    if tools(body.members()).any(|tool| is_strict(tool.get("function"))) {
        return chat(completion, body);
    }
    for choice in items_mut(&mut completion, "choices") {
        if let Some(Value::Object(message)) = choice.get_mut("message") {
            message.insert("parsed".into(), Value::Null);
        }
    }
    Ok(completion)
}

/// A response of which the client's `parse` makes values.
pub(crate) fn response(mut response: Value, body: &Body) -> Result<Value, ServiceError> {
    let wanted = body.members();
    let schema = wanted
        .and_then(|body| body.get("text")?.get("format"))
        .is_some_and(|format| kind(format) == "json_schema");
    let status = response.get("status").and_then(Value::as_str);
    let whole = status.is_none_or(|status| status.is_empty() || status == "completed");
    let mut first = Value::Null;
    for item in items_mut(&mut response, "output") {
        match kind(item) {
            "function_call" => {
                let strict = whole && is_strict_tool(wanted, item.get("name"));
                let value = if strict {
                    read(item.get("arguments"))?
                } else {
                    Value::Null
                };
                insert(item, "parsed_arguments", value);
            }
            "message" => {
                for content in
                    items_mut(item, "content").filter(|content| kind(content) == "output_text")
                {
                    let value = if whole && schema {
                        read(content.get("text"))?
                    } else {
                        Value::Null
                    };
                    if first.is_null() {
                        first = value.clone();
                    }
                    insert(content, "parsed", value);
                }
            }
            _ => {}
        }
    }
    with_outputs(&mut response, first);
    Ok(response)
}

/// A gathered response: parsed if the call has strict tools, else with nulls in those places.
pub(crate) fn gathered_response(mut value: Value, body: &Body) -> Result<Value, ServiceError> {
    if tools(body.members()).any(|tool| kind(tool) == "function" && is_strict(Some(tool))) {
        return response(value, body);
    }
    for item in items_mut(&mut value, "output") {
        match kind(item) {
            "function_call" => insert(item, "parsed_arguments", Value::Null),
            "message" => items_mut(item, "content")
                .for_each(|content| insert(content, "parsed", Value::Null)),
            _ => {}
        }
    }
    with_outputs(&mut value, Value::Null);
    Ok(value)
}

fn with_outputs(response: &mut Value, parsed: Value) {
    insert(response, "output_parsed", parsed);
    if response.get("output_text").is_none_or(Value::is_null) {
        let text = output_text(response);
        insert(response, "output_text", text.into());
    }
}

/// What the model wrote is its own: an error of it is not the upstream's.
fn read(text: Option<&Value>) -> Result<Value, ServiceError> {
    let text = text.and_then(Value::as_str).unwrap_or_default();
    serde_json::from_str(text).map_err(|error| {
        failure::unusable(
            "SyntaxError",
            &format!("what the model wrote is no JSON: {error}"),
        )
    })
}

fn cut_short() -> ServiceError {
    failure::unusable(
        "LengthFinishReasonError",
        "Could not parse response content as the length limit was reached",
    )
}

fn filtered() -> ServiceError {
    failure::unusable(
        "ContentFilterFinishReasonError",
        "Could not parse response content as the request was rejected by the content filter",
    )
}

/// The tools that a request offers.
fn tools(body: Option<&Map<String, Value>>) -> impl Iterator<Item = &Value> {
    let tools = body.and_then(|body| body.get("tools"));
    tools.and_then(Value::as_array).into_iter().flatten()
}

fn is_strict_chat_tool(body: Option<&Map<String, Value>>, name: Option<&Value>) -> bool {
    let mut functions = tools(body).filter_map(|tool| tool.get("function"));
    is_strict(functions.find(|function| function.get("name") == name))
}

fn is_strict_tool(body: Option<&Map<String, Value>>, name: Option<&Value>) -> bool {
    is_strict(tools(body).find(|tool| kind(tool) == "function" && tool.get("name") == name))
}

fn is_strict(tool: Option<&Value>) -> bool {
    tool.and_then(|tool| tool.get("strict")) == Some(&Value::Bool(true))
}

fn is_truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value != ""
}

fn kind(value: &Value) -> &str {
    value
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn insert(value: &mut Value, name: &str, member: Value) {
    if let Value::Object(members) = value {
        members.insert(name.to_owned(), member);
    }
}

fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn items_mut<'a>(
    value: &'a mut Value,
    name: &str,
) -> impl Iterator<Item = &'a mut Value> + use<'a> {
    value
        .get_mut(name)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}
