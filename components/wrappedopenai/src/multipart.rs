//! Multipart form data (RFC 7578), in the form in which `fetch` writes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;
use tasker_service::invalid;

/// A body and its media type.
pub(crate) struct Form {
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// Whether an object has a file somewhere.
pub(crate) fn has_file(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_file),
        Value::Object(members) => is_file(members) || members.values().any(has_file),
        _ => false,
    }
}

/// `{ name, content, type }` or `{ name, base64, type }`.
fn is_file(members: &Map<String, Value>) -> bool {
    let holds = |name| members.get(name).is_some_and(Value::is_string);
    holds("content") != holds("base64")
        && members
            .keys()
            .all(|name| matches!(name.as_str(), "name" | "content" | "base64" | "type"))
}

/// The form of an object; `random` makes its boundary unguessable.
pub(crate) fn form(object: &Map<String, Value>, random: &[u8]) -> Result<Form, ServiceError> {
    let mark: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let boundary = format!("----formdata-tasker-{mark}");
    let mut body = Vec::new();
    for (name, value) in object {
        push(&mut body, &boundary, name, value)?;
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Form {
        content_type: format!("multipart/form-data; boundary={boundary}"),
        body,
    })
}

fn push(body: &mut Vec<u8>, boundary: &str, name: &str, value: &Value) -> Result<(), ServiceError> {
    let text = match value {
        Value::Null => {
            return Err(invalid(format!(
                "`{name}`: a form has no null; leave the member out"
            )));
        }
        Value::Array(items) => {
            let name = format!("{name}[]");
            return items
                .iter()
                .try_for_each(|item| push(body, boundary, &name, item));
        }
        Value::Object(members) if is_file(members) => {
            return push_file(body, boundary, name, members);
        }
        Value::Object(members) => {
            return members.iter().try_for_each(|(key, value)| {
                push(body, boundary, &format!("{name}[{key}]"), value)
            });
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    // `fetch` ends every line of a value by CRLF.
    let text = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n");
    let name = quoted(name);
    body.extend_from_slice(
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        )
        .as_bytes(),
    );
    Ok(())
}

fn push_file(
    body: &mut Vec<u8>,
    boundary: &str,
    field: &str,
    file: &Map<String, Value>,
) -> Result<(), ServiceError> {
    let text = |name| file.get(name).and_then(Value::as_str);
    let content = match (text("content"), text("base64")) {
        (Some(content), _) => content.as_bytes().to_vec(),
        (None, base64) => STANDARD
            .decode(base64.unwrap_or_default())
            .map_err(|_| invalid(format!("`{field}.base64` is not base64")))?,
    };
    let media_type = text("type").unwrap_or("application/octet-stream");
    if media_type.is_empty()
        || !media_type
            .bytes()
            .all(|byte| byte == b' ' || byte.is_ascii_graphic())
    {
        return Err(invalid(format!("`{field}.type` is not a media type")));
    }
    // Without folders, as the client names a file.
    let name = text("name").and_then(|name| name.rsplit(['/', '\\']).next());
    let name = name
        .filter(|name| !name.is_empty())
        .unwrap_or("unknown_file");
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {media_type}\r\n\r\n",
        quoted(field),
        quoted(name),
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(&content);
    body.extend_from_slice(b"\r\n");
    Ok(())
}

fn quoted(text: &str) -> String {
    text.replace('\r', "%0D")
        .replace('\n', "%0A")
        .replace('"', "%22")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn files_and_nested_members_become_parts() {
        let object = json!({
            "file": {"name": "dir/a\".txt", "content": "one\ntwo", "type": "text/plain"},
            "image": [{"name": "a.png", "base64": "AP8="}, {"base64": ""}],
            "expires_after": {"anchor": "created_at", "seconds": 60},
            "purpose": "batch\nx",
            "flag": true,
        });
        assert!(
            has_file(&object) && !has_file(&json!({"name": "x", "content": 5, "files": ["id"]}))
        );
        let form = form(object.as_object().unwrap(), &[0xab; 2]).unwrap();
        assert_eq!(
            form.content_type,
            "multipart/form-data; boundary=----formdata-tasker-abab"
        );
        let text = String::from_utf8_lossy(&form.body);
        for part in [
            "------formdata-tasker-abab\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22.txt\"\r\nContent-Type: text/plain\r\n\r\none\ntwo\r\n",
            "name=\"image[]\"; filename=\"a.png\"\r\nContent-Type: application/octet-stream\r\n\r\n\0\u{fffd}\r\n",
            "name=\"image[]\"; filename=\"unknown_file\"",
            "name=\"expires_after[seconds]\"\r\n\r\n60\r\n",
            "name=\"purpose\"\r\n\r\nbatch\r\nx\r\n",
            "name=\"flag\"\r\n\r\ntrue\r\n",
        ] {
            assert!(text.contains(part), "{part:?} in {text:?}");
        }
        assert!(text.ends_with("\r\n------formdata-tasker-abab--\r\n"));
    }

    #[test]
    fn what_cannot_be_a_part_is_refused() {
        for (value, name) in [
            (json!({"a": null}), "`a`"),
            (json!({"a": {"name": "x", "base64": "?"}}), "`a.base64`"),
            (json!({"a": {"content": "x", "type": "a\r\nb"}}), "`a.type`"),
        ] {
            let error = form(value.as_object().unwrap(), &[]).err().unwrap();
            assert!(error.error.message.contains(name), "{error:?}");
        }
    }
}
