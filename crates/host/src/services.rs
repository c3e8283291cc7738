//! Calling the wrapped services.

use std::time::Duration;

use tasker_domain::wire::{SERVICES, ServiceError, ServiceReply, ServiceRequest, component_url};
use tasker_domain::{Call, ErrorCode, ErrorValue, Json, Path, RunId};

use crate::{http, time};

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

/// Makes one call to its wrapped service. A service that cannot be reached or that takes longer
/// than `limit` is worth another attempt.
///
/// # Errors
/// What the service says, or that it said nothing.
pub async fn call(
    run: RunId,
    frame: &Path,
    call: &Call,
    limit: Duration,
) -> Result<Json, ServiceError> {
    let request = ServiceRequest::new(run, frame, call);
    let url = component_url(&format!("wrapped{}", call.service), "/call");
    let retryable = |code, message| ServiceError {
        error: ErrorValue::new(code, message),
        retryable: true,
        retry_after_ms: None,
    };
    match time::timeout(limit, http::post_json::<_, ServiceReply>(&url, &request)).await {
        Some(Ok(ServiceReply::Ok(value))) => Ok(value),
        Some(Ok(ServiceReply::Err(error))) => Err(error),
        Some(Err(error)) => {
            eprintln!("call {} of run {run}: {error}", frame.call(call.number));
            Err(retryable(
                ErrorCode::ServiceUnavailable,
                format!("the service `{}` could not be reached", call.service),
            ))
        }
        None => Err(retryable(
            ErrorCode::CallTimeout,
            format!(
                "`{}` did not answer within {} s",
                call.label(),
                limit.as_secs()
            ),
        )),
    }
}
