//! Servers that a task's own requests go to, below `/web/`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::reply::{Body, Reply};
use crate::request::Request;

/// The answer, if there is such a path.
pub(crate) fn answer(request: &Request) -> Option<Reply> {
    let path = request.path.strip_prefix("/web/")?;
    Some(match path {
        "echo" => Reply::ok(&echo(request)),
        "cookies" => Reply::bytes(200, "text/plain; charset=utf-8", "two cookies")
            .with("set-cookie", "one=1; Path=/; HttpOnly")
            .with("set-cookie", "two=2"),
        "bytes" => Reply::bytes(200, "application/octet-stream", &[0_u8, 1, 2, 255][..]),
        "nothing" => Reply::empty(204),
        "large" => {
            let mut reply = Reply::empty(200).with("content-type", "application/octet-stream");
            reply.body = Body::Filler(request.number("bytes")?);
            reply
        }
        "redirect" => Reply::redirect(status(request.param("status")?)?, request.param("to")?),
        path => {
            let status = status(path.strip_prefix("status/")?)?;
            Reply::json(status, &json!({ "status": status }))
        }
    })
}

fn status(text: &str) -> Option<u16> {
    text.parse()
        .ok()
        .filter(|status| (200..600).contains(status))
}

/// What was asked.
fn echo(request: &Request) -> Value {
    let headers: Vec<Value> = request
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    let body = match std::str::from_utf8(&request.body) {
        Ok(text) => json!({ "text": text }),
        Err(_) => json!({ "base64": BASE64_STANDARD.encode(&request.body) }),
    };
    json!({ "method": request.method, "query": request.query, "headers": headers, "body": body })
}
