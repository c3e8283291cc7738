//! Putting right what lost workers left behind.

use crate::diagnosis::CLOCK_TOLERANCE_MS;
use crate::limits::DUE_COUNTED;
use crate::postgres::connection::{Call, Connection, params};
use crate::postgres::{Postgres, stop};
use crate::records::stop::executor_lost;
use crate::row::to_json;
use crate::sweep::Sweeping;
use crate::{Result, SweepReport, SweepTerms};

impl<C: Connection> Sweeping for Postgres<C> {
    fn sweep(&self, terms: &SweepTerms, now: i64) -> Result<SweepReport> {
        let lost = to_json(&executor_lost())?;
        let [call, run] = stop::times_up(terms.grace_ms, now)?;
        let params = params![
            terms.max_attempts,
            terms.limit,
            now,
            lost,
            DUE_COUNTED,
            call,
            run,
            now + CLOCK_TOLERANCE_MS,
        ];
        let mut row = self.connection.row("sweep", params)?;
        Ok(SweepReport {
            reclaimed: row.get("reclaimed").number()?,
            failed: row.get("failed").number()?,
            woken: row.get("woken").number()?,
            expired: row.get("expired").number()?,
            due: row.get("due").number()?,
            schedules_due: row.get("schedules_due").boolean()?,
            oldest: (
                row.get("oldest_ended").opt_int()?,
                row.get("oldest_expired").opt_int()?,
            ),
            key_expires: row.get("key_expires").opt_int()?,
        })
    }

    fn last_sweep(&self) -> Result<i64> {
        Ok(self
            .connection
            .value("last_sweep", params![])?
            .opt_int()?
            .unwrap_or(0))
    }
}
