//! HTTP between the components of the app, and reading and answering requests in a component's own handler.

use std::pin::Pin;

use futures::{Sink, SinkExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use spin_sdk::http::{Fields, IncomingRequest, OutgoingResponse, ResponseOutparam};

pub use http::StatusCode;
pub use tasker_world::AskError as Error;

use crate::{Spin, log};

/// No message between components is larger: a task's code with its modules, or the largest
/// arguments and result that a call may have, fit well.
pub(crate) const MESSAGE_LIMIT: usize = 32 << 20;

/// Posts a message to a route of another component and awaits its answer.
///
/// # Errors
/// If no answer comes, or not the one that the contract says.
pub async fn ask<Q: Serialize, A: DeserializeOwned>(
    component: &str,
    path: &str,
    message: &Q,
) -> Result<A, Error> {
    tasker_world::ask(&Spin, component, path, message).await
}

/// Asks a component to look for work. It answers at once and works on; whether it was reached does
/// not matter to the caller, because the sweep makes up for a lost poke.
pub async fn poke(component: &str, path: &str) {
    tasker_world::poke(&Spin, component, path).await;
}

/// The same with a message, until the component has done what is asked for.
pub async fn poke_and_wait(component: &str, path: &str, message: &impl Serialize) {
    tasker_world::poke_and_wait(&Spin, component, path, message).await;
}

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is larger than its bound.
    #[error("the body is larger than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: usize,
    },
    /// The connection broke.
    #[error("the body ended early: {0}")]
    Broken(String),
}

async fn collect<E: std::fmt::Display>(
    stream: impl futures::Stream<Item = Result<Vec<u8>, E>>,
    limit: usize,
) -> Result<Vec<u8>, BodyError> {
    futures::pin_mut!(stream);
    let mut body = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|error| BodyError::Broken(error.to_string()))?;
        if body.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads a request's body of at most `limit` bytes.
///
/// # Errors
/// If it is larger or breaks off.
pub async fn read_body(request: IncomingRequest, limit: usize) -> Result<Vec<u8>, BodyError> {
    collect(request.into_body_stream(), limit).await
}

/// The body of an answer that is sent as it is made. Dropping it ends the answer.
pub struct Body(Pin<Box<dyn Sink<Vec<u8>, Error = Gone>>>);

/// The client went away.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the client went away")]
pub struct Gone;

impl Body {
    /// Sends a part of the body, and waits until it is on its way.
    ///
    /// # Errors
    /// If the client is gone.
    pub async fn send(&mut self, part: impl Into<Vec<u8>>) -> Result<(), Gone> {
        self.0.send(part.into()).await
    }
}

/// Begins an answer.
pub fn begin(out: ResponseOutparam, status: StatusCode, headers: &[(String, String)]) -> Body {
    let entries: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
        .collect();
    let fields = Fields::from_list(&entries).unwrap_or_else(|_| Fields::new());
    let response = OutgoingResponse::new(fields);
    if response.set_status_code(status.as_u16()).is_err() {
        log::error(format!("the host takes no status {status}")).write();
    }
    let body = Body(Box::pin(response.take_body().sink_map_err(|_| Gone)));
    out.set(response);
    body
}

/// Sends a whole answer. The handler may go on working after it.
pub async fn respond(
    out: ResponseOutparam,
    status: StatusCode,
    headers: &[(String, String)],
    body: Vec<u8>,
) {
    let mut answer = begin(out, status, headers);
    if !body.is_empty() {
        // A client that went away needs no answer.
        let _ = answer.send(body).await;
    }
}

/// Sends a JSON answer.
pub async fn respond_json<T: Serialize>(out: ResponseOutparam, status: StatusCode, message: &T) {
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    match serde_json::to_vec(message) {
        Ok(body) => respond(out, status, &headers, body).await,
        Err(error) => {
            let body = error.to_string().into_bytes();
            respond(out, StatusCode::INTERNAL_SERVER_ERROR, &[], body).await;
        }
    }
}
