//! The message.

use serde::Serialize;
use tasker_api::{Run, Timestamp};
use tasker_domain::RunStatus;

/// A message: that a run has ended, with the run as `GET /runs/{id}` shows it.
#[derive(Debug, Serialize)]
pub struct Message {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    data: Run,
}

impl Message {
    /// The message of a run; `None` if it has not ended.
    #[must_use]
    pub fn of(run: Run) -> Option<Self> {
        let kind = match run.status {
            RunStatus::Completed => "run.completed",
            RunStatus::Failed => "run.failed",
            RunStatus::Cancelled => "run.cancelled",
            _ => return None,
        };
        Some(Self {
            kind,
            timestamp: run.finished_at.unwrap_or(run.updated_at),
            data: run,
        })
    }

    /// The value of `webhook-id`: the same for every attempt, and for no other message.
    #[must_use]
    pub fn id(&self) -> String {
        format!("msg_{}", self.data.task_run_id.0.simple())
    }
}
