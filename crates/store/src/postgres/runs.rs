//! The records of runs.

use tasker_domain::{Run, RunId, RunStatus};
use uuid::Uuid;

use crate::page::page;
use crate::postgres::connection::{Call, Connection, params};
use crate::postgres::{Postgres, metering};
use crate::records::runs::{lane, read_progress, read_run, submitted_before, written};
use crate::records::slots::read_slot;
use crate::runs::Runs;
use crate::{NewRun, Page, Progress, Result, RunQuery, Slot, Submitted};

impl<C: Connection> Runs for Postgres<C> {
    fn submit(&self, run: &NewRun, now: i64) -> Result<Submitted> {
        let (terms, slot) = (&run.terms, run.terms.slot.as_ref());
        let params = params![
            run.id,
            run.frame,
            run.task.name.as_str(),
            run.task.version.as_str(),
            run.idempotency_key.as_deref(),
            terms.key_expires_at,
            run.input.as_str(),
            run.run_at,
            run.deadline,
            run.retry_of,
            run.schedule.as_deref(),
            terms.priority,
            lane(&run.task.name, terms.priority),
            terms.retention_ms,
            slot.map(|slot| slot.scope.as_str()),
            slot.map(|slot| slot.at_once),
            run.webhook.as_deref(),
            run.trace.map(|trace| trace.to_string()),
            written(&terms.retry)?,
            now,
        ];
        let Some(mut row) = self.connection.one("submit", params)? else {
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
