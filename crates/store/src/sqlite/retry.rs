//! Beginning failed runs again.

use tasker_domain::figures::{Figures, Metric};
use tasker_domain::retry::RunRetry;
use tasker_domain::{ErrorValue, FailedAttempt, Lease, RunId};

use crate::Result;
use crate::portable::Database;
use crate::portable::retry::NEXT_ATTEMPT;
use crate::row::to_json;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::{Within, metering};

/// One that is being stopped ends as that says.
const ATTEMPT: &str = "
    SELECT attempt, retry, deadline FROM task_runs
    WHERE id = ?1 AND retry IS NOT NULL AND stop_status IS NULL AND finished_at IS NULL";

/// A root frame that has ended, whose row is gone.
pub(super) struct EndedRoot {
    /// Its last lease.
    pub(super) lease: Lease,
    pub(super) run: RunId,
    pub(super) lane: String,
    /// When its first slice began, or when it was made if none did.
    pub(super) started_at: i64,
}

/// Begins a run again whose root frame has failed, if its terms say so, within the caller's transaction; answers whether
/// it did.
pub(super) fn begin_again<C: Connection>(
    db: &C,
    root: &EndedRoot,
    error: &ErrorValue,
    now: i64,
) -> Result<bool> {
    let Some(mut row) = db.one(ATTEMPT, params![root.run])? else {
        return Ok(false);
    };
    let (attempt, retry): (u32, RunRetry) =
        (row.get("attempt").number()?, row.get("retry").json()?);
    let deadline = row.get("deadline").opt_int()?;
    let Some(next_at) = retry.next_at(attempt, error, deadline, now) else {
        return Ok(false);
    };
    let failure = FailedAttempt {
        attempt,
        started_at: root.started_at,
        finished_at: now,
        next_at,
        error: error.clone(),
    };
    let next = [
        root.run.into(),
        now.into(),
        to_json(&failure)?.into(),
        root.lease.id.into(),
        root.lane.as_str().into(),
        next_at.into(),
        root.lease.token.0.into(),
    ];
    Within(db).apply(&NEXT_ATTEMPT, &next)?;
    let mut figures = Figures::default();
    figures.count(Metric::RunRetry, "", 1);
    metering::add(db, &figures.take())?;
    Ok(true)
}
