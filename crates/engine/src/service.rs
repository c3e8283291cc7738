//! Calling the wrapped services.

use std::time::Duration;

use tasker_domain::figures::Metric;
use tasker_domain::trace::TraceParent;
use tasker_domain::wire::{
    HARMLESS_SERVICES, LONGEST_STREAM, SERVICES, ServiceError, ServiceReply, ServiceRequest,
};
use tasker_domain::{Call, ErrorCode, ErrorValue, Json, Path, RunId};
use tasker_service::{refused, retryable, unknown};
use tasker_world::{World, ask, error, in_ms};

/// A service that is still silent this long after its call's time is up counts as lost.
const MARGIN: Duration = Duration::from_secs(10);

/// What a service says, or that it said nothing.
pub(crate) type Answer = Result<Json, ServiceError>;

/// An attempt of a call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Attempt {
    /// How long the caller can wait for its answer; `None`: as long as it takes.
    pub(crate) within: Option<Duration>,
    /// An attempt before it was lost with its worker.
    pub(crate) was_lost: bool,
}

impl Attempt {
    /// The service is given less, so that it can itself say that its time is up.
    fn for_the_service(self) -> Option<i64> {
        let within = self.within?;
        let margin = (within / 10).min(Duration::from_secs(1));
        Some(in_ms(within - margin))
    }
}

/// Why a call cannot be made at all; `None` if its service exists.
pub(crate) fn refusal(call: &Call) -> Option<ErrorValue> {
    if SERVICES.contains(&call.service.as_str()) {
        return None;
    }
    Some(if call.service == "tasks" {
        ErrorValue::new(
            ErrorCode::UnknownMethod,
            format!(
                "`tools.{}` does not exist; nested tasks are run by `tools.tasks.execute(name, input)`, runs of their own are \
                 started by `tools.tasks.start(name, input, options)`",
                call.label()
            ),
        )
    } else if call.service == "runs" {
        let detail = format!(
            "`tools.{}` does not exist; there are `get`, `wait`, `cancel` and `signal`",
            call.label()
        );
        ErrorValue::new(ErrorCode::UnknownMethod, detail)
    } else {
        ErrorValue::new(
            ErrorCode::UnknownService,
            format!(
                "there is no service `{}`; there are: tasks, runs, {}",
                call.service,
                SERVICES.join(", ")
            ),
        )
    })
}

/// When a call of this moment fails if it has not settled, by its own options.
pub(crate) fn expires_at(call: &Call, now: i64) -> Option<i64> {
    let timeout = call.options().timeout_ms?;
    Some(now.saturating_add(timeout))
}

/// The error of a call whose own time is up.
pub(crate) fn timed_out(call: &Call) -> ServiceError {
    let timeout = call.options().timeout_ms.unwrap_or(0);
    let message = format!("`{}` did not settle within its {timeout} ms", call.label());
    refused(ErrorCode::CallTimeout, message)
}

/// The error of an attempt whose service said nothing in this time.
pub(crate) fn no_answer(call: &Call, limit: Duration) -> ServiceError {
    let (label, seconds) = (call.label(), limit.as_secs());
    let message = format!("`{label}` did not answer within {seconds} s");
    let error = retryable(ErrorCode::CallTimeout, message, None);
    match HARMLESS_SERVICES.contains(&call.service.as_str()) {
        true => error,
        false => unknown(error),
    }
}

/// Makes one call to its wrapped service. A service that cannot be reached is worth another attempt.
pub(crate) async fn call(
    world: &impl World,
    run: RunId,
    frame: &Path,
    call: &Call,
    trace: Option<TraceParent>,
    attempt: Attempt,
) -> Result<Json, ServiceError> {
    let begun = world.now();
    let answer = answer(world, run, frame, call, trace, attempt).await;
    // The task chooses the name: only names of services become labels.
    if let Some(service) = SERVICES.iter().find(|service| **service == call.service) {
        world.time(Metric::Call, service, world.since(begun));
        if let Err(error) = &answer {
            world.count(Metric::CallError, service, 1);
            world.count(Metric::Retry, service, u64::from(error.retryable));
        }
    }
    answer
}

async fn answer(
    world: &impl World,
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
    let reply = ask::<_, ServiceReply>(world, &component, "/call", &request);
    match world.timeout(limit, reply).await {
        Some(Ok(ServiceReply::Ok(value))) => Ok(value),
        Some(Ok(ServiceReply::Err(error))) => Err(error),
        Some(Err(lost)) => {
            world.log(error(lost).of(run, &frame.call(call.number)));
            Err(retryable(
                ErrorCode::ServiceUnavailable,
                format!("the service `{}` could not be reached", call.service),
                None,
            ))
        }
        None => Err(no_answer(call, limit)),
    }
}
