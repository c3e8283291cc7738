//! Vectors that travel as base64 of little-endian 32-bit floats.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use serde_json::value::RawValue;

type Members = IndexMap<String, Box<RawValue>>;

/// The answer with its vectors as arrays of numbers; `None` if it has none. Servers that send arrays in spite of
/// what was asked have theirs passed on.
pub(crate) fn decoded(answer: &str) -> Option<String> {
    let mut answer: Members = serde_json::from_str(answer).ok()?;
    let mut items: Vec<Members> = serde_json::from_str(answer.get("data")?.get()).ok()?;
    for item in &mut items {
        let Some(vector) = item.get_mut("embedding") else {
            continue;
        };
        if let Ok(base64) = serde_json::from_str::<String>(vector.get()) {
            *vector = numbers(&base64)?;
        }
    }
    answer.insert("data".into(), serde_json::value::to_raw_value(&items).ok()?);
    serde_json::to_string(&answer).ok()
}

fn numbers(base64: &str) -> Option<Box<RawValue>> {
    let bytes = STANDARD.decode(base64).ok()?;
    let (chunks, _) = bytes.as_chunks::<4>();
    // As JavaScript has them: each widened to 64 bits.
    let vector: Vec<f64> = chunks
        .iter()
        .map(|chunk| f64::from(f32::from_le_bytes(*chunk)))
        .collect();
    serde_json::value::to_raw_value(&vector).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_become_the_numbers_that_the_client_gives() {
        let bytes: Vec<u8> = [0.1f32, -2.5, 1e-8]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        let answer = format!(
            r#"{{"object":"list","data":[{{"index":0,"embedding":"{}"}},{{"index":1,"embedding":[0.25]}}],"usage":{{"total_tokens":3}}}}"#,
            STANDARD.encode(bytes)
        );
        assert_eq!(
            decoded(&answer).unwrap(),
            r#"{"object":"list","data":[{"index":0,"embedding":[0.10000000149011612,-2.5,9.99999993922529e-9]},{"index":1,"embedding":[0.25]}],"usage":{"total_tokens":3}}"#
        );
        for answer in [
            "[]",
            "{}",
            r#"{"data":5}"#,
            r#"{"data":[{"embedding":"?"}]}"#,
        ] {
            assert_eq!(decoded(answer), None, "{answer}");
        }
    }
}
