//! Failed attempts of calls.

use tasker_domain::{Lease, Path, RunId};

use crate::row::to_json;
use crate::sqlite::connection::{Connection, params};
use crate::{Child, Failure, Result};

/// Under the lease of a queued call, whose row counts the failure after this.
const ADD: &str = "
    INSERT INTO call_attempts (run_id, path, attempt, started_at, finished_at, next_at, error)
    SELECT run_id, path, attempt + 1, ?3, ?4, ?5, ?6 FROM stack_runs
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' AND kind = 'call'
    ON CONFLICT DO NOTHING";
const ADD_FIRST: &str = "
    INSERT INTO call_attempts (run_id, path, attempt, started_at, finished_at, next_at, error)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO NOTHING";

/// Records a failed attempt of a leased call that is tried again at `next_at`.
pub(super) fn add<C: Connection>(
    db: &C,
    lease: Lease,
    failure: &Failure,
    next_at: i64,
    now: i64,
) -> Result<()> {
    let error = to_json(&failure.error)?;
    db.execute(
        ADD,
        params![
            lease.id,
            lease.token.0,
            failure.started_at,
            now,
            next_at,
            error
        ],
    )?;
    Ok(())
}

/// Records the failed attempts of calls that become rows.
pub(super) fn add_first<C: Connection>(
    db: &C,
    run: RunId,
    frame: &Path,
    made: &[&Child],
) -> Result<()> {
    for child in made {
        let path = frame.call(child.call.number);
        for failed in &child.failures {
            db.execute(
                ADD_FIRST,
                params![
                    run,
                    &path,
                    failed.attempt,
                    failed.started_at,
                    failed.finished_at,
                    failed.next_at,
                    to_json(&failed.error)?
                ],
            )?;
        }
    }
    Ok(())
}
