//! The answer about a run that was submitted.

use http::StatusCode;
use http::header::LOCATION;
use tasker_api::Submitted;
use tasker_domain::{RunId, RunStatus};

use crate::answer::Answer;
use crate::content::Json;
use crate::error::Result;

/// The answer about a run that was submitted.
pub(crate) fn accepted(
    id: RunId,
    status: RunStatus,
    public_token: Option<String>,
) -> Result<Answer<Json<Submitted>>> {
    let submitted = Submitted {
        task_run_id: id,
        status,
        public_token,
    };
    Ok(Answer::json(StatusCode::ACCEPTED, &submitted)?.with_header(LOCATION, &place(id)))
}

/// Where to ask for a run.
pub(crate) fn place(id: RunId) -> String {
    format!("/tasks/status/{id}")
}
