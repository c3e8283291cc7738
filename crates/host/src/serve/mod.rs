//! The shell of every wrapped service: it reads the call, holds the operator's policy, keeps secrets
//! out of the service and out of the answer, and makes the service's requests for it.

mod admission;
mod context;
mod health;
mod keystore;
mod outbound;
mod patience;

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use tasker_domain::ErrorCode;
use tasker_domain::wire::{SIGN_OF_LIFE, ServiceError, ServiceReply, ServiceRequest};
use tasker_service::reference::References;
use tasker_service::{Service, policy, refused};

use crate::http::{Body, StatusCode, begin, respond, respond_json};
use crate::internal::{self, Received};
use crate::{config, log, random, time};
use admission::Admitted;
use context::Context;
use patience::Patience;

/// Answers `POST /call`, one call of a service, and `POST /health`.
pub async fn serve<S: Service>(request: IncomingRequest, out: ResponseOutparam, service: &S) {
    let component = S::COMPONENT.as_str();
    log::component(component);
    if let Some((received, out)) = internal::receive(component, request, out).await {
        reply(&received, out, service).await;
    }
}

/// The same for a request that has been received.
pub async fn reply<S: Service>(received: &Received, out: ResponseOutparam, service: &S) {
    match received.path.as_str() {
        "/call" => {}
        "/health" => {
            return respond_json(out, StatusCode::OK, &health::examine(service).await).await;
        }
        _ => return respond(out, StatusCode::NOT_FOUND, &[], Vec::new()).await,
    }
    let call: ServiceRequest = match received.json() {
        Ok(call) => call,
        Err(reason) => {
            return respond(out, StatusCode::BAD_REQUEST, &[], reason.into_bytes()).await;
        }
    };
    let answer = answer(service, call);
    futures::pin_mut!(answer);
    let mut reply = Reply::Due(Some(out));
    let outcome = loop {
        match time::timeout(SIGN_OF_LIFE, &mut answer).await {
            Some(outcome) => break outcome,
            None => reply.send(" ").await,
        }
    };
    let outcome = match outcome {
        Ok(value) => ServiceReply::Ok(value),
        Err(error) => ServiceReply::Err(error),
    };
    match serde_json::to_vec(&outcome) {
        Ok(text) => reply.send(text).await,
        Err(error) => log::error(format!("{}: {error}", S::NAME)).write(),
    }
}

/// An answer in JSON, which may have spaces in front.
enum Reply {
    Due(Option<ResponseOutparam>),
    Begun(Body),
}

impl Reply {
    async fn send(&mut self, part: impl Into<Vec<u8>>) {
        if let Self::Due(out) = self
            && let Some(out) = out.take()
        {
            let headers = [("content-type".to_owned(), "application/json".to_owned())];
            *self = Self::Begun(begin(out, StatusCode::OK, &headers));
        }
        if let Self::Begun(body) = self {
            // A client that has gone needs no answer.
            let _ = body.send(part).await;
        }
    }
}

async fn answer<S: Service>(service: &S, mut call: ServiceRequest) -> tasker_service::Result {
    let policy = config::read(S::POLICY).map_err(|error| match error {
        config::Error::Invalid(why) => policy::unreadable(&why),
        missing @ config::Error::Missing { .. } => misconfigured(S::NAME, missing),
    })?;
    log::about(call.run, call.trace);
    policy::check(
        &policy,
        S::NAME,
        &service.policy_path(&call)?,
        &service.other_paths(&call)?,
    )?;
    let patience = Patience::read(S::NAME, S::TIMEOUT, call.within_ms)?;

    let mut references = References::default();
    if S::TAKES_REFERENCES {
        (call.args, references) = References::take(&call.args, random)?;
    }
    let admitted = Admitted::enter(S::NAME, &policy, patience.limit)?;
    let host = Context::new::<S>(&call, references, patience);
    let outcome = time::until(|| host.deadline(), service.call(&host, &call))
        .await
        .unwrap_or_else(|| Err(patience.is_over(S::NAME, patience.limit)));
    admitted.leave();
    host.clean(host.judge(outcome))
}

/// The component's own settings are wrong. Its error never has the value of a secret.
fn misconfigured(service: &str, error: config::Error) -> ServiceError {
    refused(
        ErrorCode::ServiceUnavailable,
        format!("`tools.{service}` is not set up: {error}"),
    )
}
