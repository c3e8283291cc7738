//! Beginning failed runs again.

use tasker_domain::figures::{Figures, Metric};
use tasker_domain::retry::RunRetry;
use tasker_domain::{ErrorValue, FailedAttempt, Lease, Path, RunId};

use crate::Result;
use crate::records::runs::lane;
use crate::row::to_json;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::metering;

/// One that is being stopped ends as that says.
const ATTEMPT: &str = "
    SELECT attempt, retry, deadline FROM task_runs
    WHERE id = ?1 AND retry IS NOT NULL AND stop_status IS NULL AND finished_at IS NULL";
const NEXT_ATTEMPT: &str = "
    UPDATE task_runs SET status = 'queued', attempt = attempt + 1, updated_at = ?3,
        failures = json_insert(coalesce(failures, '[]'), '$[#]', json(?2))
    WHERE id = ?1 RETURNING task_name, task_version, priority, paused_at IS NOT NULL AS is_paused, deadline";
/// It keeps its id and keeps counting leases, so that an older lease never holds again.
const NEXT_ROOT: &str = "
    INSERT INTO stack_runs
        (id, run_id, path, call_number, kind, status, run_after, created_at, updated_at,
         task_name, task_version, service, method, lane, expires_at, lease_token, paused)
    VALUES (?1, ?2, ?3, 0, 'frame', 'pending', ?4, ?5, ?5, ?6, ?7, 'tasks', '[\"execute\"]', ?8, ?9, ?10, ?11)";
const OFFER_EVENTS: &str = "UPDATE events SET is_taken = 0 WHERE run_id = ?1 AND is_taken = 1";
const FORGET_RECEIPTS: &str = "DELETE FROM event_receipts WHERE run_id = ?1";

/// A root frame that has failed, whose row is gone.
pub(super) struct FailedRoot<'a> {
    /// Its last lease.
    pub(super) lease: Lease,
    pub(super) run: RunId,
    /// When its first slice began, or when it was made if none did.
    pub(super) started_at: i64,
    pub(super) error: &'a ErrorValue,
}

/// Begins a run again, if its terms say so, within the caller's transaction; answers whether it did.
pub(super) fn begin_again<C: Connection>(
    db: &C,
    failed: &FailedRoot<'_>,
    now: i64,
) -> Result<bool> {
    let Some(mut row) = db.one(ATTEMPT, params![failed.run])? else {
        return Ok(false);
    };
    let (attempt, retry): (u32, RunRetry) =
        (row.get("attempt").number()?, row.get("retry").json()?);
    let deadline = row.get("deadline").opt_int()?;
    let next_at = retry
        .next(attempt, failed.error)
        .map(|pause| now.saturating_add(pause));
    // A run without time for another attempt ends with its own error, not with that of its time limit.
    let Some(next_at) = next_at.filter(|at| deadline.is_none_or(|deadline| *at < deadline)) else {
        return Ok(false);
    };
    let failure = FailedAttempt {
        attempt,
        started_at: failed.started_at,
        finished_at: now,
        next_at,
        error: failed.error.clone(),
    };
    let Some(mut row) = db.one(NEXT_ATTEMPT, params![failed.run, to_json(&failure)?, now])? else {
        return Ok(false);
    };
    let (task, version) = (
        row.get("task_name").text()?,
        row.get("task_version").text()?,
    );
    let (priority, paused): (i32, bool) = (
        row.get("priority").number()?,
        row.get("is_paused").boolean()?,
    );
    db.execute(
        NEXT_ROOT,
        params![
            failed.lease.id,
            failed.run,
            &Path::of_attempt(attempt.saturating_add(1)),
            next_at,
            now,
            task.as_str(),
            version,
            lane(&task, priority),
            row.get("deadline").opt_int()?,
            failed.lease.token.0,
            paused,
        ],
    )?;
    db.execute(OFFER_EVENTS, params![failed.run])?;
    db.execute(FORGET_RECEIPTS, params![failed.run])?;
    let mut figures = Figures::default();
    figures.count(Metric::RunRetry, "", 1);
    metering::add(db, &figures.take())?;
    Ok(true)
}
