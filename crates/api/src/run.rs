//! Runs.

use serde::{Deserialize, Serialize};
use tasker_domain::webhook::Webhook;
use tasker_domain::{ErrorValue, RunId, RunStatus, StopCause};
use utoipa::ToSchema;

use crate::{
    FailedAttempt, JournalEntry, LogEntry, RawJson, RetryRun, StackEntry, Timestamp,
    WantedPublicToken, schema,
};

/// `POST /tasks`: runs a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubmitRun {
    /// The task to run, at its current version.
    #[schema(example = "nested-calls-test")]
    pub task_name: String,
    /// What the task is given; an empty object if absent.
    #[serde(default = "RawJson::empty_object")]
    #[schema(required = false)]
    pub input: RawJson,
    /// Submitting again with the same key gives the same run. May come as the header
    /// `Idempotency-Key` instead. 1 to 200 visible ASCII characters, not beginning with `task:` or
    /// `token:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// When the run is to begin, at most five years ahead; at once if absent or past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_at: Option<Timestamp>,
    /// In how many milliseconds the run is to begin, instead of `runAt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub delay_ms: Option<i64>,
    /// The run is stopped if it has not ended this many milliseconds after it was to begin: at most five
    /// years. Goes before the task's `@timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub timeout_ms: Option<i64>,
    /// -100 to 100: runs of a greater one begin first; absent: what the task's `@priority` says, or 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -100, maximum = 100)]
    pub priority: Option<i64>,
    /// How the run is begun again should it fail, whatever it fails with; absent: what the task's `@retry`
    /// says, or else after faults of the machinery alone, as the app's `run_attempts` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryRun>,
    /// At most as many runs of the task with this key go on at once as its `@concurrency` says; absent:
    /// the value at the path that `@concurrency` names, if it does. 1 to 200 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency_key: Option<String>,
    /// Words by which the run is found: at most 20, each of 1 to 100 letters, digits and `-_.:/@=`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who is told when the run ends; the app's `webhook_url` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookTarget>,
    /// The answer is to have a public token that reads the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_token: Option<WantedPublicToken>,
}

impl SubmitRun {
    /// A run without a wish.
    #[must_use]
    pub fn of(task_name: String, input: RawJson) -> Self {
        Self {
            task_name,
            input,
            idempotency_key: None,
            run_at: None,
            delay_ms: None,
            timeout_ms: None,
            priority: None,
            retry: None,
            concurrency_key: None,
            tags: Vec::new(),
            webhook: None,
            public_token: None,
        }
    }
}

/// Who is told when a run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookTarget {
    /// A URL of a host that `webhook_hosts` allows.
    pub url: String,
}

/// A run's webhook, and whether it was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookView {
    /// The URL, without its query.
    pub url: String,
    /// `waiting` for the run's end, `pending`, `delivered`, or `failed` for good.
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    #[schema(required = true)]
    pub next_at: Option<Timestamp>,
    /// When it was taken.
    #[schema(required = true)]
    pub delivered_at: Option<Timestamp>,
    /// Why the last attempt failed.
    #[schema(required = true)]
    pub error: Option<String>,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        let url = webhook.url.split(['?', '#']).next().unwrap_or_default();
        Self {
            url: url.to_owned(),
            state: webhook.state.to_string(),
            attempts: webhook.attempts,
            next_at: webhook.next_at.map(Timestamp::from_millis),
            delivered_at: webhook.delivered_at.map(Timestamp::from_millis),
            error: webhook.error,
        }
    }
}

/// The answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Submitted {
    /// The run.
    #[schema(schema_with = schema::id)]
    pub task_run_id: RunId,
    /// `queued`, or where an earlier run of the same idempotency key is.
    #[schema(schema_with = schema::run_status)]
    pub status: RunStatus,
    /// Reads the run until it expires; absent if it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_token: Option<String>,
}

/// `POST /runs/{id}/cancel`: how a run is cancelled. The body may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelRun {
    /// Why; at most 1,000 characters. Kept with the run, and told to its tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who asks for it, in their own words; at most 200 characters. Kept with the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Ends the run at once: its tasks cannot clean up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub force: bool,
}

/// The answer to a cancellation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cancelled {
    /// The run.
    #[schema(schema_with = schema::id)]
    pub task_run_id: RunId,
    /// `cancelled` if it has ended; else where it is while its tasks clean up.
    #[schema(schema_with = schema::run_status)]
    pub status: RunStatus,
    /// When it ends at the latest; `null` if it has ended.
    #[schema(required = true)]
    pub grace_until: Option<Timestamp>,
}

/// Why a run is being stopped, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunStop {
    /// `cancel` if someone asked for it, `timeout` if its time was up.
    #[schema(schema_with = schema::stop_cause)]
    pub cause: StopCause,
    /// Why, in the words of whoever asked for it.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// Who asked for it, in their own words.
    #[schema(required = true)]
    pub by: Option<String>,
    /// When it began.
    pub at: Timestamp,
    /// The run's tasks may clean up until then.
    pub grace_until: Timestamp,
}

/// An error as JavaScript sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskError {
    /// The class of the error, such as `TypeError`.
    pub name: String,
    /// What went wrong.
    pub message: String,
    /// A stable code of Tasker's or of a service; absent for an author's own exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Where it was thrown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// HTTP status of an upstream's answer, for errors of services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of an upstream's answer, cut to a bound: JSON, or a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RawJson>)]
    pub body: Option<RawJson>,
    /// How often the call was tried, if more than once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
}

impl From<ErrorValue> for TaskError {
    fn from(error: ErrorValue) -> Self {
        let ErrorValue {
            name,
            message,
            code,
            stack,
            status,
            body,
            attempts,
            ..
        } = error;
        Self {
            name,
            message,
            code,
            stack,
            status,
            body: body.and_then(|body| RawJson::parse(body).ok()),
            attempts,
        }
    }
}

/// The data of a `tags` event: the run has tags, or has got more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunTags {
    /// All of them, in their order.
    pub tags: Vec<String>,
}

/// How far the tasks of a run say that it is: what they have said last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunProgress {
    /// What was said: any JSON of at most 4 KiB.
    pub value: RawJson,
    /// When it was said, by the task's clock.
    pub at: Timestamp,
}

/// `GET /tasks/status/{taskRunId}` and `GET /runs/{id}`: a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its id.
    #[schema(schema_with = schema::id)]
    pub task_run_id: RunId,
    /// The task that it runs.
    pub task_name: String,
    /// The version that it began with and keeps.
    pub version: String,
    /// Where it is.
    #[schema(schema_with = schema::run_status)]
    pub status: RunStatus,
    /// What it was given.
    pub input: RawJson,
    /// Its result; `null` unless it completed.
    #[schema(required = true, value_type = RawJson)]
    pub result: Option<RawJson>,
    /// Why it ended; `null` unless it failed or was cancelled.
    #[schema(required = true)]
    pub error: Option<TaskError>,
    /// The idempotency key that it was submitted with.
    #[schema(required = true)]
    pub idempotency_key: Option<String>,
    /// When it is to begin; `null` if it was not submitted for later.
    #[schema(required = true)]
    pub run_at: Option<Timestamp>,
    /// Which attempt this is, from 1: a run that fails may be begun again from its start.
    pub attempt: u32,
    /// Its attempts before this one; absent if there was none. Those in the journal and the log whose frame
    /// begins with `0` are of the first attempt, with `1` of the second, and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailedAttempt>,
    /// The ended run that it was made of, to run it again.
    #[schema(required = true, schema_with = schema::id_or_null)]
    pub retry_of: Option<RunId>,
    /// When it is stopped if it has not ended by then.
    #[schema(required = true)]
    pub deadline: Option<Timestamp>,
    /// Why it is being stopped, or was; `null` if nobody asked for that.
    #[schema(required = true)]
    pub stop: Option<RunStop>,
    /// The schedule that made it, for the moment `runAt`; `null` if it was submitted.
    #[schema(required = true)]
    pub schedule: Option<String>,
    /// -100 to 100: runs of a greater one begin first.
    #[serde(default)]
    pub priority: i32,
    /// Whether it waits for another run to end, because no more may go on at once.
    #[serde(default)]
    pub held: bool,
    /// Its span in its trace, a W3C `traceparent`: that of the header of the submission, or a trace
    /// whose id is the run's.
    pub traceparent: String,
    /// How far its tasks say that it is, by `tools.progress`; absent if they have not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<RunProgress>,
    /// Its tags, in their order; absent if it has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Who is told of its end; absent if nobody is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookView>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When its record last changed.
    pub updated_at: Timestamp,
    /// When its first slice began.
    #[schema(required = true)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(required = true)]
    pub finished_at: Option<Timestamp>,
}

/// A run in a list: without its input and result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    /// Its id.
    #[schema(schema_with = schema::id)]
    pub task_run_id: RunId,
    /// The task that it runs.
    pub task_name: String,
    /// The version that it began with and keeps.
    pub version: String,
    /// Where it is.
    #[schema(schema_with = schema::run_status)]
    pub status: RunStatus,
    /// Why it ended; `null` unless it failed or was cancelled.
    #[schema(required = true)]
    pub error: Option<TaskError>,
    /// How far its tasks say that it is, by `tools.progress`; absent if they have not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<RunProgress>,
    /// Its tags, in their order; absent if it has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When its record last changed.
    pub updated_at: Timestamp,
    /// When its first slice began.
    #[schema(required = true)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(required = true)]
    pub finished_at: Option<Timestamp>,
}

/// `GET /runs/{id}/export`: a run's whole history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunExport {
    /// When it was exported.
    pub exported_at: Timestamp,
    /// The run.
    pub run: Run,
    /// Its settled calls, in the order in which they settled.
    pub journal: Vec<JournalEntry>,
    /// Its log.
    pub logs: Vec<LogEntry>,
    /// What of it is alive; nothing once it has ended.
    pub stack: Vec<StackEntry>,
}
