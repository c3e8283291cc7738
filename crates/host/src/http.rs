//! HTTP between the components of the app, and reading and answering requests in a component's own handler.

use std::marker::PhantomData;
use std::pin::Pin;

use futures::{Sink, SinkExt, Stream, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use spin_sdk::http::{
    Fields, IncomingRequest, IncomingResponse, OutgoingResponse, ResponseOutparam, send,
};

use crate::{budget, internal, log};

/// No message between components is larger: a task's code with its modules, or the largest
/// arguments and result that a call may have, fit well.
pub(crate) const MESSAGE_LIMIT: usize = 32 << 20;

/// Why a request to another component failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The settings do not say how to reach components.
    #[error(transparent)]
    Internal(#[from] internal::Error),
    /// No answer came.
    #[error("no answer from {component}{path}: {reason}")]
    Unreachable {
        /// Which component.
        component: String,
        /// Which of its routes.
        path: String,
        /// What the host said.
        reason: String,
    },
    /// The component answered with an error status.
    #[error("{component}{path} answered {status}")]
    Status {
        /// Which component.
        component: String,
        /// Which of its routes.
        path: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is not what the contract says.
    #[error("{component}{path} answered something unexpected: {reason}")]
    Malformed {
        /// Which component.
        component: String,
        /// Which of its routes.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Posts a message to a route of another component and awaits its answer.
///
/// # Errors
/// If no answer comes, or not the one that the contract says.
pub async fn ask<Q: Serialize, A: DeserializeOwned>(
    component: &str,
    path: &str,
    message: &Q,
) -> Result<A, Error> {
    let malformed = |reason: String| Error::Malformed {
        component: component.to_owned(),
        path: path.to_owned(),
        reason,
    };
    let body = serde_json::to_vec(message).map_err(|error| malformed(error.to_string()))?;
    let response = post(component, path, body).await?;
    let status = response.status();
    if status != 200 {
        return Err(Error::Status {
            component: component.to_owned(),
            path: path.to_owned(),
            status,
        });
    }
    let body = collect(response.take_body_stream(), MESSAGE_LIMIT)
        .await
        .map_err(|error| malformed(error.to_string()))?;
    serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()))
}

/// Asks a component to look for work. It answers at once and works on; whether it was reached does
/// not matter to the caller, because the sweep makes up for a lost poke.
pub async fn poke(component: &str, path: &str) {
    let lost = match post(component, path, Vec::new()).await {
        Ok(response) if response.status() < 300 => return,
        Ok(response) => response.status().to_string(),
        Err(error) => error.to_string(),
    };
    log::warn(format!("poke of {component}{path} failed: {lost}")).write();
}

/// Posts a message to a route of another component that answers with one message per line, as they come.
///
/// # Errors
/// If no answer comes, or one of another status than 200.
pub async fn ask_lines<Q: Serialize, A: DeserializeOwned>(
    component: &str,
    path: &str,
    message: &Q,
) -> Result<Lines<A>, Error> {
    let (component, path) = (component.to_owned(), path.to_owned());
    let body = serde_json::to_vec(message).map_err(|error| Error::Malformed {
        component: component.clone(),
        path: path.clone(),
        reason: error.to_string(),
    })?;
    let response = post(&component, &path, body).await?;
    let status = response.status();
    if status != 200 {
        return Err(Error::Status {
            component,
            path,
            status,
        });
    }
    let stream = response.take_body_stream();
    Ok(Lines {
        component,
        path,
        stream: Box::pin(stream.map(|part| part.map_err(|error| error.to_string()))),
        read: Vec::new(),
        of: PhantomData,
    })
}

/// Messages that come one per line. Blank lines and spaces are signs of life.
pub struct Lines<A> {
    component: String,
    path: String,
    stream: Pin<Box<dyn Stream<Item = Result<Vec<u8>, String>>>>,
    read: Vec<u8>,
    of: PhantomData<A>,
}

impl<A: DeserializeOwned> Lines<A> {
    /// The next message; `None` after the last.
    ///
    /// # Errors
    /// If the answer breaks off or is not what the contract says.
    pub async fn next(&mut self) -> Result<Option<A>, Error> {
        loop {
            while let Some(end) = self.read.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                if !line.trim_ascii().is_empty() {
                    return self.parse(&line).map(Some);
                }
            }
            match self.stream.next().await {
                Some(Ok(part)) if self.read.len() + part.len() <= MESSAGE_LIMIT => {
                    self.read.extend_from_slice(&part);
                }
                Some(Ok(_)) => {
                    return Err(self.malformed(format!("more than {MESSAGE_LIMIT} bytes")));
                }
                Some(Err(reason)) => return Err(self.malformed(reason)),
                None if self.read.trim_ascii().is_empty() => return Ok(None),
                None => {
                    let rest = std::mem::take(&mut self.read);
                    return self.parse(&rest).map(Some);
                }
            }
        }
    }

    fn parse(&self, line: &[u8]) -> Result<A, Error> {
        serde_json::from_slice(line).map_err(|error| self.malformed(error.to_string()))
    }

    /// The error of an answer that is not what the contract says.
    #[must_use]
    pub fn broken(&self, reason: &str) -> Error {
        self.malformed(reason.to_owned())
    }

    fn malformed(&self, reason: String) -> Error {
        Error::Malformed {
            component: self.component.clone(),
            path: self.path.clone(),
            reason,
        }
    }
}

async fn post(component: &str, path: &str, body: Vec<u8>) -> Result<IncomingResponse, Error> {
    let request = internal::request(component, path, body)?;
    budget::spend();
    send(request).await.map_err(|error| Error::Unreachable {
        component: component.to_owned(),
        path: path.to_owned(),
        reason: error.to_string(),
    })
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
pub fn begin(out: ResponseOutparam, status: u16, headers: &[(String, String)]) -> Body {
    let entries: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.clone(), value.clone().into_bytes()))
        .collect();
    let fields = Fields::from_list(&entries).unwrap_or_else(|_| Fields::new());
    let response = OutgoingResponse::new(fields);
    if response.set_status_code(status).is_err() {
        log::error(format!("{status} is not an HTTP status")).write();
    }
    let body = Body(Box::pin(response.take_body().sink_map_err(|_| Gone)));
    out.set(response);
    body
}

/// Sends a whole answer. The handler may go on working after it.
pub async fn respond(
    out: ResponseOutparam,
    status: u16,
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
pub async fn respond_json<T: Serialize>(out: ResponseOutparam, status: u16, message: &T) {
    let headers = [("content-type".to_owned(), "application/json".to_owned())];
    match serde_json::to_vec(message) {
        Ok(body) => respond(out, status, &headers, body).await,
        Err(error) => respond(out, 500, &[], error.to_string().into_bytes()).await,
    }
}
