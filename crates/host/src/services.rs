//! Calling the wrapped services.

use std::time::{Duration, Instant};

use tasker_domain::figures::Metric;
use tasker_domain::retry::Policy;
use tasker_domain::trace::TraceParent;
use tasker_domain::wire::{
    HARMLESS_SERVICES, LONGEST_STREAM, SERVICES, ServiceError, ServiceReply, ServiceRequest,
};
use tasker_domain::{Call, ErrorCode, ErrorValue, Json, Path, RunId};
use tasker_service::{refused, retryable, unknown};
use tasker_settings::{CALL_ATTEMPTS, CALL_RETRY_MAX_MS, CALL_RETRY_MS};

use crate::{config, figures, http, log, time};

/// A service that is still silent this long after its call's time is up counts as lost.
const MARGIN: Duration = Duration::from_secs(10);

/// An attempt of a call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Attempt {
    /// How long the caller can wait for its answer; `None`: as long as it takes.
    pub within: Option<Duration>,
    /// An attempt before it was lost with its worker.
    pub was_lost: bool,
}

impl Attempt {
    /// The service is given less, so that it can itself say that its time is up.
    fn for_the_service(self) -> Option<i64> {
        let within = self.within?;
        let margin = (within / 10).min(Duration::from_secs(1));
        Some(time::in_ms(within - margin))
    }
}

/// Why a call cannot be made at all; `None` if its service exists.
#[must_use]
pub fn refusal(call: &Call) -> Option<ErrorValue> {
    if SERVICES.contains(&call.service.as_str()) {
        return None;
    }
    Some(if call.service == "tasks" {
        ErrorValue::new(
            ErrorCode::UnknownMethod,
            format!(
                "`tools.{}` does not exist; nested tasks are started by `tools.tasks.execute(name, input)`",
                call.label()
            ),
        )
    } else {
        ErrorValue::new(
            ErrorCode::UnknownService,
            format!(
                "there is no service `{}`; there are: tasks, {}",
                call.service,
                SERVICES.join(", ")
            ),
        )
    })
}

/// How failed calls are tried again if their tasks do not say.
///
/// # Errors
/// If a setting is missing or not a number.
pub fn retry_policy() -> Result<Policy, config::Error> {
    Ok(Policy {
        attempts: config::read(&CALL_ATTEMPTS)?,
        initial_ms: config::read(&CALL_RETRY_MS)?,
        max_ms: config::read(&CALL_RETRY_MAX_MS)?,
        ..Policy::default()
    })
}

/// When a call of this moment fails if it has not settled, by its own options.
#[must_use]
pub fn expires_at(call: &Call, now: i64) -> Option<i64> {
    let timeout = call.options().timeout_ms?;
    Some(now.saturating_add(timeout))
}

/// The error of a call whose own time is up.
#[must_use]
pub fn timed_out(call: &Call) -> ServiceError {
    let timeout = call.options().timeout_ms.unwrap_or(0);
    let message = format!("`{}` did not settle within its {timeout} ms", call.label());
    refused(ErrorCode::CallTimeout, message)
}

/// The error of an attempt whose service said nothing in this time.
#[must_use]
pub fn no_answer(call: &Call, limit: Duration) -> ServiceError {
    let (label, seconds) = (call.label(), limit.as_secs());
    let message = format!("`{label}` did not answer within {seconds} s");
    let error = retryable(ErrorCode::CallTimeout, message, None);
    match HARMLESS_SERVICES.contains(&call.service.as_str()) {
        true => error,
        false => unknown(error),
    }
}

/// Makes one call to its wrapped service. A service that cannot be reached is worth another attempt.
///
/// # Errors
/// What the service says, or that it said nothing.
pub async fn call(
    run: RunId,
    frame: &Path,
    call: &Call,
    trace: Option<TraceParent>,
    attempt: Attempt,
) -> Result<Json, ServiceError> {
    let begun = Instant::now();
    let answer = answer(run, frame, call, trace, attempt).await;
    // The task chooses the name: only names of services become labels.
    if let Some(service) = SERVICES.iter().find(|service| **service == call.service) {
        figures::time(Metric::Call, service, begun.elapsed());
        if let Err(error) = &answer {
            figures::count(Metric::CallError, service, 1);
            figures::count(Metric::Retry, service, u64::from(error.retryable));
        }
    }
    answer
}

async fn answer(
    run: RunId,
    frame: &Path,
    call: &Call,
    trace: Option<TraceParent>,
    attempt: Attempt,
) -> Result<Json, ServiceError> {
    let request = ServiceRequest {
        within_ms: attempt.for_the_service(),
        was_lost: attempt.was_lost,
        ..ServiceRequest::new(run, frame, call, trace)
    };
    let limit = attempt.within.unwrap_or(LONGEST_STREAM + MARGIN);
    let component = format!("wrapped{}", call.service);
    let reply = http::ask::<_, ServiceReply>(&component, "/call", &request);
    match time::timeout(limit, reply).await {
        Some(Ok(ServiceReply::Ok(value))) => Ok(value),
        Some(Ok(ServiceReply::Err(error))) => Err(error),
        Some(Err(error)) => {
            log::error(error)
                .run(run)
                .call(frame.call(call.number))
                .write();
            Err(retryable(
                ErrorCode::ServiceUnavailable,
                format!("the service `{}` could not be reached", call.service),
                None,
            ))
        }
        None => Err(no_answer(call, limit)),
    }
}
