//! Responses, whole and streamed.

use serde_json::{Value, json};

use super::content::{self, digest, pieces, tokens};
use super::{CREATED, missing, model_of};
use crate::reply::Reply;

pub(super) fn answer(body: &Value) -> Reply {
    let model = match model_of(body) {
        Ok(model) => model,
        Err(reply) => return reply,
    };
    let prompt = match &body["input"] {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let last = items.iter().rev().find(|item| item["role"] == "user");
            last.map(|item| content::text_of(&item["content"]))
                .unwrap_or_default()
        }
        _ => return missing("input"),
    };
    let text = content::text(&prompt, body["text"].get("format"));
    let id = digest(body);
    let message = |status: &str, content: Value| json!({ "id": format!("msg_sandbox_{id}"), "type": "message", "status": status, "role": "assistant", "content": content });
    let part = json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] });
    let response = |status: &str, output: Value, usage: Value| {
        json!({
            "id": format!("resp_sandbox_{id}"), "object": "response", "created_at": CREATED, "status": status,
            "error": null, "incomplete_details": null, "instructions": body["instructions"],
            "max_output_tokens": body["max_output_tokens"], "metadata": body.get("metadata").cloned().unwrap_or_else(|| json!({})),
            "model": model, "output": output, "parallel_tool_calls": true, "previous_response_id": body["previous_response_id"],
            "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0, "truncation": "disabled", "usage": usage,
        })
    };
    let (input, output) = (tokens(&prompt), tokens(&text));
    let usage = json!({
        "input_tokens": input, "input_tokens_details": { "cached_tokens": 0 },
        "output_tokens": output, "output_tokens_details": { "reasoning_tokens": 0 },
        "total_tokens": input + output,
    });
    let done = message("completed", json!([part]));
    let whole = response("completed", json!([done]), usage);
    if body["stream"] != true {
        return Reply::ok(&whole);
    }
    let begun = response("in_progress", json!([]), Value::Null);
    let empty = json!({ "type": "output_text", "text": "", "annotations": [], "logprobs": [] });
    let at = json!({ "item_id": done["id"], "output_index": 0, "content_index": 0 });
    let mut events = Events::default();
    events.push("response.created", &json!({}), json!({ "response": begun }));
    events.push(
        "response.in_progress",
        &json!({}),
        json!({ "response": begun }),
    );
    events.push(
        "response.output_item.added",
        &json!({}),
        json!({ "output_index": 0, "item": message("in_progress", json!([])) }),
    );
    events.push("response.content_part.added", &at, json!({ "part": empty }));
    for piece in pieces(&text) {
        events.push(
            "response.output_text.delta",
            &at,
            json!({ "delta": piece, "logprobs": [] }),
        );
    }
    events.push(
        "response.output_text.done",
        &at,
        json!({ "text": text, "logprobs": [] }),
    );
    events.push("response.content_part.done", &at, json!({ "part": part }));
    events.push(
        "response.output_item.done",
        &json!({}),
        json!({ "output_index": 0, "item": done }),
    );
    events.push(
        "response.completed",
        &json!({}),
        json!({ "response": whole }),
    );
    Reply::events(events.0)
}

#[derive(Default)]
struct Events(Vec<String>);

impl Events {
    fn push(&mut self, kind: &str, at: &Value, fields: Value) {
        let mut event = json!({ "type": kind, "sequence_number": self.0.len() });
        for fields in [at, &fields] {
            for (name, value) in fields.as_object().into_iter().flatten() {
                event[name] = value.clone();
            }
        }
        self.0.push(format!("event: {kind}\ndata: {event}\n\n"));
    }
}
