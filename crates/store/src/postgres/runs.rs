//! The records of runs.

use serde::Serialize;
use tasker_domain::{Run, RunId, RunStatus, StackRunId};
use uuid::Uuid;

use crate::page::page;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::postgres::{Postgres, metering};
use crate::records::runs::{lane, read_progress, read_run, submitted_before, written};
use crate::records::slots::read_slot;
use crate::runs::Runs;
use crate::{NewRun, Page, Progress, Result, RunQuery, Slot, Submitted};

/// A run as the functions take it: the type `new_run`.
#[derive(Serialize)]
pub(super) struct RunToMake<'a> {
    pub(super) id: RunId,
    pub(super) frame: StackRunId,
    pub(super) task: &'a str,
    pub(super) version: &'a str,
    pub(super) idempotency_key: Option<&'a str>,
    pub(super) key_expires_at: i64,
    pub(super) input: Option<&'a str>,
    pub(super) run_at: Option<i64>,
    pub(super) deadline: Option<i64>,
    pub(super) retry_of: Option<RunId>,
    pub(super) schedule: Option<&'a str>,
    pub(super) priority: i32,
    pub(super) lane: String,
    pub(super) retention_ms: Option<i64>,
    pub(super) slot_scope: Option<&'a str>,
    pub(super) slot_limit: Option<u32>,
    pub(super) webhook: Option<&'a str>,
    pub(super) trace: Option<String>,
    pub(super) retry: Option<String>,
    pub(super) versions_of: Option<RunId>,
}

impl<'a> RunToMake<'a> {
    fn of(run: &'a NewRun) -> Result<Self> {
        let (terms, slot) = (&run.terms, run.terms.slot.as_ref());
        Ok(Self {
            id: run.id,
            frame: run.frame,
            task: &run.task.name,
            version: &run.task.version,
            idempotency_key: run.idempotency_key.as_deref(),
            key_expires_at: terms.key_expires_at,
            input: Some(&run.input),
            run_at: run.run_at,
            deadline: run.deadline,
            retry_of: run.retry_of,
            schedule: run.schedule.as_deref(),
            priority: terms.priority,
            lane: lane(&run.task.name, terms.priority),
            retention_ms: terms.retention_ms,
            slot_scope: slot.map(|slot| slot.scope.as_str()),
            slot_limit: slot.map(|slot| slot.at_once),
            webhook: run.webhook.as_deref(),
            trace: run.trace.map(|trace| trace.to_string()),
            retry: written(&terms.retry)?,
            versions_of: terms.versions_of,
        })
    }
}

impl<C: Connection> Runs for Postgres<C> {
    fn submit(&self, run: &NewRun, now: i64) -> Result<Submitted> {
        let made = RunToMake::of(run)?;
        let Some(mut row) = self.connection.one("submit", params![json(&made)?, now])? else {
            return Ok(Submitted::Created);
        };
        let owner = row.get("owner").parsed()?;
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

    fn progress(&self, id: RunId) -> Result<Option<Progress>> {
        self.connection
            .one("progress", params![id])?
            .map(read_progress)
            .transpose()
    }

    fn runs(&self, query: &RunQuery) -> Result<Page<Run>> {
        let before = query.before.unwrap_or(RunId(Uuid::max()));
        let status = query.filter.status.map(RunStatus::as_str);
        let task = query.filter.task.as_deref();
        page(query.limit, |limit| {
            self.connection
                .call(
                    "runs",
                    params![before, limit, status, task, query.filter.live],
                )?
                .into_iter()
                .map(read_run)
                .collect()
        })
    }

    fn slot(&self, run: RunId) -> Result<Option<Slot>> {
        self.connection
            .one("slot", params![run])?
            .map(read_slot)
            .transpose()
    }

    fn count_runs(&self) -> Result<Vec<(RunStatus, u64)>> {
        metering::count(&self.connection)
    }
}
