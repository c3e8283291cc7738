//! How long ended runs are kept.

use tasker_domain::RunId;

use crate::limits::ROWS_PURGED;
use crate::portable;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::{Purge, Purged, Result, Retention, RunRemoved};

impl<C: Connection> Purge for Postgres<C> {
    fn remove_run(&self, run: RunId) -> Result<RunRemoved> {
        portable::runs::remove_run(self, run)
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
