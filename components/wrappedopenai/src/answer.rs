//! From an HTTP answer to the value that the client gives.

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::value::RawValue;
use tasker_domain::Json;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;

use crate::endpoint::Output;
use crate::request::Plan;
use crate::{binary, embeddings, failure, parsed, stream};

/// The value of an answer that says that the call worked.
///
/// # Errors
/// If it is not what the method gives.
pub fn value(plan: &Plan, response: &Response) -> Result<Json, ServiceError> {
    let media_type = media_type(response);
    if plan.streamed && media_type == "text/event-stream" {
        return stream::gathered(plan, &response.body);
    }
    if response.status == 204 {
        return Ok("null".to_owned());
    }
    if plan.output == Output::Binary {
        return Ok(binary::value(response).to_string());
    }
    if !media_type.contains("application/json") && !media_type.ends_with("+json") {
        let text = String::from_utf8_lossy(&response.body);
        return Ok(Value::from(text).to_string());
    }
    if response.body.is_empty() {
        return Ok("null".to_owned());
    }
    let text = json_text(&response.body)?;
    match plan.output {
        Output::Page => Ok(with_defaults(text, &[("data", "[]")])),
        Output::CursorPage => Ok(with_defaults(
            text,
            &[("data", "[]"), ("has_more", "false")],
        )),
        Output::ConversationPage => Ok(with_defaults(
            text,
            &[("data", "[]"), ("has_more", "false"), ("last_id", "\"\"")],
        )),
        Output::Embeddings => embeddings::decoded(text)
            .ok_or_else(|| failure::malformed("its embeddings cannot be read")),
        Output::Response | Output::StreamedResponse => Ok(with_output_text(text)),
        Output::ParsedChat => {
            parsed::chat(from_text(text)?, &plan.body).map(|value| value.to_string())
        }
        Output::ParsedResponse => {
            parsed::response(from_text(text)?, &plan.body).map(|value| value.to_string())
        }
        _ => Ok(text.to_owned()),
    }
}

fn media_type(response: &Response) -> String {
    let header = response.header("content-type").unwrap_or_default();
    let media_type = header.split(';').next().unwrap_or_default();
    media_type.trim().to_ascii_lowercase()
}

/// The text of a JSON answer, passed on as it is: numbers keep every digit.
fn json_text(body: &[u8]) -> Result<&str, ServiceError> {
    let text = std::str::from_utf8(body).map_err(|_| failure::malformed("it is not UTF-8"))?;
    let text = text.trim_start_matches('\u{feff}').trim();
    // Read as a whole, because its depth is bounded here and nowhere later.
    match serde_json::from_str::<serde::de::IgnoredAny>(text)
        .and_then(|_| serde_json::from_str::<Value>(text))
    {
        Ok(_) => Ok(text),
        Err(error) => Err(failure::malformed(&format!("it is no JSON: {error}"))),
    }
}

fn from_text(text: &str) -> Result<Value, ServiceError> {
    serde_json::from_str(text).map_err(|error| failure::malformed(&error.to_string()))
}

/// The members that the client's pages have even if the answer lacks them.
fn with_defaults(text: &str, defaults: &[(&str, &str)]) -> String {
    let Ok(mut members) = serde_json::from_str::<IndexMap<&str, &RawValue>>(text) else {
        return text.to_owned();
    };
    for (name, value) in defaults {
        let falsy = members
            .get(name)
            .is_none_or(|value| matches!(value.get(), "null" | "false" | "0" | "\"\""));
        if falsy && let Ok(value) = serde_json::from_str(value) {
            members.insert(name, value);
        }
    }
    serde_json::to_string(&members).unwrap_or_else(|_| text.to_owned())
}

/// With `output_text`: all texts of the output's messages.
fn with_output_text(text: &str) -> String {
    let Ok(response) = serde_json::from_str::<Value>(text) else {
        return text.to_owned();
    };
    if response.get("object").and_then(Value::as_str) != Some("response") {
        return text.to_owned();
    }
    let Ok(mut members) = serde_json::from_str::<IndexMap<String, Box<RawValue>>>(text) else {
        return text.to_owned();
    };
    if let Ok(output) = serde_json::value::to_raw_value(&parsed::output_text(&response)) {
        members.insert("output_text".into(), output);
    }
    serde_json::to_string(&members).unwrap_or_else(|_| text.to_owned())
}
