//! The keystore for operators: every call is passed on to the service that tasks use.

use serde::Serialize;
use tasker_api::{BODY_MAX_BYTES, KeyValue, NoQuery, Page, Problem, RawJson, SetKey};
use tasker_domain::wire::{ServiceReply, ServiceRequest, component_url};
use tasker_domain::{ErrorCode, ErrorValue, RunId};
use tasker_host::http;
use uuid::Uuid;

use crate::Result;
use crate::answer::Answer;
use crate::error::internal;
use crate::request::Request;

/// `GET /keys/{namespace}`
pub(crate) async fn list(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let items = keys(request.param(0)).await?;
    Answer::json(
        200,
        &Page {
            items,
            next_cursor: None,
        },
    )
}

/// `GET /keys/{namespace}/{key}`
pub(crate) async fn show(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let (namespace, key) = (request.param(0), request.param(1));
    let value = call("get", &(namespace, key)).await?;
    // The service gives null for a key that is not there; a stored null is told by the list.
    if value.as_str() == "null" && !keys(namespace).await?.iter().any(|other| other == key) {
        return Err(no_key(request));
    }
    Answer::json(
        200,
        &KeyValue {
            namespace: namespace.to_owned(),
            key: key.to_owned(),
            value,
        },
    )
}

/// `PUT /keys/{namespace}/{key}`
pub(crate) async fn set(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    let body: SetKey = request.json(BODY_MAX_BYTES).await?;
    call("set", &(request.param(0), request.param(1), &body.value)).await?;
    Ok(Answer::empty(204))
}

/// `DELETE /keys/{namespace}/{key}`
pub(crate) async fn delete(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let removed = call("delete", &(request.param(0), request.param(1))).await?;
    if removed.as_str() == "true" {
        Ok(Answer::empty(204))
    } else {
        Err(no_key(request))
    }
}

fn no_key(request: &Request) -> Problem {
    let detail = format!(
        "the keystore has no key `{}` in `{}`",
        request.param(1),
        request.param(0)
    );
    Problem::new(ErrorCode::KeyNotFound, detail)
}

async fn keys(namespace: &str) -> Result<Vec<String>> {
    call("list", &(namespace,)).await?.read().map_err(internal)
}

/// Calls a method of the keystore, on behalf of no run.
async fn call<A: Serialize>(method: &str, args: &A) -> Result<RawJson> {
    let request = ServiceRequest {
        run: RunId(Uuid::nil()),
        method: vec![method.to_owned()],
        args: serde_json::to_string(args).map_err(internal)?,
        idempotency_key: Uuid::nil().to_string(),
    };
    let url = component_url("wrappedkeystore", "/call");
    match http::post_json(&url, &request).await {
        Ok(ServiceReply::Ok(value)) => RawJson::parse(value).map_err(internal),
        Ok(ServiceReply::Err(failed)) => Err(refusal(failed.error)),
        Err(error) => {
            eprintln!("keystore: {error}");
            Err(unavailable())
        }
    }
}

fn refusal(error: ErrorValue) -> Problem {
    if error.is(ErrorCode::InvalidArguments) {
        Problem::new(ErrorCode::BadRequest, error.message)
    } else if error.is(ErrorCode::DecryptionFailed) {
        Problem::new(ErrorCode::DecryptionFailed, error.message)
    } else {
        unavailable()
    }
}

fn unavailable() -> Problem {
    Problem::new(
        ErrorCode::ServiceUnavailable,
        "the keystore does not answer at the moment; try again",
    )
}
