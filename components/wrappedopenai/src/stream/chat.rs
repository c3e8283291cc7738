//! A chat completion out of its chunks.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tasker_domain::wire::ServiceError;

use super::{append, index};
use crate::failure;

#[derive(Default)]
struct Choice {
    finish_reason: Option<Value>,
    logprobs: Option<Map<String, Value>>,
    message: Map<String, Value>,
    tool_calls: BTreeMap<u64, Map<String, Value>>,
    audio: Map<String, Value>,
    /// An audio answer may end by its expiry alone, without a reason.
    audio_done: bool,
    rest: Map<String, Value>,
}

/// Gathers the chunks of one completion.
pub(super) fn gather(chunks: Vec<Value>) -> Result<Value, ServiceError> {
    let mut whole: Option<Map<String, Value>> = None;
    let mut choices: BTreeMap<u64, Choice> = BTreeMap::new();
    for chunk in chunks {
        let Value::Object(mut chunk) = chunk else {
            return Err(failure::malformed("a chunk of its stream is no object"));
        };
        let pieces = chunk.shift_remove("choices");
        match &mut whole {
            None => whole = Some(chunk),
            Some(whole) if chunk.get("id").is_some_and(|id| !id.is_null() && id != "") => {
                whole.extend(chunk)
            }
            Some(_) => {}
        }
        let Some(Value::Array(pieces)) = pieces else {
            continue;
        };
        for piece in pieces {
            choices.entry(index(&piece)?).or_default().add(piece)?;
        }
    }
    let Some(mut whole) = whole else {
        return Err(failure::cut_off("request ended without sending any chunks"));
    };
    let choices: Result<Vec<_>, _> = choices
        .into_iter()
        .map(|(index, choice)| choice.finish(index))
        .collect();
    whole.insert("choices".into(), choices?.into());
    whole.insert("object".into(), "chat.completion".into());
    if whole
        .get("system_fingerprint")
        .is_some_and(|mark| mark.is_null() || mark == "")
    {
        whole.shift_remove("system_fingerprint");
    }
    Ok(Value::Object(whole))
}

impl Choice {
    fn add(&mut self, piece: Value) -> Result<(), ServiceError> {
        let Value::Object(mut piece) = piece else {
            return Ok(());
        };
        piece.shift_remove("index");
        if let Some(reason) = piece
            .shift_remove("finish_reason")
            .filter(|reason| !reason.is_null())
        {
            self.finish_reason = Some(reason);
        }
        if let Some(Value::Object(logprobs)) = piece.shift_remove("logprobs") {
            self.add_logprobs(logprobs);
        }
        let delta = piece.shift_remove("delta");
        self.rest.extend(piece);
        let Some(Value::Object(mut delta)) = delta else {
            return Ok(());
        };

        let mut take = |name: &str| delta.shift_remove(name).filter(|value| !value.is_null());
        let (content, refusal, role) = (take("content"), take("refusal"), take("role"));
        let (audio, function, tools) = (take("audio"), take("function_call"), take("tool_calls"));
        let nothing_else = content.is_none()
            && refusal.is_none()
            && role.is_none()
            && function.is_none()
            && tools.is_none();
        self.audio_done = false;
        for (name, text) in [("content", content), ("refusal", refusal)] {
            if let Some(Value::String(text)) = text.filter(|text| text != "") {
                append(self.message.entry(name).or_insert(Value::Null), &text);
            }
        }
        if let Some(role) = role {
            self.message.insert("role".into(), role);
        }
        if let Some(Value::Object(audio)) = audio {
            self.audio_done = nothing_else
                && delta.is_empty()
                && audio.len() == 1
                && audio.contains_key("expires_at");
            self.add_audio(audio);
        }
        self.message.extend(delta);
        if let Some(Value::Object(function)) = function {
            let call = self
                .message
                .entry("function_call")
                .or_insert_with(|| json!({}));
            merge_function(call, function);
        }
        let Some(Value::Array(tools)) = tools else {
            return Ok(());
        };
        tools
            .into_iter()
            .try_for_each(|tool| self.add_tool_call(tool))
    }

    fn add_logprobs(&mut self, logprobs: Map<String, Value>) {
        let Some(whole) = &mut self.logprobs else {
            self.logprobs = Some(logprobs);
            return;
        };
        for (name, value) in logprobs {
            match (whole.get_mut(&name), value) {
                (Some(Value::Array(whole)), Value::Array(more)) => whole.extend(more),
                (_, Value::Null) => {}
                (_, value) => _ = whole.insert(name, value),
            }
        }
    }

    fn add_audio(&mut self, audio: Map<String, Value>) {
        for (name, value) in audio {
            match (name.as_str(), value) {
                (_, Value::Null) => {}
                ("data" | "transcript", Value::String(piece)) => {
                    append(self.audio.entry(name).or_insert(Value::Null), &piece);
                }
                (_, value) => _ = self.audio.insert(name, value),
            }
        }
    }

    fn add_tool_call(&mut self, piece: Value) -> Result<(), ServiceError> {
        let call = self.tool_calls.entry(index(&piece)?).or_default();
        let Value::Object(mut piece) = piece else {
            return Ok(());
        };
        piece.shift_remove("index");
        for name in ["function", "custom"] {
            if let Some(Value::Object(part)) = piece.shift_remove(name) {
                merge_function(call.entry(name).or_insert_with(|| json!({})), part);
            }
        }
        for (name, value) in piece {
            if !(matches!(name.as_str(), "id" | "type") && (value.is_null() || value == "")) {
                call.insert(name, value);
            }
        }
        Ok(())
    }

    fn finish(mut self, index: u64) -> Result<Value, ServiceError> {
        let missing = |what: &str| failure::cut_off(&format!("missing {what} for choice {index}"));
        let audio_whole = ["id", "data", "transcript", "expires_at"]
            .iter()
            .all(|name| self.audio.contains_key(*name));
        let reason = self
            .finish_reason
            .take()
            .or_else(|| (self.audio_done && audio_whole).then(|| "stop".into()));
        let reason = reason.ok_or_else(|| missing("finish_reason"))?;
        if !self
            .message
            .get("role")
            .is_some_and(|role| role.is_string() && role != "")
        {
            return Err(missing("role"));
        }
        let mut message = self.message;
        for name in ["content", "refusal"] {
            message.entry(name).or_insert(Value::Null);
        }
        if !self.audio.is_empty() {
            message.insert("audio".into(), self.audio.into());
        }
        if !self.tool_calls.is_empty() {
            let mut calls = Vec::with_capacity(self.tool_calls.len());
            for (_, call) in self.tool_calls {
                let kind = call
                    .get("type")
                    .and_then(Value::as_str)
                    .ok_or_else(|| missing("tool_calls.type"))?;
                let part = call.get(kind);
                if !part
                    .and_then(|part| part.get("name"))
                    .is_some_and(Value::is_string)
                {
                    return Err(missing("tool_calls.function.name"));
                }
                calls.push(Value::Object(call));
            }
            message.insert("tool_calls".into(), calls.into());
        }
        let mut choice = self.rest;
        choice.insert("index".into(), index.into());
        choice.insert("message".into(), message.into());
        choice.insert("finish_reason".into(), reason);
        choice.insert(
            "logprobs".into(),
            self.logprobs.map_or(Value::Null, Value::Object),
        );
        Ok(Value::Object(choice))
    }
}

/// The name comes at once, the arguments in pieces.
fn merge_function(call: &mut Value, piece: Map<String, Value>) {
    let Value::Object(call) = call else { return };
    let text = if piece.contains_key("input") || call.contains_key("input") {
        "input"
    } else {
        "arguments"
    };
    call.entry("name").or_insert_with(|| "".into());
    call.entry(text).or_insert_with(|| "".into());
    for (name, value) in piece {
        match value {
            Value::String(more) if name == text => {
                append(call.entry(name).or_insert(Value::Null), &more)
            }
            Value::Null => {}
            value if value == "" => {}
            value => _ = call.insert(name, value),
        }
    }
}
