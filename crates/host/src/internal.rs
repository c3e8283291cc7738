//! How components reach each other: by service chaining, or signed over the app's own public routes where a host has
//! no chaining.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use spin_sdk::http::{IncomingRequest, Method, Request, ResponseOutparam};
use tasker_domain::internal::{HEADER, Refusal, Signed, own_path, public_path};
use tasker_hosts::app::component_url;
use tasker_store::{LeaseOutcome, NamedLeases, NewLease};

use crate::http::{MESSAGE_LIMIT, StatusCode, read_body, respond};
pub use crate::settings::sweep_token;
use crate::settings::{public_origin, public_url, signer};
use crate::{agree_on_time, config, log, open_store, random, random_token, time};

/// How far the database's clock is ahead of this machine's (ms). It is passed between components on one machine, so
/// that not each of them has to ask the database.
const CLOCK: &str = "tasker-clock";

/// The component with the public routes. It has no others.
const PUBLIC: &str = "tasks";

/// Why a component cannot speak with others.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A variable is missing.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// There is no secret to sign with.
    #[error("the variable `internal_key` is empty, but `internal_calls` is `signed`")]
    Key,
    /// There is no key to send.
    #[error("`api_token` is `off`, and there is no `sweep_token`")]
    Token,
    /// The moment in a signature is the store's, which could not be opened.
    #[error(transparent)]
    Store(#[from] tasker_store::Error),
}

/// Whether this component can speak with others.
pub(crate) fn check() -> Result<(), Error> {
    signer().map(drop)
}

/// A request to a component.
pub(crate) fn request(component: &str, path: &str, body: Vec<u8>) -> Result<Request, Error> {
    if component == PUBLIC {
        return public_request(path, body);
    }
    let mut request = Request::builder();
    request
        .method(Method::Post)
        .header("content-type", "application/json");
    match signer()? {
        None => {
            if let Some(ahead) = time::ahead() {
                request.header(CLOCK, ahead.to_string());
            }
            request.uri(component_url(component, path))
        }
        Some(signer) => {
            let path = public_path(component, path);
            agree_on_time()?;
            let signature = signer.sign(&path, &body, random(), time::now_ms());
            request
                .header(HEADER, signature)
                .uri(format!("{}{path}", public_origin()?))
        }
    };
    Ok(request.body(body).build())
}

/// A request to a public route of the app itself, as any client with the key makes it.
fn public_request(path: &str, body: Vec<u8>) -> Result<Request, Error> {
    let url = public_url(PUBLIC, path)?;
    let token = sweep_token()?;
    let mut request = Request::builder();
    request
        .method(Method::Post)
        .uri(url)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    Ok(request.body(body).build())
}

/// A request of another component, known to be one.
pub struct Received {
    /// The component's own path that was asked for.
    pub path: String,
    body: Vec<u8>,
}

impl Received {
    /// The message.
    ///
    /// # Errors
    /// What is wrong with it, for a 400 answer.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|error| error.to_string())
    }
}

/// Takes a request to `component` if another component sent it, else answers it.
///
/// The component's own paths are reached only by service chaining, since no public route leads there.
/// Under the public prefix a request must be signed, and there is nothing there where chaining is in use.
pub async fn receive(
    component: &str,
    request: IncomingRequest,
    out: ResponseOutparam,
) -> Option<(Received, ResponseOutparam)> {
    match read(component, request).await {
        Ok(received) => Some((received, out)),
        Err(status) => {
            respond(out, status, &[], Vec::new()).await;
            None
        }
    }
}

async fn read(component: &str, request: IncomingRequest) -> Result<Received, StatusCode> {
    let target = request.path_with_query().unwrap_or_default();
    if !matches!(request.method(), Method::Post) {
        return Err(StatusCode::NOT_FOUND);
    }
    let (path, signed) = if target.starts_with("/_internal") {
        let path = own_path(component, &target).ok_or(StatusCode::NOT_FOUND)?;
        let signer = signer().map_err(unavailable)?;
        let signer = signer.ok_or(StatusCode::NOT_FOUND)?;
        let signature = header(&request, HEADER);
        let signature = signature.as_deref();
        // Anyone may send what this app has not signed; it deserves neither a line nor a look at the database.
        if let Err(Refusal::Unsigned | Refusal::Forged) =
            signer.check(&target, signature, time::now_ms())
        {
            return Err(StatusCode::FORBIDDEN);
        }
        // The moment of the others is checked by the store's clock, by which they were signed.
        let store = open_store().map_err(unavailable)?;
        let signed = signer.check(&target, signature, time::now_ms());
        let signed = signed.map_err(|refusal| {
            log::warn(format!("{target} refused: {refusal}")).write();
            StatusCode::FORBIDDEN
        })?;
        (path.to_owned(), Some((signed, store)))
    } else {
        let ahead = header(&request, CLOCK).and_then(|value| value.parse().ok());
        if let Some(ahead) = ahead {
            time::set_ahead(ahead);
        }
        (target, None)
    };
    let body = read_body(request, MESSAGE_LIMIT)
        .await
        .map_err(|_| StatusCode::BAD_REQUEST)?;
    if let Some((signed, store)) = signed
        && !(signed.covers(&body) && is_new(&signed, &store).map_err(unavailable)?)
    {
        return Err(StatusCode::FORBIDDEN);
    }
    Ok(Received { path, body })
}

fn header(request: &IncomingRequest, name: &str) -> Option<String> {
    let value = request.headers().get(name).into_iter().next()?;
    String::from_utf8(value).ok()
}

/// The status for what is not the sender's fault.
fn unavailable(error: impl Display) -> StatusCode {
    log::error(error).write();
    StatusCode::SERVICE_UNAVAILABLE
}

/// Whether no request with this signature was taken before: a signature is good for one.
///
/// The first one has a lease for as long as the signature is not too old. It may have become so while the body came.
fn is_new(signed: &Signed, store: &impl NamedLeases) -> tasker_store::Result<bool> {
    let now = time::now_ms();
    if signed.stale_at <= now {
        return Ok(false);
    }
    let used = NewLease {
        name: &format!("signature {}", signed.nonce),
        at_once: 1,
        token: &random_token(),
        expires_at: signed.stale_at,
    };
    let taken = store.take_lease(&used, now)?;
    Ok(matches!(taken, LeaseOutcome::Taken(_)))
}
