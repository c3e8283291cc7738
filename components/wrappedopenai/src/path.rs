//! Paths under the base URL, encoded as the client encodes them.

use std::fmt::Write;

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

/// Characters of a value that goes into a path.
const VALUE_LIMIT: usize = 1_024;
/// Bytes of a path that a task writes itself.
const PATH_LIMIT: usize = 4_096;

/// Fills in a template: `{}` by `id`, `{name}` by that member of `object`, which loses it.
pub(crate) fn fill(
    template: &str,
    id: &str,
    object: &mut Map<String, Value>,
) -> Result<String, ServiceError> {
    let mut path = String::with_capacity(template.len() + id.len());
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        path.push_str(literal);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        if name.is_empty() {
            push_value(&mut path, "the first argument", id)?;
        } else {
            let value = object.shift_remove(name);
            let Some(Value::String(value)) = value else {
                return Err(invalid(format!("`{name}` must be a string")));
            };
            push_value(&mut path, name, &value)?;
        }
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

fn push_value(path: &mut String, name: &str, value: &str) -> Result<(), ServiceError> {
    let unsafe_segment = matches!(value, "" | "." | "..");
    if unsafe_segment || value.len() > VALUE_LIMIT {
        return Err(invalid(format!(
            "{name} must be the id of something: 1 to {VALUE_LIMIT} bytes, and not `.` or `..`"
        )));
    }
    let start = path.len();
    for &byte in value.as_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            _ = write!(path, "%{byte:02X}");
        }
    }
    debug_assert!(!path[start..].contains('/'));
    Ok(())
}

/// Takes a path that a task wrote: relative to the base URL, and not leading out of it. Gives it and its query.
pub(crate) fn written(path: &str) -> Result<(&str, &str), ServiceError> {
    let refuse = |reason: &str| Err(invalid(format!("the path {reason}")));
    if !path.starts_with('/') {
        return refuse(
            "must begin with `/`: it is relative to the base URL, whose host cannot be changed",
        );
    }
    if path.len() > PATH_LIMIT {
        return refuse("is too long");
    }
    if !path.bytes().all(|byte| byte.is_ascii_graphic())
        || path.contains(['\\', '#', '"', '<', '>'])
    {
        return refuse("has a character that must be percent-encoded");
    }
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let lower = path.to_ascii_lowercase();
    // Servers differ in what they take these for, so a policy could not tell what is called.
    if ["%2f", "%5c", "%25", ";"]
        .iter()
        .any(|part| lower.contains(part))
    {
        return refuse("may not have a `;`, nor an encoded `/`, `\\` or `%`");
    }
    if lower
        .replace("%2e", ".")
        .split('/')
        .any(|segment| segment == "." || segment == "..")
    {
        return refuse("may not have a segment `.` or `..`");
    }
    Ok((path, query))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_encoded_and_cannot_change_the_path() {
        let mut object = json!({"store_id": "s 1", "limit": 2})
            .as_object()
            .unwrap()
            .clone();
        let path = fill("/a/{store_id}/b/{}", "x/../y?z#ü", &mut object).unwrap();
        assert_eq!(path, "/a/s%201/b/x%2F..%2Fy%3Fz%23%C3%BC");
        assert_eq!(Value::from(object), json!({"limit": 2}), "taken out");
        assert_eq!(
            fill("/m/{}", "gpt-4:a@b(c)", &mut Map::new()).unwrap(),
            "/m/gpt-4:a@b(c)"
        );
        for id in ["", ".", ".."] {
            assert!(fill("/m/{}", id, &mut Map::new()).is_err(), "{id:?}");
        }
        assert!(
            fill("/m/{id}", "", &mut Map::new())
                .unwrap_err()
                .error
                .message
                .contains("`id`")
        );
    }

    #[test]
    fn a_written_path_stays_under_the_base_url() {
        assert_eq!(
            written("/models/a%20b?limit=1").unwrap(),
            ("/models/a%20b", "limit=1")
        );
        for path in [
            "models",
            "https://example.com/",
            "/a/../b",
            "/a/%2E%2e/b",
            "/a%2f..%2fb",
            "/files%2Ffile-1",
            "/files%5cfile-1",
            "/files%252Ffile-1",
            "/files;x/file-1",
            "/..",
            "/a b",
            "/a#b",
            "/a\\..\\b",
            "/ü",
            "",
            "/a\r\nhost:x",
        ] {
            assert!(written(path).is_err(), "{path:?}");
        }
    }
}
