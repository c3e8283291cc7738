//! Putting right what lost workers left behind.

use crate::diagnosis::CLOCK_TOLERANCE_MS;
use crate::limits::DUE_COUNTED;
use crate::postgres::connection::{Call, Connection, params};
use crate::postgres::stop;
use crate::records::stop::executor_lost;
use crate::row::to_json;
use crate::{Result, SweepReport, SweepTerms};

pub(super) fn sweep<C: Connection>(db: &C, terms: &SweepTerms, now: i64) -> Result<SweepReport> {
    let lost = to_json(&executor_lost())?;
    let mut params = params![terms.max_attempts, terms.limit, now, lost, DUE_COUNTED].to_vec();
    params.extend(stop::times_up(terms.grace_ms, now)?);
    params.push((now + CLOCK_TOLERANCE_MS).into());
    let mut row = db.row("sweep", &params)?;
    Ok(SweepReport {
        reclaimed: row.number()?,
        failed: row.number()?,
        woken: row.number()?,
        expired: row.number()?,
        due: row.number()?,
        schedules_due: row.boolean()?,
        oldest: (row.opt_int()?, row.opt_int()?),
        key_expires: row.opt_int()?,
    })
}

pub(super) fn last_sweep<C: Connection>(db: &C) -> Result<i64> {
    Ok(db.value("last_sweep", params![])?.opt_int()?.unwrap_or(0))
}
