//! The shell of every wrapped service: it reads the call, holds the operator's policy, keeps secrets
//! out of the service and out of the answer, and makes the service's requests for it.

mod admission;
mod context;
mod health;
mod keystore;
mod outbound;

use std::time::{Duration, Instant};

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use tasker_domain::ErrorCode;
use tasker_domain::setting::CALL_SECONDS_MAX;
use tasker_domain::wire::{ServiceError, ServiceReply, ServiceRequest};
use tasker_service::policy::Policy;
use tasker_service::reference::References;
use tasker_service::{Service, refused, retryable};

use crate::http::{respond, respond_json};
use crate::internal::{self, Received};
use crate::{config, log, random, time};
use admission::Admitted;
use context::Context;

/// The longest time that a call may be given.
const LONGEST_CALL: Duration = Duration::from_secs(CALL_SECONDS_MAX);

/// Answers `POST /call`, one call of a service, and `POST /health`.
pub async fn serve<S: Service>(request: IncomingRequest, out: ResponseOutparam, service: &S) {
    let component = format!("wrapped{}", S::NAME);
    log::component(&component);
    if let Some((received, out)) = internal::receive(&component, request, out).await {
        reply(&received, out, service).await;
    }
}

/// The same for a request that has been received.
pub async fn reply<S: Service>(received: &Received, out: ResponseOutparam, service: &S) {
    match received.path.as_str() {
        "/call" => {}
        "/health" => return respond_json(out, 200, &health::examine(service).await).await,
        _ => return respond(out, 404, &[], Vec::new()).await,
    }
    let call: ServiceRequest = match received.json() {
        Ok(call) => call,
        Err(reason) => return respond(out, 400, &[], reason.into_bytes()).await,
    };
    let reply = match answer(service, call).await {
        Ok(value) => ServiceReply::Ok(value),
        Err(error) => ServiceReply::Err(error),
    };
    respond_json(out, 200, &reply).await;
}

async fn answer<S: Service>(service: &S, mut call: ServiceRequest) -> tasker_service::Result {
    let variable = format!("{}_policy", S::NAME);
    let text = config::text(&variable).map_err(|error| misconfigured(S::NAME, error))?;
    log::about(call.run, call.trace);
    let policy = Policy::read(&variable, &text)?;
    policy.check(S::NAME, &service.policy_path(&call)?)?;
    let limit = time_limit(S::NAME)?;

    let mut references = References::default();
    if S::TAKES_REFERENCES {
        (call.args, references) = References::take(&call.args, random)?;
    }
    let admitted = Admitted::enter(S::NAME, &policy, limit)?;
    let deadline = Instant::now() + limit;
    let host = Context::new::<S>(&call, references, deadline);
    let outcome = time::timeout(limit, service.call(&host, &call))
        .await
        .unwrap_or_else(|| Err(too_slow(S::NAME, limit)));
    admitted.leave();
    host.clean(outcome)
}

fn time_limit(service: &str) -> Result<Duration, ServiceError> {
    let seconds: u64 = config::number(&format!("{service}_timeout_seconds"))
        .map_err(|error| misconfigured(service, error))?;
    Ok(Duration::from_secs(seconds.max(1)).min(LONGEST_CALL))
}

fn too_slow(service: &str, limit: Duration) -> ServiceError {
    retryable(
        ErrorCode::UpstreamTimeout,
        format!(
            "`tools.{service}` had no answer within {} s",
            limit.as_secs()
        ),
        None,
    )
}

/// The component's own settings are wrong. Its error never says a value.
fn misconfigured(service: &str, error: config::Error) -> ServiceError {
    refused(
        ErrorCode::ServiceUnavailable,
        format!("`tools.{service}` is not set up: {error}"),
    )
}
