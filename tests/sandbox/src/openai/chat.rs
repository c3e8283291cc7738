//! Chat completions, whole and streamed.

use serde_json::{Value, json};

use super::content::{self, digest, pieces, tokens};
use super::{CREATED, missing, model_of};
use crate::reply::Reply;

pub(super) fn answer(body: &Value) -> Reply {
    let model = match model_of(body) {
        Ok(model) => model,
        Err(reply) => return reply,
    };
    let Some(messages) = body["messages"].as_array().filter(|list| !list.is_empty()) else {
        return missing("messages");
    };
    let prompt = messages
        .iter()
        .rev()
        .find(|message| message["role"] == "user");
    let prompt = prompt
        .map(|message| content::text_of(&message["content"]))
        .unwrap_or_default();
    let completion = Completion {
        id: format!("chatcmpl-sandbox-{}", digest(body)),
        model,
        choices: body["n"].as_u64().unwrap_or(1).clamp(1, 16),
        prompt_tokens: messages
            .iter()
            .map(|message| tokens(&content::text_of(&message["content"])))
            .sum(),
        tool: tool(body, &prompt),
        text: content::text(&prompt, body.get("response_format")),
    };
    if body["stream"] == true {
        completion.streamed(body["stream_options"]["include_usage"] == true)
    } else {
        completion.whole()
    }
}

/// The call of a tool, if the request insists on one: name and arguments.
fn tool(body: &Value, prompt: &str) -> Option<(String, String)> {
    let tools = body["tools"].as_array()?;
    let choice = &body["tool_choice"];
    let tool = match choice["function"]["name"].as_str() {
        Some(name) => tools.iter().find(|tool| tool["function"]["name"] == name)?,
        None if choice == "required" => tools.first()?,
        None => return None,
    };
    let function = &tool["function"];
    let arguments = content::example(&function["parameters"], prompt);
    Some((function["name"].as_str()?.to_owned(), arguments.to_string()))
}

struct Completion<'a> {
    id: String,
    model: &'a str,
    choices: u64,
    prompt_tokens: usize,
    tool: Option<(String, String)>,
    text: String,
}

impl Completion<'_> {
    fn finish(&self) -> &'static str {
        match self.tool {
            Some(_) => "tool_calls",
            None => "stop",
        }
    }

    fn usage(&self) -> Value {
        let completion = tokens(&self.text);
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion,
            "total_tokens": self.prompt_tokens + completion,
        })
    }

    fn whole(&self) -> Reply {
        let mut message = json!({ "role": "assistant", "content": self.text, "refusal": null, "annotations": [] });
        if let Some((name, arguments)) = &self.tool {
            message["content"] = Value::Null;
            message["tool_calls"] = json!([
                { "id": "call_sandbox", "type": "function", "function": { "name": name, "arguments": arguments } }
            ]);
        }
        let choices: Vec<Value> = (0..self.choices)
            .map(|index| json!({ "index": index, "message": message, "logprobs": null, "finish_reason": self.finish() }))
            .collect();
        Reply::ok(&json!({
            "id": self.id, "object": "chat.completion", "created": CREATED, "model": self.model,
            "choices": choices, "usage": self.usage(), "service_tier": "default", "system_fingerprint": "fp_sandbox",
        }))
    }

    fn streamed(&self, with_usage: bool) -> Reply {
        let mut events = Vec::new();
        let mut push = |choices: Value, usage: Value| {
            let mut chunk = json!({
                "id": self.id, "object": "chat.completion.chunk", "created": CREATED, "model": self.model,
                "service_tier": "default", "system_fingerprint": "fp_sandbox", "choices": choices,
            });
            if with_usage {
                chunk["usage"] = usage;
            }
            events.push(format!("data: {chunk}\n\n"));
        };
        for index in 0..self.choices {
            let mut choice = |delta: Value, finish: Value| {
                push(
                    json!([{ "index": index, "delta": delta, "logprobs": null, "finish_reason": finish }]),
                    Value::Null,
                );
            };
            if let Some((name, arguments)) = &self.tool {
                let call = json!({ "index": 0, "id": "call_sandbox", "type": "function", "function": { "name": name, "arguments": "" } });
                choice(
                    json!({ "role": "assistant", "content": null, "tool_calls": [call], "refusal": null }),
                    Value::Null,
                );
                for piece in pieces(arguments) {
                    choice(
                        json!({ "tool_calls": [{ "index": 0, "function": { "arguments": piece } }] }),
                        Value::Null,
                    );
                }
            } else {
                choice(
                    json!({ "role": "assistant", "content": "", "refusal": null }),
                    Value::Null,
                );
                for piece in pieces(&self.text) {
                    choice(json!({ "content": piece }), Value::Null);
                }
            }
            choice(json!({}), json!(self.finish()));
        }
        if with_usage {
            push(json!([]), self.usage());
        }
        events.push("data: [DONE]\n\n".to_owned());
        Reply::events(events)
    }
}
