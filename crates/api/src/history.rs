//! What a run did and what of it is alive.

use serde::{Deserialize, Serialize};
use tasker_domain::{LogLevel, StackRunId, StackStatus};
use utoipa::ToSchema;

use crate::{RawJson, TaskError, Timestamp, schema};

/// A settled call in `GET /runs/{id}/journal`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// The frame that made the call: `0` is the root, `0.3` the nested task that is its call 3.
    pub frame: String,
    /// The call's number in the frame, from 1, in the order of issue.
    pub call: u32,
    /// The order in which the frame saw it settle, from 1; `null` until the frame has seen it.
    #[schema(required = true)]
    pub position: Option<u32>,
    /// The service; `tasks` for a nested task.
    pub service: String,
    /// The method path after the service.
    pub method: Vec<String>,
    /// The arguments: an array.
    #[schema(value_type = Vec<RawJson>)]
    pub args: RawJson,
    /// What came back; `null` if it failed.
    #[schema(required = true, value_type = RawJson)]
    pub result: Option<RawJson>,
    /// How it failed; `null` if it worked.
    #[schema(required = true)]
    pub error: Option<TaskError>,
    /// How often it was tried.
    pub attempts: u32,
    /// The attempts that failed and were followed by another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub failures: Vec<FailedAttempt>,
    /// What the task said about the call by `tools.with`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RawJson>)]
    pub options: Option<RawJson>,
    /// When it was first made.
    pub started_at: Timestamp,
    /// When it settled.
    pub finished_at: Timestamp,
}

/// An attempt of a call or a run that failed and was followed by another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedAttempt {
    /// Its number, from 1.
    pub attempt: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When it failed.
    pub finished_at: Timestamp,
    /// When the next one was due.
    pub next_at: Timestamp,
    /// How it failed.
    pub error: TaskError,
}

/// Whether a stack run is a frame or a queued call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum StackKind {
    /// A running task: the root, or a nested one.
    Frame,
    /// A call to a service.
    Call,
}

/// A stack run in `GET /runs/{id}/stack`: a frame or a queued call that is alive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StackEntry {
    /// Its id.
    #[schema(schema_with = schema::id)]
    pub id: StackRunId,
    /// Where it stands in the run: the call numbers from the root down, as in `0.3.12`.
    pub path: String,
    /// What it is.
    pub kind: StackKind,
    /// The service; `tasks` for a frame.
    pub service: String,
    /// The method path after the service; `["execute"]` for a frame.
    pub method: Vec<String>,
    /// The arguments: an array; for a frame the task's name and its input.
    #[schema(value_type = Vec<RawJson>)]
    pub args: RawJson,
    /// Where it is.
    #[schema(schema_with = schema::stack_status)]
    pub status: StackStatus,
    /// How often its executor was lost or its call failed.
    pub attempt: u32,
    /// The attempts of a call that have failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub failures: Vec<FailedAttempt>,
    /// What the task said about a call by `tools.with`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RawJson>)]
    pub options: Option<RawJson>,
    /// It does not go on before this moment.
    pub run_after: Timestamp,
    /// When its lease expires; only while processing.
    #[schema(required = true)]
    pub lease_expires_at: Option<Timestamp>,
    /// When its time is up: a call fails then; a run is stopped, or ends if it is being stopped.
    #[schema(required = true)]
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The stored state of a frame that has slept.
    #[serde(flatten)]
    #[schema(value_type = StackSnapshot)]
    pub snapshot: Option<StackSnapshot>,
    /// The calls that a frame waits for and that have a row of their own.
    pub pending_calls: Vec<PendingCall>,
}

/// The stored state of a frame. Its members stand in the stack run itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StackSnapshot {
    /// Size as stored.
    #[schema(required = false)]
    pub snapshot_bytes: u64,
    /// Size before compression.
    #[schema(required = false)]
    pub snapshot_raw_bytes: u64,
    /// The engine that made it and that alone can restore it.
    #[schema(required = false)]
    pub engine: String,
    /// The journal position at which it was taken.
    #[schema(required = false)]
    pub journal_position: u32,
}

/// A call that a frame waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PendingCall {
    /// Its number in the frame.
    pub call: u32,
    /// The service; `tasks` for a nested task.
    pub service: String,
    /// The method path after the service.
    pub method: Vec<String>,
    /// Where it is.
    #[schema(schema_with = schema::stack_status)]
    pub status: StackStatus,
    /// How often its executor was lost or it failed.
    pub attempt: u32,
}

/// A line in `GET /runs/{id}/logs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LogEntry {
    /// Its position among all lines that the run has logged, from 1. As `cursor` it asks for the lines after this one.
    pub seq: u64,
    /// How many lines between the one before it, or the cursor, and this one are not kept; absent if none is missing.
    /// Of a log that is too long the first and the newest lines are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schema(required = false)]
    pub not_kept: u64,
    /// The frame that wrote it.
    pub frame: String,
    /// When, by the frame's own clock, which stands still between two calls.
    pub at: Timestamp,
    /// Severity.
    #[schema(schema_with = schema::log_level)]
    pub level: LogLevel,
    /// The text.
    pub message: String,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
