//! Bodies of several parts (RFC 2046, section 5.1). Lines may end with a line feed alone: Google's Python
//! client sends such, and Google takes them.

use bytes::Bytes;

use crate::request::Request;

/// A part of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// The name of its field; empty in bodies that are no forms.
    pub name: String,
    /// The name of its file, if it is one.
    pub file_name: Option<String>,
    /// Its media type; empty if it says none.
    pub content_type: String,
    /// Its `Content-ID`; empty if it has none.
    pub content_id: String,
    /// Its bytes.
    pub body: Bytes,
}

/// The parts of a body of type `multipart/…`. `None`: it is not one, or is broken.
pub(crate) fn parts(request: &Request) -> Option<Vec<Part>> {
    of(request.header("content-type"), &request.body)
}

/// The same of a body alone.
pub(crate) fn of(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    if !content_type.starts_with("multipart/") {
        return None;
    }
    let (_, boundary) = content_type.split_once("boundary=")?;
    let boundary = boundary.split(';').next()?.trim().trim_matches(['"', '\'']);
    read(body, boundary)
}

fn read(body: &Bytes, boundary: &str) -> Option<Vec<Part>> {
    let line = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut at = find(body, line.as_bytes())? + line.len();
    while !body[at..].starts_with(b"--") {
        let begin = at + line_end(&body[at..])?;
        let end = begin + find(&body[begin..], format!("\n{line}").as_bytes())?;
        // The line end before the boundary belongs to the boundary.
        let content = body.slice(begin..end);
        let content = match content.last() {
            Some(b'\r') => content.slice(..content.len() - 1),
            _ => content,
        };
        parts.push(part(&content)?);
        at = end + 1 + line.len();
    }
    Some(parts)
}

fn part(bytes: &Bytes) -> Option<Part> {
    let mut part = Part::default();
    let mut at = 0;
    loop {
        let end = at + line_end(&bytes[at..])?;
        let line = std::str::from_utf8(&bytes[at..end]).ok()?.trim_end();
        at = end;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-type" => value.clone_into(&mut part.content_type),
            "content-id" => value.clone_into(&mut part.content_id),
            "content-disposition" => {
                part.name = parameter(value, "name").unwrap_or_default();
                part.file_name = parameter(value, "filename");
            }
            _ => {}
        }
    }
    part.body = bytes.slice(at..);
    Some(part)
}

/// A parameter of a header's value: `form-data; name="a"`.
fn parameter(value: &str, name: &str) -> Option<String> {
    let parameters = value
        .split(';')
        .skip(1)
        .filter_map(|one| one.trim().split_once('='));
    let mut named = parameters.filter(|(other, _)| *other == name);
    Some(named.next()?.1.trim_matches('"').to_owned())
}

/// Where the next line begins.
fn line_end(bytes: &[u8]) -> Option<usize> {
    Some(bytes.iter().position(|byte| *byte == b'\n')? + 1)
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_with_both_line_ends() {
        let form = "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f.txt\"\r\nContent-Type: text/plain\r\n\r\none\r\ntwo\r\n--b--\r\n";
        let parts = read(&Bytes::from(form), "b").unwrap();
        assert_eq!(
            (parts[0].name.as_str(), parts[0].file_name.as_deref()),
            ("a", Some("f.txt"))
        );
        assert_eq!(
            (&parts[0].body[..], parts[0].content_type.as_str()),
            (&b"one\r\ntwo"[..], "text/plain")
        );
        let related = "--b\nContent-Type: application/json\nMIME-Version: 1.0\n\n{}\n--b\nContent-Type: text/plain\n\nx\n--b--";
        let parts = read(&Bytes::from(related), "b").unwrap();
        assert_eq!(
            parts.iter().map(|part| &part.body[..]).collect::<Vec<_>>(),
            [&b"{}"[..], b"x"]
        );
        assert_eq!(read(&Bytes::from("--b\r\nbroken"), "b"), None);
    }
}
