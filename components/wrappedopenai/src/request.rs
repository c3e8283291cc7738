//! From a method and its arguments to an HTTP request.

use std::time::Duration;

use serde_json::{Map, Value};
use tasker_domain::wire::ServiceError;
use tasker_service::http::Request;
use tasker_service::invalid;

use crate::endpoint::{Endpoint, Input, Output};
use crate::options::Options;
use crate::settings::Settings;
use crate::{multipart, path, query};

/// The methods that reach any path: `tools.openai.get(path, options)`.
pub const VERBS: &[&str] = &["get", "post", "put", "patch", "delete"];

const USER_AGENT: &str = concat!("tasker/", env!("CARGO_PKG_VERSION"));

/// Whether a method is one of [`VERBS`].
#[must_use]
pub fn is_verb(method: &str) -> bool {
    VERBS.contains(&method)
}

/// A call whose arguments have been understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// `GET`, `POST`, …
    pub verb: String,
    /// Under the base URL.
    pub path: String,
    /// The query.
    pub query: Map<String, Value>,
    /// The body.
    pub body: Body,
    /// The `accept` header.
    pub accept: &'static str,
    /// The `openai-beta` header; empty for none.
    pub beta: &'static str,
    /// What the answer is.
    pub output: Output,
    /// Whether the answer comes as a stream of events.
    pub streamed: bool,
    /// What else was said about the call.
    pub options: Options,
}

/// A request's body.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    None,
    /// JSON.
    Json(Value),
    /// Multipart form data.
    Form(Map<String, Value>),
    /// Text whose media type the options name.
    Text(String),
}

impl Body {
    /// The members of the object that is sent.
    #[must_use]
    pub fn members(&self) -> Option<&Map<String, Value>> {
        match self {
            Self::Json(Value::Object(members)) | Self::Form(members) => Some(members),
            _ => None,
        }
    }
}

impl Plan {
    /// The plan of a method's call.
    ///
    /// # Errors
    /// If the arguments do not fit the method.
    pub fn of_endpoint(endpoint: &Endpoint, args: &str) -> Result<Self, ServiceError> {
        let usage = endpoint.usage();
        let most = usize::from(endpoint.takes_id()) + usize::from(endpoint.takes_object()) + 1;
        let mut args = read(args, &usage, most)?.into_iter();
        let id = match endpoint.takes_id().then(|| args.next()) {
            None => String::new(),
            Some(Some(Value::String(id))) => id,
            Some(_) => return Err(invalid(format!("`{usage}`: id must be a string"))),
        };
        let mut object = Map::new();
        if endpoint.takes_object() {
            object = match args.next() {
                Some(Value::Object(object)) => object,
                None | Some(Value::Null) if endpoint.input == Input::Query || endpoint.optional => {
                    Map::new()
                }
                _ => {
                    let message =
                        format!("`{usage}`: the argument before the options must be an object");
                    return Err(invalid(message));
                }
            };
        }
        let options = Options::read(args.next())?;
        let path = path::fill(endpoint.path, &id, &mut object)
            .map_err(|error| invalid(format!("`{usage}`: {}", error.error.message)))?;
        let output = adjust(endpoint.output, &mut object);
        let streamed = object.get("stream") == Some(&Value::Bool(true));
        let (query, body) = match endpoint.input {
            Input::None => (Map::new(), Body::None),
            Input::Query => (object, Body::None),
            Input::Body => (Map::new(), Body::Json(Value::Object(object))),
            Input::BodyAndQuery(names) => {
                let taken = names
                    .iter()
                    .filter_map(|name| object.shift_remove_entry(*name));
                (taken.collect(), Body::Json(Value::Object(object)))
            }
            Input::Form => (Map::new(), Body::Form(object)),
            Input::FormIfFile => {
                let object = Value::Object(object);
                match object {
                    Value::Object(members)
                        if multipart::has_file(&Value::Object(members.clone())) =>
                    {
                        (Map::new(), Body::Form(members))
                    }
                    object => (Map::new(), Body::Json(object)),
                }
            }
        };
        Ok(Self {
            verb: endpoint.verb.to_owned(),
            path,
            query,
            body,
            accept: endpoint.accept,
            beta: endpoint.beta,
            output,
            streamed,
            options,
        })
    }

    /// The plan of a call by path: `tools.openai.post(path, { query, body, form, … })`.
    ///
    /// # Errors
    /// If the arguments cannot be used.
    pub fn of_path(verb: &str, args: &str) -> Result<Self, ServiceError> {
        let usage = format!("tools.openai.{verb}(path, options)");
        let mut args = read(args, &usage, 2)?.into_iter();
        let Some(Value::String(written)) = args.next() else {
            return Err(invalid(format!("`{usage}`: path must be a string")));
        };
        let (path, in_path) = path::written(&written)?;
        let mut members = match args.next() {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(members)) => members,
            Some(_) => return Err(invalid(format!("`{usage}`: the options must be an object"))),
        };
        let body = members.shift_remove("body");
        let form = members.shift_remove("form");
        let options = Options::read(Some(Value::Object(members)))?;
        let typed = options
            .headers
            .iter()
            .any(|(name, value)| name == "content-type" && value.is_some());
        let body = match (body, form) {
            (None, None) => Body::None,
            (None, Some(Value::Object(form))) => Body::Form(form),
            (None, Some(_)) => return Err(invalid(format!("`{usage}`: `form` must be an object"))),
            (Some(Value::String(text)), None) if typed => Body::Text(text),
            (Some(body), None) => Body::Json(body),
            (Some(_), Some(_)) => {
                return Err(invalid(format!(
                    "`{usage}` takes `body` or `form`, not both"
                )));
            }
        };
        let streamed =
            body.members().and_then(|members| members.get("stream")) == Some(&Value::Bool(true));
        Ok(Self {
            verb: verb.to_ascii_uppercase(),
            path: path.to_owned(),
            query: query::members(in_path),
            body,
            accept: "application/json",
            beta: "",
            output: Output::Value,
            streamed,
            options,
        })
    }

    /// The request. `random` gives bytes for a form's boundary.
    pub(crate) fn request(
        &self,
        settings: &Settings,
        idempotency_key: &str,
        random: impl FnOnce() -> Vec<u8>,
    ) -> Result<Request, ServiceError> {
        let mut url = format!("{}{}", settings.base, self.path);
        let mut members = self.query.clone();
        members.extend(self.options.query.clone().unwrap_or_default());
        let query = query::string(&members)?;
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
        let mut request = Request::new(&self.verb, url);
        request.timeout = self.options.timeout_ms.map(Duration::from_millis);
        request.streams = self.streamed;
        request = request
            .with_header("accept", self.accept)
            .with_header("user-agent", USER_AGENT);
        if !self.beta.is_empty() {
            request = request.with_header("openai-beta", self.beta);
        }
        match &self.body {
            Body::None => {}
            Body::Json(value) => request = request.with_body("application/json", value.to_string()),
            Body::Form(object) => {
                let form = multipart::form(object, &random())?;
                request = request.with_body(&form.content_type, form.body);
            }
            Body::Text(text) => request.body = text.clone().into_bytes(),
        }
        if self.verb != "GET" {
            let key = self
                .options
                .idempotency_key
                .as_deref()
                .unwrap_or(idempotency_key);
            request = request.with_header("idempotency-key", key);
        }
        for (name, value) in &self.options.headers {
            if name == "content-type" && !matches!(self.body, Body::Text(_)) {
                return Err(invalid(
                    "options: `content-type` can be set for a text body only",
                ));
            }
            request.headers.retain(|(other, _)| other != name);
            if let Some(value) = value {
                request = request.with_header(name, value);
            }
        }
        // Last, so that nothing takes their place.
        for (name, value) in [
            ("openai-organization", &settings.organization),
            ("openai-project", &settings.project),
        ] {
            if !value.is_empty() {
                request.headers.retain(|(other, _)| other != name);
                request = request.with_header(name, value);
            }
        }
        if let Some(key) = &settings.key {
            request = request.with_header("authorization", format!("Bearer {}", key.reveal()));
        }
        Ok(request)
    }
}

/// What the client changes in an object before it is sent, and what the answer then is.
fn adjust(output: Output, object: &mut Map<String, Value>) -> Output {
    let format = object.get("encoding_format").and_then(Value::as_str);
    match output {
        Output::Embeddings if format.is_none_or(str::is_empty) => {
            // Shorter on the way than numbers as text, and exact.
            object.insert("encoding_format".into(), "base64".into());
        }
        Output::Embeddings => return Output::Value,
        Output::StreamedChat | Output::StreamedResponse => {
            object.insert("stream".into(), true.into());
        }
        Output::ParsedChat | Output::ParsedResponse => _ = object.shift_remove("stream"),
        _ => {}
    }
    output
}

fn read(args: &str, usage: &str, most: usize) -> Result<Vec<Value>, ServiceError> {
    let args: Vec<Value> = serde_json::from_str(args).map_err(|_| {
        invalid(format!(
            "`{usage}`: the arguments cannot be read; are they nested too deeply?"
        ))
    })?;
    if args.len() > most {
        return Err(invalid(format!(
            "`{usage}` takes at most {most} arguments, not {}",
            args.len()
        )));
    }
    Ok(args)
}
