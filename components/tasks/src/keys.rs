//! The keystore for operators: every call is passed on to the service that tasks use.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tasker_api::{
    BODY_MAX_BYTES, Cursor, CursorQuery, KeyNamespace, KeyValue, NoQuery, Page, PageQuery, Problem,
    RawJson, RotatedKeys, SetKey, page_limit, parse_cursor,
};
use tasker_domain::keystore::{KeyName, Rotate, Rotated};
use tasker_domain::wire::{ServiceError, ServiceReply, ServiceRequest};
use tasker_domain::{ErrorCode, ErrorValue, RunId};
use tasker_host::{http, log};
use tasker_store::Keystore;
use uuid::Uuid;

use crate::Result;
use crate::answer::Answer;
use crate::error::{internal, store, store_failed};
use crate::request::Request;

/// `GET /keys`. Names are no secret: the store tells them without the service.
pub(crate) fn namespaces(request: &Request) -> Result {
    let query: PageQuery = request.query()?;
    let after: Option<String> = parse_cursor(query.cursor.as_deref())?;
    let page = store()?
        .namespaces(after.as_deref(), page_limit(query.limit)?)
        .map_err(store_failed)?;
    let next_cursor = page.next_after().map(|last| Cursor(&last.name).to_string());
    let items = page.items.into_iter().map(|of| KeyNamespace {
        namespace: of.name,
        keys: of.keys,
    });
    let items = items.collect();
    Answer::json(200, &Page { items, next_cursor })
}

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
    let options = json!({ "secret": body.secret, "hosts": body.hosts });
    let args = (request.param(0), request.param(1), &body.value, options);
    call("set", &args).await?;
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

/// `POST /keys/rotate`
pub(crate) async fn rotate(request: &Request) -> Result {
    let query: CursorQuery = request.query()?;
    // A name's two parts may have any characters: JSON keeps them apart.
    let cursor: Option<String> = parse_cursor(query.cursor.as_deref())?;
    let after: Option<KeyName> = cursor
        .map(|name| serde_json::from_str(&name))
        .transpose()
        .map_err(|_| Problem::new(ErrorCode::BadRequest, "`cursor` is of no step before"))?;
    let question = Rotate { after };
    let done: std::result::Result<Rotated, ServiceError> = ask("/rotate", &question).await?;
    let done = done.map_err(|failed| refusal(failed.error))?;
    let next = done.next.map(|name| serde_json::to_string(&name));
    Answer::json(
        200,
        &RotatedKeys {
            rotated: done.rotated,
            unreadable: done.unreadable.iter().map(ToString::to_string).collect(),
            next_cursor: next
                .transpose()
                .map_err(internal)?
                .map(|name| Cursor(name).to_string()),
        },
    )
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
        frame: None,
        method: vec![method.to_owned()],
        args: serde_json::to_string(args).map_err(internal)?,
        idempotency_key: Uuid::nil().to_string(),
        trace: None,
        within_ms: None,
        was_lost: false,
    };
    match ask("/call", &request).await? {
        ServiceReply::Ok(value) => RawJson::parse(value).map_err(internal),
        ServiceReply::Err(failed) => Err(refusal(failed.error)),
    }
}

async fn ask<Q: Serialize, A: DeserializeOwned>(path: &str, question: &Q) -> Result<A> {
    http::ask("wrappedkeystore", path, question)
        .await
        .map_err(|error| {
            log::error(format!("keystore: {error}")).write();
            unavailable()
        })
}

fn refusal(error: ErrorValue) -> Problem {
    if error.is(ErrorCode::InvalidArguments) {
        Problem::new(ErrorCode::BadRequest, error.message)
    } else if error.is(ErrorCode::DecryptionFailed) {
        Problem::new(ErrorCode::DecryptionFailed, error.message)
    } else if error.is(ErrorCode::SecretHidden) {
        Problem::new(ErrorCode::SecretHidden, error.message)
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
