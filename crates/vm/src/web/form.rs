//! The parts of a `multipart/form-data` body (RFC 7578).

use memchr::memmem;

use crate::island::{
    native::Args,
    value::{Ctx, Result, Value, Visible},
};

/// Parts of one body.
const PARTS: usize = 10_000;
const LINE: &[u8] = b"\r\n";

#[derive(Debug, Default, PartialEq)]
struct Part<'a> {
    name: String,
    filename: Option<String>,
    kind: Option<String>,
    bytes: &'a [u8],
}

/// `parseMultipart(bytes, boundary)`: `{ name, filename, type, bytes }` of each part; `undefined` if the body is none.
pub(super) fn parse<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (bytes, boundary) = (args.get(0).bytes()?, args.get(1).text()?);
    let Some(parts) = parts(&bytes, boundary.as_bytes()) else {
        return Ok(ctx.undefined());
    };
    let list = ctx.parse_json("[]", "")?;
    for (index, part) in (0..).zip(parts) {
        let text = |text: Option<String>| match text {
            Some(text) => ctx.string(&text),
            None => Ok(ctx.undefined()),
        };
        let made = ctx.table()?;
        made.define("name", ctx.string(&part.name)?, Visible::Yes)?;
        made.define("filename", text(part.filename)?, Visible::Yes)?;
        made.define("type", text(part.kind)?, Visible::Yes)?;
        made.define("bytes", ctx.bytes(part.bytes)?, Visible::Yes)?;
        list.define_index(index, made)?;
    }
    Ok(list)
}

fn parts<'a>(body: &'a [u8], boundary: &[u8]) -> Option<Vec<Part<'a>>> {
    let delimiter = [LINE, b"--", boundary].concat();
    // The first one stands at the beginning, or after a line that means nothing.
    let first = &delimiter[LINE.len()..];
    let mut rest = match body.strip_prefix(first) {
        Some(rest) => rest,
        None => &body[memmem::find(body, &delimiter)? + delimiter.len()..],
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let begin = memmem::find(rest, LINE)?;
        let blank = rest[..begin].iter().all(|byte| b" \t".contains(byte));
        if !blank || parts.len() == PARTS {
            return None;
        }
        let end = begin + memmem::find(&rest[begin..], &delimiter)?;
        parts.push(part(&rest[begin..end])?);
        rest = &rest[end + delimiter.len()..];
    }
    Some(parts)
}

/// A part: lines of headers, each after a line break, then an empty line and the content.
fn part(part: &[u8]) -> Option<Part<'_>> {
    let head = memmem::find(part, b"\r\n\r\n")?;
    let mut made = Part {
        bytes: &part[head + 4..],
        ..Part::default()
    };
    let mut is_named = false;
    for line in String::from_utf8_lossy(&part[..head]).split("\r\n") {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-type") {
            made.kind = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("content-disposition") {
            let rest = value.strip_prefix("form-data")?;
            made.name = parameter(rest, "name")?;
            made.filename = parameter(rest, "filename");
            is_named = true;
        }
    }
    is_named.then_some(made)
}

/// The value of a parameter: `; name="a%22b"`.
fn parameter(mut text: &str, name: &str) -> Option<String> {
    loop {
        text = text.trim_start().strip_prefix(';')?.trim_start();
        let (key, rest) = text.split_once('=')?;
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => rest.split_at(rest.find(';').unwrap_or(rest.len())),
        };
        if key.trim().eq_ignore_ascii_case(name) {
            let unescaped = value.replace("%0A", "\n").replace("%0D", "\r");
            return Some(unescaped.replace("%22", "\""));
        }
        text = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_they_were_sent_and_other_bytes_are_none() {
        let body = b"before\r\n--b\r\nContent-Disposition: form-data; name=\"a%22\"\r\n\r\n1\r\n2\r\n--b \r\n\
            content-disposition:form-data; filename=\"x;y\"; name=f\r\nContent-Type: text/x\r\n\r\n\r\n--b--\r\nafter";
        let made = parts(body, b"b").expect("parts");
        assert_eq!(
            made,
            [
                Part {
                    name: "a\"".into(),
                    bytes: b"1\r\n2",
                    ..Part::default()
                },
                Part {
                    name: "f".into(),
                    filename: Some("x;y".into()),
                    kind: Some("text/x".into()),
                    bytes: b"",
                },
            ]
        );
        assert_eq!(parts(b"--b--", b"b"), Some(vec![]));
        for length in 0..body.len() - 7 {
            assert_eq!(parts(&body[..length], b"b"), None, "{length}");
        }
        tasker_fuzz::bytes(&[&body[..], b"--b\r\n\r\n--b--"], 500, |bytes| {
            if let Some(parts) = parts(bytes, b"b") {
                assert!(parts.len() <= PARTS);
            }
        });
        let many = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n".repeat(PARTS + 1);
        assert_eq!(parts(&[&many[..], b"--b--"].concat(), b"b"), None);
    }
}
