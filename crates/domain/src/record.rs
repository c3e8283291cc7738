//! The records that the store keeps, as its readers see them. Times are milliseconds since the
//! Unix epoch.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::json;
use crate::options::CallOptions;
use crate::retry::RunRetry;
use crate::trace::TraceParent;
use crate::{
    ErrorValue, Json, Lease, Outcome, Path, Progress, RunId, RunStatus, StackRunId, StackStatus,
    Stop,
};

/// A published version of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskFunction {
    /// The task's name.
    pub name: String,
    /// Hash of code and modules.
    pub version: String,
    /// The source of the task file.
    pub code: String,
    /// The sources packed with it: a JSON object from path to source.
    pub modules: Json,
    /// From `@description`.
    pub description: Option<String>,
    /// JSON Schema of the input, from `@param`.
    pub input_schema: Option<Json>,
    /// How long a run may take if its client does not say, from `@timeout`: milliseconds.
    pub timeout_ms: Option<i64>,
    /// When this version was first published.
    pub created_at: i64,
}

/// A task run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The task it runs.
    pub task: String,
    /// The version it began with and keeps.
    pub version: String,
    /// What it was given.
    pub input: Json,
    /// Where it is.
    pub status: RunStatus,
    /// Its result; only if completed.
    pub result: Option<Json>,
    /// Why it ended; only if failed or cancelled.
    pub error: Option<ErrorValue>,
    /// The client's idempotency key.
    pub idempotency_key: Option<String>,
    /// When it begins, if it was submitted for later; the moment that it is for, if a schedule made
    /// it.
    pub run_at: Option<i64>,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// How it is begun again if it fails.
    pub retry: RunRetry,
    /// The attempts before this one.
    pub failures: Vec<FailedAttempt>,
    /// The ended run that it repeats.
    pub retry_of: Option<RunId>,
    /// When it is stopped if it has not ended by then.
    pub deadline: Option<i64>,
    /// Why it is being stopped, or was.
    pub stop: Option<Stop>,
    /// The schedule that made it.
    pub schedule: Option<String>,
    /// -100 to 100: runs of a greater one are claimed first.
    pub priority: i32,
    /// Whether it waits for another run to end, because no more may go on at once.
    pub held: bool,
    /// Its span in the trace that it was submitted with.
    pub trace: Option<TraceParent>,
    /// How far its tasks say that it is.
    pub progress: Option<Progress>,
    /// Its tags, in their order.
    pub tags: Vec<String>,
    /// When it was submitted.
    pub created_at: i64,
    /// When its record last changed.
    pub updated_at: i64,
    /// When its first slice began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
}

/// One call made by a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its number in the frame, from 1, in the order of issue.
    pub number: u32,
    /// The service, as in `tools.<service>`; `tasks` for nested tasks.
    pub service: String,
    /// The method path after the service.
    pub method: Vec<String>,
    /// The arguments: a JSON array.
    pub args: Json,
    /// What else the task says about it: a JSON object, see [`CallOptions`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Json>,
}

impl Call {
    /// What else the task says about it. Nothing, if that cannot be read.
    #[must_use]
    pub fn options(&self) -> CallOptions {
        let options = self.options.as_deref();
        options
            .and_then(|options| serde_json::from_str(options).ok())
            .unwrap_or_default()
    }

    /// Whether a replay may make `other` in place of this one. Neither options nor a secret that is stored
    /// count.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let Self {
            number,
            service,
            method,
            args,
            options: _,
        } = other;
        let same_args = || match (self.kept_args(), other.kept_args()) {
            (Cow::Owned(kept), Cow::Owned(other)) => json::means_the_same(&kept, &other),
            _ => self.args == *args,
        };
        (&self.number, &self.service, &self.method) == (number, service, method) && same_args()
    }

    /// Whether this starts a nested task.
    #[must_use]
    pub fn is_nested_task(&self) -> bool {
        self.service == "tasks" && self.method == ["execute"]
    }

    /// `service.method.path`, for people.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = self.service.clone();
        for part in &self.method {
            label.push('.');
            label.push_str(part);
        }
        label
    }
}

/// An attempt of a call or a run that failed and was not the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedAttempt {
    /// Its number, from 1.
    pub attempt: u32,
    /// When it began.
    pub started_at: i64,
    /// When it failed.
    pub finished_at: i64,
    /// When the next one was due.
    pub next_at: i64,
    /// How it failed.
    pub error: ErrorValue,
}

/// A settled call in a run's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The frame that made the call.
    pub frame: Path,
    /// What was called.
    pub call: Call,
    /// The order in which the frame saw it, from 1; `None` until the frame wakes and sees it.
    pub position: Option<u32>,
    /// What came back.
    pub outcome: Outcome,
    /// How often it was tried.
    pub attempts: u32,
    /// The attempts before the last, as far as they ended. Only in a run's history.
    pub failures: Vec<FailedAttempt>,
    /// When it was first made.
    pub started_at: i64,
    /// When it settled. The frame's clock moves to it on delivery.
    pub finished_at: i64,
}

/// A row of the queue that is due at this moment (the end of the year 9999) or later is woken by something
/// other than the time.
pub const NEVER: i64 = 253_402_300_799_000;

/// A row of the queue as `GET /runs/{id}/stack` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackRun {
    /// Its id.
    pub id: StackRunId,
    /// Where it stands in the run.
    pub path: Path,
    /// The call that it is. For a frame: `tasks.execute` with `[task, input]`.
    pub call: Call,
    /// Where it is.
    pub status: StackStatus,
    /// How often its executor was lost or its call failed.
    pub attempt: u32,
    /// The attempts of a call that failed so far.
    pub failures: Vec<FailedAttempt>,
    /// It is not claimed before this time.
    pub run_after: i64,
    /// When its lease expires; only while processing.
    pub lease_expires_at: Option<i64>,
    /// When its time is up: a call that has not settled by then fails, and a run is stopped, or
    /// ended if it is being stopped.
    pub expires_at: Option<i64>,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// The snapshot of a frame that has one.
    pub snapshot: Option<SnapshotInfo>,
}

/// A stored snapshot without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotInfo {
    /// Size as stored.
    pub bytes: u64,
    /// Size of the difference to the booted VM before compression.
    pub raw_bytes: u64,
    /// The engine that made it; no other can restore it.
    pub engine: String,
    /// The journal position at which it was taken.
    pub position: u32,
}

/// A stack run that a worker has claimed, with what it needs to work on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claimed {
    /// The right to work on it.
    pub lease: Lease,
    /// Its run.
    pub run: RunId,
    /// Where it stands in the run.
    pub path: Path,
    /// What it is.
    pub work: Work,
    /// How often its executor was lost or its call failed before.
    pub attempt: u32,
}

/// What to do for a claimed stack run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Work {
    /// Run a slice of a frame.
    Frame,
    /// Make a queued call to a service.
    Call(Call),
}

/// A log line of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLog {
    /// Position among all lines that the run has logged, from 1; those that are not kept have theirs. The cursor of `/logs`.
    pub seq: u64,
    /// The frame that wrote it.
    pub frame: Path,
    /// The line.
    pub line: crate::LogLine,
}
