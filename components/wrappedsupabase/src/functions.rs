//! Edge functions: `functions.invoke(name, { body, headers, method, region })`, as functions-js 2 does.

use serde_json::{Value, json};
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::{Host, invalid, status_text};

use crate::answer::{busy, quoted, text};
use crate::chain::Step;
use crate::js;
use crate::outgoing::Outgoing;
use crate::project::{Project, path};
use crate::storage::{base64, file};

const METHODS: &[&str] = &["POST", "GET", "PUT", "PATCH", "DELETE"];

/// Makes a call; `steps` follow `functions`.
pub(crate) async fn call(host: &impl Host, steps: &[Step]) -> tasker_service::Result {
    let request = match steps {
        [step] if step.is_call() && step.name == "invoke" => invoke(step)?,
        [step, ..] => return Err(step.unknown(&["invoke"])),
        [] => {
            return Err(invalid(
                "`tools.supabase.functions` is not a function: call `invoke`",
            ));
        }
    };
    let project = Project::open(host).await?;
    let response = host.send(project.request("functions/v1", request)?).await?;
    read(&response, host.now_ms())
}

fn invoke(step: &Step) -> Result<Outgoing, ServiceError> {
    let name = path(
        step.text(0, "the name of the function")?,
        "the name of a function",
    )?;
    let method = match step.option(1, "method") {
        Some(method) if js::truthy(Some(method)) => {
            let method = js::text(Some(method)).to_ascii_uppercase();
            *METHODS
                .iter()
                .find(|known| **known == method)
                .ok_or_else(|| {
                    invalid(format!(
                        "`invoke`: the method must be one of {}",
                        METHODS.join(", ")
                    ))
                })?
        }
        _ => "POST",
    };
    let mut request = Outgoing::new(method, format!("/{name}"));
    let region = step.option(1, "region");
    if js::truthy(region) && js::text(region) != "any" {
        let region = js::text(region);
        request.headers.set("x-region", &region)?;
        request.put("forceFunctionRegion", region);
    }
    let custom = step.option(1, "headers").and_then(Value::as_object);
    let has_type = custom.is_some_and(|headers| {
        headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case("content-type"))
    });
    if let Some(body) = step.option(1, "body").filter(|body| js::truthy(Some(body))) {
        if method == "GET" {
            return Err(invalid("`invoke`: a GET request cannot have a body"));
        }
        let (media, bytes) = match (base64(body)?, body) {
            (Some(content), _) => (
                content
                    .media
                    .unwrap_or_else(|| "application/octet-stream".to_owned()),
                content.bytes,
            ),
            (None, Value::String(text)) => ("text/plain".to_owned(), text.clone().into_bytes()),
            (None, body) => ("application/json".to_owned(), js::json(body).into_bytes()),
        };
        if !has_type {
            request.headers.set("content-type", &media)?;
        }
        request.body = Some(bytes);
    }
    for (name, value) in custom.into_iter().flatten() {
        request.headers.set(name, &js::text(Some(value)))?;
    }
    Ok(request)
}

fn read(response: &Response, now_ms: i64) -> tasker_service::Result {
    let failed = |name: &str, message: &str| {
        let context = json!({
            "status": response.status,
            "statusText": status_text(response.status),
            "body": body(response),
        });
        let error = json!({"name": name, "message": message, "context": context});
        Ok(json!({"data": null, "error": error}).to_string())
    };
    if response.header("x-relay-error") == Some("true") {
        return failed(
            "FunctionsRelayError",
            "Relay Error invoking the Edge Function",
        );
    }
    if let Some(busy) = busy(response, now_ms) {
        return Err(busy);
    }
    if !response.is_ok() {
        return failed(
            "FunctionsHttpError",
            "Edge Function returned a non-2xx status code",
        );
    }
    let media = response.header("content-type").unwrap_or("text/plain");
    let data = match media.split(';').next().unwrap_or_default().trim() {
        "application/json" => match crate::answer::json(&text(response)) {
            Some(json) => json.get().to_owned(),
            None => {
                let error =
                    json!({"name": "SyntaxError", "message": "the function's answer is not JSON"});
                return Ok(json!({"data": null, "error": error}).to_string());
            }
        },
        "application/octet-stream" | "application/pdf" => file(response).to_string(),
        _ => quoted(&text(response)),
    };
    Ok(format!(r#"{{"data":{data},"error":null}}"#))
}

/// A body as JSON if it is that, else as text.
fn body(response: &Response) -> Value {
    crate::answer::value(response).unwrap_or_else(|| text(response).into())
}
