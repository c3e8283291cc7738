//! OpenAI. The same request always gets the same answer.

mod chat;
mod content;
mod files;
mod media;
mod responses;

use std::sync::Mutex;

use serde_json::{Value, json};

use crate::reply::Reply;
use crate::request::Request;
use crate::world::lock;
use files::Files;

/// When everything was made: 5 January 2026.
const CREATED: i64 = 1_767_600_000;
/// The models.
const MODELS: [&str; 6] = [
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-5",
    "text-embedding-3-small",
    "text-embedding-3-large",
    "omni-moderation-latest",
];

/// OpenAI.
pub(crate) struct OpenAi {
    files: Mutex<Files>,
}

impl OpenAi {
    pub(crate) fn new() -> Self {
        Self {
            files: Mutex::new(Files::new()),
        }
    }

    pub(crate) fn reset(&self) {
        *lock(&self.files) = Files::new();
    }

    /// The answer, if the path is one of OpenAI's: with and without `/v1`, as base URLs differ.
    pub(crate) fn answer(&self, request: &Request) -> Option<Reply> {
        let path = request
            .path
            .strip_prefix("/openai")
            .unwrap_or(&request.path);
        let path = path.strip_prefix("/v1/")?;
        if let Some(reply) = refusal(request) {
            return Some(reply);
        }
        let parts = crate::form::parts(request);
        let segments: Vec<&str> = path.split('/').collect();
        let body = request.json().unwrap_or_else(|| json!({}));
        let reply = match (request.method.as_str(), segments.as_slice()) {
            ("POST", ["chat", "completions"]) => chat::answer(&body),
            ("POST", ["responses"]) => responses::answer(&body),
            ("POST", ["embeddings"]) => content::embeddings(&body),
            ("POST", ["moderations"]) => content::moderations(&body),
            ("GET", ["models"]) => models(),
            ("GET", ["models", name]) => model(name),
            ("POST", ["images", _]) => media::images(&body, parts.as_deref()),
            ("POST", ["audio", kind]) => media::audio(kind, &body, parts.as_deref()),
            (method, ["files", rest @ ..]) => {
                lock(&self.files).answer(method, rest, request, parts.as_deref())
            }
            _ => echo(request, path, &body, parts.as_deref()),
        };
        Some(
            reply
                .with("x-request-id", "req_sandbox")
                .with("openai-version", "2020-10-01")
                .with("openai-processing-ms", "1"),
        )
    }
}

/// Keys look as OpenAI's do.
fn refusal(request: &Request) -> Option<Reply> {
    match request.bearer() {
        Some(key) if key.starts_with("sk-") && key != "sk-invalid" => None,
        Some(_) => Some(error(
            401,
            "Incorrect API key provided: the sandbox takes any that begins with `sk-`.",
            "invalid_request_error",
            None,
            Some("invalid_api_key"),
        )),
        None => Some(error(
            401,
            "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth.",
            "invalid_request_error",
            None,
            None,
        )),
    }
}

/// An error in OpenAI's form.
fn error(status: u16, message: &str, kind: &str, param: Option<&str>, code: Option<&str>) -> Reply {
    Reply::json(
        status,
        &json!({ "error": { "message": message, "type": kind, "param": param, "code": code } }),
    )
}

/// A parameter that must be there is not.
fn missing(name: &str) -> Reply {
    error(
        400,
        &format!("Missing required parameter: '{name}'."),
        "invalid_request_error",
        Some(name),
        Some("missing_required_parameter"),
    )
}

/// The model of a request, or why it is refused.
fn model_of(body: &Value) -> Result<&str, Reply> {
    let name = body["model"].as_str().ok_or_else(|| missing("model"))?;
    if name.contains("does-not-exist") {
        return Err(no_model(name));
    }
    Ok(name)
}

fn no_model(name: &str) -> Reply {
    error(
        404,
        &format!("The model `{name}` does not exist or you do not have access to it."),
        "invalid_request_error",
        None,
        Some("model_not_found"),
    )
}

fn models() -> Reply {
    let data: Vec<Value> = MODELS.iter().map(|name| show(name)).collect();
    Reply::ok(&json!({ "object": "list", "data": data }))
}

fn model(name: &str) -> Reply {
    match MODELS.contains(&name) {
        true => Reply::ok(&show(name)),
        false => no_model(name),
    }
}

fn show(name: &str) -> Value {
    json!({ "id": name, "object": "model", "created": CREATED, "owned_by": "sandbox" })
}

/// What was asked, for paths that the sandbox does not know.
fn echo(request: &Request, path: &str, body: &Value, parts: Option<&[crate::form::Part]>) -> Reply {
    let fields = parts.map(|parts| {
        let fields = parts.iter();
        let fields = fields.map(|part| json!({ "name": part.name, "filename": part.file_name, "bytes": part.body.len() }));
        fields.collect::<Vec<_>>()
    });
    Reply::ok(&json!({
        "id": "sandbox_echo", "object": "sandbox.echo", "method": request.method, "path": path,
        "query": request.query, "body": body, "form": fields,
    }))
}
