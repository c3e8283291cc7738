//! What the models say: made only from the input.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{missing, model_of};
use crate::reply::Reply;

/// Numbers in an embedding if the call does not say; far fewer than the real ones have.
const DIMENSIONS: usize = 16;

/// The text of a model's answer.
pub(super) fn text(prompt: &str, format: Option<&Value>) -> String {
    match format.and_then(|format| format["type"].as_str()) {
        Some("json_object") => json!({ "sandbox": true, "answer": prompt }).to_string(),
        Some("json_schema") => {
            let format = format.unwrap_or(&Value::Null);
            let schema = match &format["json_schema"]["schema"] {
                Value::Null => &format["schema"],
                schema => schema,
            };
            example(schema, prompt).to_string()
        }
        _ => format!("This is a sandbox. You said: {prompt}"),
    }
}

/// A value that a schema allows.
pub(super) fn example(schema: &Value, prompt: &str) -> Value {
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let example = properties.map(|(name, schema)| (name.clone(), example(schema, prompt)));
            Value::Object(example.collect())
        }
        Some("array") => json!([example(&schema["items"], prompt)]),
        Some("number" | "integer") => json!(1),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        _ => json!(prompt),
    }
}

/// The text of a message: a string, or parts of which some are text.
pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

/// Words, more or less as a tokenizer counts.
pub(super) fn tokens(text: &str) -> usize {
    text.split_whitespace().count().max(1)
}

/// Splits a text after its spaces, as it is streamed.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(' ')
}

/// A short text that differs with the value.
pub(super) fn digest(value: &Value) -> String {
    let digest = Sha256::digest(value.to_string());
    digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub(super) fn embeddings(body: &Value) -> Reply {
    let model = match model_of(body) {
        Ok(model) => model,
        Err(reply) => return reply,
    };
    let inputs: Vec<String> = match &body["input"] {
        Value::String(text) => vec![text.clone()],
        // A list of tokens is one input.
        Value::Array(list) if list.first().is_some_and(Value::is_number) => {
            vec![body["input"].to_string()]
        }
        Value::Array(list) => list
            .iter()
            .map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned))
            .collect(),
        _ => return missing("input"),
    };
    let dimensions = body["dimensions"]
        .as_u64()
        .and_then(|size| usize::try_from(size).ok());
    let dimensions = dimensions.unwrap_or(DIMENSIONS).clamp(1, 4096);
    let as_base64 = body["encoding_format"] == "base64";
    let data: Vec<Value> = inputs
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let vector = vector(text, dimensions);
            let embedding = if as_base64 {
                let bytes: Vec<u8> = vector
                    .iter()
                    .flat_map(|number| number.to_le_bytes())
                    .collect();
                json!(BASE64_STANDARD.encode(bytes))
            } else {
                json!(vector)
            };
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        .collect();
    let count: usize = inputs.iter().map(|text| tokens(text)).sum();
    Reply::ok(&json!({
        "object": "list", "data": data, "model": model,
        "usage": { "prompt_tokens": count, "total_tokens": count },
    }))
}

/// Numbers between -1 and 1 that `f32` and JSON hold exactly.
fn vector(text: &str, dimensions: usize) -> Vec<f32> {
    (0..dimensions)
        .map(|index| {
            let digest = Sha256::digest(format!("{index}:{text}"));
            f32::from(i8::from_le_bytes([digest[0]])) / 128.0
        })
        .collect()
}

pub(super) fn moderations(body: &Value) -> Reply {
    let inputs: Vec<String> = match &body["input"] {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list
            .iter()
            .map(|one| {
                one.as_str()
                    .or_else(|| one["text"].as_str())
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect(),
        _ => return missing("input"),
    };
    let results: Vec<Value> = inputs
        .iter()
        .map(|text| {
            let flagged = text.to_lowercase().contains("violence");
            let score = if flagged { 0.9 } else { 0.01 };
            json!({
                "flagged": flagged,
                "categories": { "violence": flagged, "hate": false, "harassment": false },
                "category_scores": { "violence": score, "hate": 0.01, "harassment": 0.01 },
                "category_applied_input_types": { "violence": ["text"], "hate": ["text"], "harassment": ["text"] },
            })
        })
        .collect();
    let model = body["model"].as_str().unwrap_or("omni-moderation-latest");
    Reply::ok(&json!({ "id": "modr-sandbox", "model": model, "results": results }))
}
