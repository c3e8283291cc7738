//! Messages between the components.

use std::marker::PhantomData;

use futures::StreamExt;
use futures::stream::LocalBoxStream;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{World, warn};

/// No message between components is larger: a task's code with its modules, or the largest
/// arguments and result that a call may have, fit well.
const MESSAGE_LIMIT: usize = 32 << 20;

/// The answer of a component, as it begins.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as it comes, or why it broke off.
    pub body: LocalBoxStream<'static, Result<Vec<u8>, String>>,
}

/// Why a question to another component has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
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

impl AskError {
    /// Whether the component answered with this status.
    #[must_use]
    pub fn is_status(&self, status: u16) -> bool {
        matches!(self, Self::Status { status: answered, .. } if *answered == status)
    }
}

/// A route of a component.
#[derive(Clone)]
struct Route {
    component: String,
    path: String,
}

impl Route {
    fn new(component: &str, path: &str) -> Self {
        let (component, path) = (component.to_owned(), path.to_owned());
        Self { component, path }
    }

    fn unreachable(self, reason: String) -> AskError {
        let Self { component, path } = self;
        AskError::Unreachable {
            component,
            path,
            reason,
        }
    }

    fn refused(self, status: u16) -> AskError {
        let Self { component, path } = self;
        AskError::Status {
            component,
            path,
            status,
        }
    }

    fn malformed(&self, reason: String) -> AskError {
        let Self { component, path } = self.clone();
        AskError::Malformed {
            component,
            path,
            reason,
        }
    }

    /// The answer to a message, if it is a good one.
    async fn ask(&self, world: &impl World, message: &impl Serialize) -> Result<Answer, AskError> {
        let body =
            serde_json::to_vec(message).map_err(|error| self.malformed(error.to_string()))?;
        let answer = world.post(&self.component, &self.path, body).await;
        let answer = answer.map_err(|reason| self.clone().unreachable(reason))?;
        match answer.status {
            200 => Ok(answer),
            status => Err(self.clone().refused(status)),
        }
    }
}

/// Posts a message to a route of another component and awaits its answer.
///
/// # Errors
/// If no answer comes, or not the one that the contract says.
pub async fn ask<Q: Serialize, A: DeserializeOwned>(
    world: &impl World,
    component: &str,
    path: &str,
    message: &Q,
) -> Result<A, AskError> {
    let route = Route::new(component, path);
    let mut parts = route.ask(world, message).await?.body;
    let mut body = Vec::new();
    while let Some(part) = parts.next().await {
        let part =
            part.map_err(|reason| route.malformed(format!("the body ended early: {reason}")))?;
        if body.len() + part.len() > MESSAGE_LIMIT {
            return Err(route.malformed(format!("the body is larger than {MESSAGE_LIMIT} bytes")));
        }
        body.extend_from_slice(&part);
    }
    serde_json::from_slice(&body).map_err(|error| route.malformed(error.to_string()))
}

/// Asks a component to look for work. It answers at once and works on; whether it was reached does
/// not matter to the caller, because the sweep makes up for a lost poke.
pub async fn poke(world: &impl World, component: &str, path: &str) {
    post(world, component, path, Vec::new()).await;
}

/// The same with a message.
pub async fn poke_with(world: &impl World, component: &str, path: &str, message: &impl Serialize) {
    match serde_json::to_vec(message) {
        Ok(body) => drop(post(world, component, path, body).await),
        Err(error) => world.log(warn(format!("a poke of {component}{path}: {error}"))),
    }
}

/// The same, until what is asked for is done: until the answer has ended.
pub async fn poke_and_wait(
    world: &impl World,
    component: &str,
    path: &str,
    message: &impl Serialize,
) {
    let Ok(body) = serde_json::to_vec(message) else {
        return;
    };
    if let Some(answer) = post(world, component, path, body).await {
        // That it broke off is no news: whoever waits looks anyway.
        answer.body.map(drop).collect::<()>().await;
    }
}

async fn post(world: &impl World, component: &str, path: &str, body: Vec<u8>) -> Option<Answer> {
    let lost = match world.post(component, path, body).await {
        Ok(answer) if answer.status < 300 => return Some(answer),
        Ok(answer) => Route::new(component, path).refused(answer.status),
        Err(reason) => Route::new(component, path).unreachable(reason),
    };
    world.log(warn(format!("a poke failed: {lost}")));
    None
}

/// Posts a message to a route of another component that answers with one message per line, as they come.
///
/// # Errors
/// If no answer comes, or one of another status than 200.
pub async fn ask_lines<Q: Serialize, A: DeserializeOwned>(
    world: &impl World,
    component: &str,
    path: &str,
    message: &Q,
) -> Result<Lines<A>, AskError> {
    let route = Route::new(component, path);
    let stream = route.ask(world, message).await?.body;
    Ok(Lines {
        route,
        stream,
        read: Vec::new(),
        of: PhantomData,
    })
}

/// Messages that come one per line. Blank lines and spaces are signs of life.
pub struct Lines<A> {
    route: Route,
    stream: LocalBoxStream<'static, Result<Vec<u8>, String>>,
    read: Vec<u8>,
    of: PhantomData<A>,
}

impl<A: DeserializeOwned> Lines<A> {
    /// The next message; `None` after the last.
    ///
    /// # Errors
    /// If the answer breaks off or is not what the contract says.
    pub async fn next(&mut self) -> Result<Option<A>, AskError> {
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
                Some(Ok(_)) => return Err(self.broken(&format!("more than {MESSAGE_LIMIT} bytes"))),
                Some(Err(reason)) => return Err(self.broken(&reason)),
                None if self.read.trim_ascii().is_empty() => return Ok(None),
                None => {
                    let rest = std::mem::take(&mut self.read);
                    return self.parse(&rest).map(Some);
                }
            }
        }
    }

    fn parse(&self, line: &[u8]) -> Result<A, AskError> {
        serde_json::from_slice(line).map_err(|error| self.broken(&error.to_string()))
    }

    /// The error of an answer that is not what the contract says.
    #[must_use]
    pub fn broken(&self, reason: &str) -> AskError {
        self.route.malformed(reason.to_owned())
    }
}
