//! Several calls in one request, as the Python client's `BatchHttpRequest` sends them.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::Google;
use super::access;
use crate::form;
use crate::reply::{Body, Reply};
use crate::request::Request;

const BOUNDARY: &str = "batch_sandbox";
/// The most that Google takes.
const MOST: usize = 100;

pub(crate) fn answer(google: &Google, request: &Request) -> Reply {
    let Some(parts) = form::parts(request) else {
        return access::invalid("Failed to parse batch request.");
    };
    if parts.len() > MOST {
        return access::invalid("The batch request exceeds the limit of 100 calls.");
    }
    let mut answer = Vec::new();
    for part in parts {
        let Some(inner) = read(&part.body, request) else {
            return access::invalid("Failed to parse batch request.");
        };
        let reply = google.call(&inner);
        let reply = reply.unwrap_or_else(|| access::not_found("Not Found"));
        let body = match reply.body {
            Body::Whole(body) => body,
            Body::Pieces(_) | Body::Half(_) | Body::Filler(_) => Bytes::new(),
        };
        let id = part.content_id.trim_matches(['<', '>']);
        answer.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <response-{id}>\r\n\r\nHTTP/1.1 {} Sandbox\r\n", reply.status)
                .as_bytes(),
        );
        for (name, value) in reply.headers {
            answer.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        answer.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        answer.extend_from_slice(&body);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Reply::bytes(
        200,
        &format!("multipart/mixed; boundary={BOUNDARY}"),
        answer,
    )
}

/// Reads a request that is the body of a part.
fn read(bytes: &[u8], outer: &Request) -> Option<Request> {
    let text = std::str::from_utf8(bytes).ok()?.replace("\r\n", "\n");
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?, first.next()?);
    let target = target.strip_prefix(&outer.base).unwrap_or(target);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    if let Some(value) = outer.headers.get("authorization") {
        headers.insert("authorization", value.clone());
    }
    for line in lines {
        let (name, value) = line.split_once(':')?;
        headers.insert(
            HeaderName::try_from(name.trim()).ok()?,
            HeaderValue::from_str(value.trim()).ok()?,
        );
    }
    Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: serde_urlencoded::from_str(query).ok()?,
        headers,
        body: Bytes::copy_from_slice(body.trim_end().as_bytes()),
        base: outer.base.clone(),
    })
}
