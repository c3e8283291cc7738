//! How long ended runs are kept.

use serde::Serialize;
use tasker_domain::RunId;

use crate::limits::ROWS_PURGED;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::records::retention::read_settings;
use crate::{Purge, Purged, Result, Retention, RunRemoved, TaskRef, TaskSettings};

/// What a version's code says of its runs, in the type `new_version`.
#[derive(Serialize)]
pub(super) struct Settings<'a> {
    retention_ms: Option<i64>,
    priority: Option<i32>,
    at_once: Option<u32>,
    at_once_per: Option<&'a str>,
    attempts: Option<u32>,
}

impl<'a> From<&'a TaskSettings> for Settings<'a> {
    fn from(settings: &'a TaskSettings) -> Self {
        let concurrency = settings.concurrency.as_ref();
        Self {
            retention_ms: settings.retention_ms,
            priority: settings.priority,
            at_once: concurrency.map(|limit| limit.at_once),
            at_once_per: concurrency.and_then(|limit| limit.per.as_deref()),
            attempts: settings.attempts,
        }
    }
}

impl<C: Connection> Purge for Postgres<C> {
    fn task_settings(&self, task: &TaskRef) -> Result<TaskSettings> {
        let version = params![task.name.as_str(), task.version.as_str()];
        let row = self.connection.one("task_settings", version)?;
        row.map_or_else(|| Ok(TaskSettings::default()), read_settings)
    }

    fn remove_run(&self, run: RunId) -> Result<RunRemoved> {
        let removed = self.connection.value("remove_run", params![run])?;
        Ok(match removed.opt_int()? {
            None => RunRemoved::NotFound,
            Some(0) => RunRemoved::Live,
            Some(_) => RunRemoved::Removed,
        })
    }

    fn purge(&self, retention: &Retention, limit: u32, now: i64) -> Result<Purged> {
        let (until, keep) = (retention.ended_until, retention.runs_per_task);
        let params = params![until, keep, limit, ROWS_PURGED, now];
        let mut row = self.connection.row("purge", params)?;
        Ok(Purged {
            runs: row.get("runs").number()?,
            more: row.get("more").boolean()?,
        })
    }

    /// The server's autovacuum sees to it.
    fn shrink(&self, _pages: u32) -> Result<u32> {
        Ok(0)
    }
}
