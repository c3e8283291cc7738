//! The keystore for operators: every call is passed on to the service that tasks use.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tasker_api::RawJson;
use tasker_domain::wire::{ServiceReply, ServiceRequest};
use tasker_domain::{ErrorCode, ErrorValue, RunId};
use tasker_host::{http, log};
use uuid::Uuid;

use crate::error::{Error, Result, internal};
use crate::params::PathParams;

/// Where a value is.
pub(crate) struct KeyAddress {
    pub(crate) namespace: String,
    pub(crate) key: String,
}

impl PathParams for KeyAddress {
    const COUNT: usize = 2;

    fn read(params: Vec<String>) -> Result<Self> {
        let mut params = params.into_iter();
        Ok(Self {
            namespace: params.next().unwrap_or_default(),
            key: params.next().unwrap_or_default(),
        })
    }
}

pub(crate) fn no_key(namespace: &str, key: &str) -> Error {
    let detail = format!("the keystore has no key `{key}` in `{namespace}`");
    Error::new(ErrorCode::KeyNotFound, detail)
}

/// The keys of a namespace.
pub(crate) async fn keys(namespace: &str) -> Result<Vec<String>> {
    ask_keystore("list", &(namespace,))
        .await?
        .read()
        .map_err(internal)
}

/// Calls a method of the keystore, on behalf of no run.
pub(crate) async fn ask_keystore<A: Serialize>(method: &str, args: &A) -> Result<RawJson> {
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

/// Asks the keystore by one of its routes.
pub(crate) async fn ask<Q: Serialize, A: DeserializeOwned>(path: &str, question: &Q) -> Result<A> {
    http::ask("wrappedkeystore", path, question)
        .await
        .map_err(|error| {
            log::error(format!("keystore: {error}")).write();
            unavailable()
        })
}

/// What the client is told of a call that the keystore refused.
pub(crate) fn refusal(error: ErrorValue) -> Error {
    if error.is(ErrorCode::InvalidArguments) {
        Error::new(ErrorCode::BadRequest, error.message)
    } else if error.is(ErrorCode::DecryptionFailed) {
        Error::new(ErrorCode::DecryptionFailed, error.message)
    } else if error.is(ErrorCode::KeystoreFull) {
        Error::new(ErrorCode::KeystoreFull, error.message)
    } else if error.is(ErrorCode::SecretHidden) {
        Error::new(ErrorCode::SecretHidden, error.message)
    } else {
        unavailable()
    }
}

fn unavailable() -> Error {
    Error::new(
        ErrorCode::ServiceUnavailable,
        "the keystore does not answer at the moment; try again",
    )
}
