//! Functions at the edge.

use serde_json::json;

use crate::form::Part;
use crate::reply::Reply;
use crate::request::Request;

pub(super) fn answer(request: &Request, path: &str, parts: Option<&[Part]>) -> Reply {
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    match name {
        "hello" => Reply::bytes(200, "text/plain; charset=utf-8", "hello from the sandbox"),
        "echo" => {
            let text = String::from_utf8_lossy(&request.body);
            let form = parts.map(|parts| {
                let fields = parts
                    .iter()
                    .map(|part| json!([part.name, String::from_utf8_lossy(&part.body)]));
                fields.collect::<Vec<_>>()
            });
            let body = match (&form, request.json()) {
                (Some(_), _) => json!(null),
                (None, Some(value)) => value,
                (None, None) => json!(text),
            };
            Reply::ok(&json!({
                "method": request.method, "path": rest, "query": request.query, "body": body, "form": form,
                "contentType": request.header("content-type").split(';').next(),
                "custom": request.header("x-custom"), "region": request.header("x-region"),
            }))
        }
        "ship" => {
            let order = request.json().map(|body| body["id"].clone());
            Reply::ok(&json!({ "shipped": true, "order": order }))
        }
        "binary" => Reply::bytes(200, "application/octet-stream", &[0_u8, 1, 2, 255][..]),
        "fail" => Reply::json(500, &json!({ "error": "the sandbox was told to fail" })),
        "relay" => {
            Reply::json(502, &json!({ "error": "the relay failed" })).with("x-relay-error", "true")
        }
        _ => Reply::json(
            404,
            &json!({ "code": "NOT_FOUND", "message": "Requested function was not found" }),
        ),
    }
}
