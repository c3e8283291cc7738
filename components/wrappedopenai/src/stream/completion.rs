//! A completion of the old kind out of its chunks: texts put together.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;

use super::{append, index};
use crate::failure;

/// Gathers the chunks of one completion.
pub(super) fn gather(chunks: Vec<Value>) -> Result<Value, ServiceError> {
    let mut whole = Map::new();
    let mut choices: BTreeMap<u64, Map<String, Value>> = BTreeMap::new();
    for chunk in chunks {
        let Value::Object(mut chunk) = chunk else {
            return Err(failure::malformed("a chunk of its stream is no object"));
        };
        let pieces = chunk.shift_remove("choices");
        whole.extend(chunk);
        let Some(Value::Array(pieces)) = pieces else {
            continue;
        };
        for piece in pieces {
            let choice = choices.entry(index(&piece)?).or_default();
            let Value::Object(piece) = piece else {
                continue;
            };
            for (name, value) in piece {
                match (name.as_str(), value) {
                    ("text", Value::String(text)) => {
                        append(choice.entry(name).or_insert(Value::Null), &text)
                    }
                    (_, Value::Null) => _ = choice.entry(name).or_insert(Value::Null),
                    (_, value) => _ = choice.insert(name, value),
                }
            }
        }
    }
    let ended = |choice: &Map<String, Value>| {
        choice
            .get("finish_reason")
            .is_some_and(|reason| !reason.is_null())
    };
    if choices.is_empty() || !choices.values().all(ended) {
        return Err(failure::cut_off("its stream was cut"));
    }
    let choices: Vec<_> = choices.into_values().map(Value::Object).collect();
    whole.insert("choices".into(), choices.into());
    Ok(Value::Object(whole))
}
