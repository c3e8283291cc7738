//! Partial responses: the `fields` parameter, `items(id,name),nextPageToken` and `a/b`.

use serde_json::{Map, Value};

/// The fields of a value that a mask names.
pub(crate) fn select(value: &Value, mask: &str) -> Value {
    match value {
        Value::Object(object) => {
            let mut selected = Map::new();
            for field in split(mask) {
                let (name, inner) = parts(field);
                let names: Vec<&String> = if name == "*" {
                    object.keys().collect()
                } else {
                    object.keys().filter(|key| *key == name).collect()
                };
                for name in names {
                    let value = match inner {
                        Some(inner) => select(&object[name], inner),
                        None => object[name].clone(),
                    };
                    match (selected.get_mut(name), value) {
                        (Some(Value::Object(there)), Value::Object(more)) => there.extend(more),
                        (_, value) => {
                            selected.insert(name.clone(), value);
                        }
                    }
                }
            }
            Value::Object(selected)
        }
        Value::Array(items) => items.iter().map(|item| select(item, mask)).collect(),
        other => other.clone(),
    }
}

/// Splits at the commas outside of parentheses.
fn split(mask: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    mask.split(move |character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|field| !field.is_empty())
}

/// `name`, `name/rest` or `name(rest)`.
fn parts(field: &str) -> (&str, Option<&str>) {
    match field.find(['/', '(']) {
        Some(at) if field[at..].starts_with('/') => (&field[..at], Some(&field[at + 1..])),
        Some(at) => (
            &field[..at],
            Some(
                field[at + 1..]
                    .strip_suffix(')')
                    .unwrap_or(&field[at + 1..]),
            ),
        ),
        None => (field, None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::select;

    #[test]
    fn masks_name_fields_at_any_depth() {
        let value = json!({ "kind": "k", "next": 1, "files": [{ "id": 1, "name": "a", "o": { "x": 1, "y": 2 } }] });
        assert_eq!(
            select(&value, "next,files(id,o/x)"),
            json!({ "next": 1, "files": [{ "id": 1, "o": { "x": 1 } }] })
        );
        assert_eq!(
            select(&value, "files/name"),
            json!({ "files": [{ "name": "a" }] })
        );
        assert_eq!(select(&value, "*"), value);
    }
}
