//! The records of runs.

use serde::Serialize;
use tasker_domain::{Progress, Run, RunId, RunStatus, StackRunId};
use uuid::Uuid;

use crate::page::page;
use crate::portable;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::records::metering::by_status;
use crate::records::runs::{lane, read_mark, read_run, submitted_before, written, written_tags};
use crate::runs::Runs;
use crate::{ConcurrencyLimit, Mark, Metrics, NewRun, Page, Result, RunQuery, Submitted, Tagged};

/// A run as the functions take it: the type `new_run`.
#[derive(Serialize)]
pub(super) struct RunToMake<'a> {
    id: RunId,
    frame: StackRunId,
    task: &'a str,
    version: &'a str,
    idempotency_key: Option<&'a str>,
    key_expires_at: i64,
    input: &'a str,
    run_at: Option<i64>,
    deadline: Option<i64>,
    retry_of: Option<RunId>,
    schedule: Option<&'a str>,
    priority: i32,
    lane: String,
    retention_ms: Option<i64>,
    slot_scope: Option<&'a str>,
    slot_limit: Option<u32>,
    webhook: Option<&'a str>,
    trace: Option<String>,
    retry: Option<String>,
    versions_of: Option<RunId>,
    starter: Option<RunId>,
    starts_max: Option<u32>,
    tags: Option<String>,
}

impl<'a> RunToMake<'a> {
    pub(super) fn of(run: &'a NewRun) -> Result<Self> {
        let (terms, limit) = (&run.terms, run.terms.concurrency.as_ref());
        let starter = terms.starter.as_ref();
        Ok(Self {
            id: run.id,
            frame: run.frame,
            task: &run.task.name,
            version: &run.task.version,
            idempotency_key: run.idempotency_key.as_deref(),
            key_expires_at: terms.key_expires_at,
            input: &run.input,
            run_at: run.run_at,
            deadline: run.deadline,
            retry_of: run.retry_of,
            schedule: run.schedule.as_deref(),
            priority: terms.priority,
            lane: lane(&run.task.name, terms.priority),
            retention_ms: terms.retention_ms,
            slot_scope: limit.map(|limit| limit.scope.as_str()),
            slot_limit: limit.map(|limit| limit.at_once),
            webhook: run.webhook.as_deref(),
            trace: run.trace.map(|trace| trace.to_string()),
            retry: written(&terms.retry)?,
            versions_of: terms.versions_of,
            starter: starter.map(|starter| starter.run),
            starts_max: starter.map(|starter| starter.at_most),
            tags: written_tags(&run.tags)?,
        })
    }
}

impl<C: Connection> Runs for Postgres<C> {
    fn submit(&self, run: &NewRun, now: i64) -> Result<Submitted> {
        let made = RunToMake::of(run)?;
        let Some(mut row) = self.connection.one("submit", params![json(&made)?, now])? else {
            return Ok(Submitted::Created);
        };
        let Some(owner) = row.get("owner").opt_parsed()? else {
            return Ok(Submitted::TooMany);
        };
        // The key outlives a run that was deleted.
        if !row.get("is_there").boolean()? {
            return Ok(Submitted::Conflict(owner));
        }
        Ok(submitted_before(read_run(row)?, run))
    }

    fn run(&self, id: RunId) -> Result<Option<Run>> {
        self.connection
            .one("run", params![id])?
            .map(read_run)
            .transpose()
    }

    fn mark(&self, id: RunId) -> Result<Option<Mark>> {
        self.connection
            .one("mark", params![id])?
            .map(read_mark)
            .transpose()
    }

    fn runs(&self, query: &RunQuery) -> Result<Page<Run>> {
        let before = query.before.unwrap_or(RunId(Uuid::max()));
        let status = query.filter.status.map(RunStatus::as_str);
        let (task, tag) = (query.filter.task.as_deref(), query.filter.tag.as_deref());
        page(query.limit, |limit| {
            self.connection
                .call(
                    "runs",
                    params![before, limit, status, task, query.filter.live, tag],
                )?
                .into_iter()
                .map(read_run)
                .collect()
        })
    }

    fn run_progress(&self, id: RunId) -> Result<Option<(u64, Progress)>> {
        portable::runs::progress(self, id)
    }

    fn tag(&self, id: RunId, tags: &[String], now: i64) -> Result<Option<Tagged>> {
        portable::runs::tag(self, id, tags, now)
    }

    fn tags(&self, id: RunId) -> Result<Option<Vec<String>>> {
        portable::runs::tags(self, id)
    }

    fn concurrency_limit(&self, run: RunId) -> Result<Option<ConcurrencyLimit>> {
        portable::runs::concurrency_limit(self, run)
    }

    fn count_runs(&self) -> Result<Vec<(RunStatus, u64)>> {
        self.count_runs_by_task().map(by_status)
    }
}
