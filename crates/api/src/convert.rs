//! Records as the API shows them.

use tasker_domain as domain;
use tasker_domain::reach::Reach;
use tasker_domain::trace::TraceParent;
use tasker_domain::webhook::Webhook;

use crate::{
    FailedAttempt, JournalEntry, LogEntry, PendingCall, RawJson, Run, RunProgress, RunSettings,
    RunStop, RunSummary, StackEntry, StackKind, StackSnapshot, Task, TaskSummary, Timestamp,
    WebhookView,
};

/// Stored text that should be JSON and is not.
type Result<T> = serde_json::Result<T>;

impl Run {
    /// A run and the webhook that it tells, if any.
    ///
    /// # Errors
    /// If a stored value is not JSON.
    pub fn of(run: domain::Run, webhook: Option<Webhook>) -> Result<Self> {
        Ok(Self {
            task_run_id: run.id,
            task_name: run.task,
            version: run.version,
            status: run.status,
            input: RawJson::parse(run.input)?,
            result: run.result.map(RawJson::parse).transpose()?,
            error: run.error.map(Into::into),
            idempotency_key: run.idempotency_key,
            run_at: run.run_at.map(Timestamp::from_millis),
            attempt: run.attempt,
            failures: run.failures.into_iter().map(Into::into).collect(),
            retry_of: run.retry_of,
            deadline: run.deadline.map(Timestamp::from_millis),
            stop: run.stop.map(Into::into),
            schedule: run.schedule,
            priority: run.priority,
            held: run.held,
            progress: run.progress.map(TryInto::try_into).transpose()?,
            tags: run.tags,
            webhook: webhook.map(WebhookView::from),
            traceparent: run
                .trace
                .unwrap_or_else(|| TraceParent::of_run(run.id))
                .to_string(),
            created_at: Timestamp::from_millis(run.created_at),
            updated_at: Timestamp::from_millis(run.updated_at),
            started_at: run.started_at.map(Timestamp::from_millis),
            finished_at: run.finished_at.map(Timestamp::from_millis),
        })
    }
}

impl From<domain::Stop> for RunStop {
    fn from(stop: domain::Stop) -> Self {
        Self {
            cause: stop.cause,
            reason: stop.reason,
            by: stop.by,
            at: Timestamp::from_millis(stop.at),
            grace_until: Timestamp::from_millis(stop.grace_until),
        }
    }
}

impl TryFrom<domain::Progress> for RunProgress {
    type Error = serde_json::Error;

    fn try_from(progress: domain::Progress) -> Result<Self> {
        Ok(Self {
            value: RawJson::parse(progress.value)?,
            at: Timestamp::from_millis(progress.at),
        })
    }
}

impl From<domain::Run> for RunSummary {
    fn from(run: domain::Run) -> Self {
        Self {
            progress: run.progress.and_then(|progress| progress.try_into().ok()),
            tags: run.tags,
            task_run_id: run.id,
            task_name: run.task,
            version: run.version,
            status: run.status,
            error: run.error.map(Into::into),
            created_at: Timestamp::from_millis(run.created_at),
            updated_at: Timestamp::from_millis(run.updated_at),
            started_at: run.started_at.map(Timestamp::from_millis),
            finished_at: run.finished_at.map(Timestamp::from_millis),
        }
    }
}

impl TryFrom<domain::TaskFunction> for TaskSummary {
    type Error = serde_json::Error;

    fn try_from(task: domain::TaskFunction) -> Result<Self> {
        Ok(Self {
            name: task.name,
            version: task.version,
            description: task.description,
            input_schema: task.input_schema.map(RawJson::parse).transpose()?,
            created_at: Timestamp::from_millis(task.created_at),
        })
    }
}

impl TryFrom<(domain::TaskFunction, Option<Vec<String>>, Reach)> for Task {
    type Error = serde_json::Error;

    /// The task with its grants and what it may reach. Of what its code says of its runs, only the time limit is with it.
    fn try_from(
        (task, keystore, reach): (domain::TaskFunction, Option<Vec<String>>, Reach),
    ) -> Result<Self> {
        Ok(Self {
            keystore,
            calls: reach.calls,
            hears: reach.hears,
            name: task.name,
            version: task.version,
            description: task.description,
            input_schema: task.input_schema.map(RawJson::parse).transpose()?,
            settings: RunSettings {
                timeout_ms: task.timeout_ms,
                ..RunSettings::default()
            },
            created_at: Timestamp::from_millis(task.created_at),
            code: task.code,
            modules: serde_json::from_str(&task.modules)?,
        })
    }
}

impl TryFrom<domain::JournalEntry> for JournalEntry {
    type Error = serde_json::Error;

    fn try_from(entry: domain::JournalEntry) -> Result<Self> {
        let (result, error) = match entry.outcome {
            Ok(value) => (Some(RawJson::parse(entry.call.shown_result(value))?), None),
            Err(error) => (None, Some(error.into())),
        };
        let args = RawJson::parse(entry.call.shown_args())?;
        Ok(Self {
            frame: entry.frame.to_string(),
            call: entry.call.number,
            position: entry.position,
            service: entry.call.service,
            method: entry.call.method,
            args,
            result,
            error,
            attempts: entry.attempts,
            failures: entry.failures.into_iter().map(Into::into).collect(),
            options: entry.call.options.map(RawJson::parse).transpose()?,
            started_at: Timestamp::from_millis(entry.started_at),
            finished_at: Timestamp::from_millis(entry.finished_at),
        })
    }
}

impl From<domain::FailedAttempt> for FailedAttempt {
    fn from(failed: domain::FailedAttempt) -> Self {
        Self {
            attempt: failed.attempt,
            started_at: Timestamp::from_millis(failed.started_at),
            finished_at: Timestamp::from_millis(failed.finished_at),
            next_at: Timestamp::from_millis(failed.next_at),
            error: failed.error.into(),
        }
    }
}

impl LogEntry {
    /// A line, for someone who has seen the log up to the line with the number `seen`.
    #[must_use]
    pub fn after(seen: u64, log: domain::RunLog) -> Self {
        Self {
            seq: log.seq,
            not_kept: log.seq.saturating_sub(seen.saturating_add(1)),
            frame: log.frame.to_string(),
            at: Timestamp::from_millis(log.line.at),
            level: log.line.level,
            message: log.line.message,
        }
    }

    /// Lines that follow each other, for someone who has seen the log up to the line with the number `seen`.
    pub fn list(
        mut seen: u64,
        lines: impl IntoIterator<Item = domain::RunLog>,
    ) -> impl Iterator<Item = Self> {
        lines.into_iter().map(move |line| {
            let before = std::mem::replace(&mut seen, line.seq);
            Self::after(before, line)
        })
    }
}

impl StackEntry {
    /// The stack runs of a run. Those that a frame waits for are also listed with it.
    ///
    /// # Errors
    /// If stored arguments are not JSON.
    pub fn list(stack: Vec<domain::StackRun>) -> Result<Vec<Self>> {
        let mut waiting: std::collections::HashMap<domain::Path, Vec<PendingCall>> =
            Default::default();
        for row in &stack {
            if let Some(parent) = row.path.parent() {
                waiting.entry(parent).or_default().push(PendingCall {
                    call: row.call.number,
                    service: row.call.service.clone(),
                    method: row.call.method.clone(),
                    status: row.status,
                    attempt: row.attempt,
                });
            }
        }
        stack
            .into_iter()
            .map(|row| {
                let kind = if row.call.is_nested_task() {
                    StackKind::Frame
                } else {
                    StackKind::Call
                };
                let mut pending_calls = waiting.remove(&row.path).unwrap_or_default();
                pending_calls.sort_by_key(|call| call.call);
                let args = RawJson::parse(row.call.shown_args())?;
                Ok(Self {
                    id: row.id,
                    path: row.path.to_string(),
                    kind,
                    service: row.call.service,
                    method: row.call.method,
                    args,
                    status: row.status,
                    attempt: row.attempt,
                    failures: row.failures.into_iter().map(Into::into).collect(),
                    options: row.call.options.map(RawJson::parse).transpose()?,
                    run_after: Timestamp::from_millis(row.run_after),
                    lease_expires_at: row.lease_expires_at.map(Timestamp::from_millis),
                    expires_at: row.expires_at.map(Timestamp::from_millis),
                    created_at: Timestamp::from_millis(row.created_at),
                    updated_at: Timestamp::from_millis(row.updated_at),
                    snapshot: row.snapshot.map(|snapshot| StackSnapshot {
                        snapshot_bytes: snapshot.bytes,
                        snapshot_raw_bytes: snapshot.raw_bytes,
                        engine: snapshot.engine,
                        journal_position: snapshot.position,
                    }),
                    pending_calls,
                })
            })
            .collect()
    }
}
