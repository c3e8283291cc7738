//! Putting right what lost workers left behind.

use tasker_domain::{ErrorCode, ErrorValue, StackRunId};

use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::frames::has_unseen;
use crate::sqlite::row::to_json;
use crate::sqlite::{finish, queue};
use crate::{Result, SweepReport};

const RECLAIM: &str = "
    UPDATE stack_runs SET status = 'pending', attempt = attempt + 1, run_after = ?1,
        lease_owner = NULL, lease_expires_at = NULL, updated_at = ?1
    WHERE id IN (
        SELECT id FROM stack_runs INDEXED BY stack_runs_processing
        WHERE status = 'processing' AND lease_expires_at <= ?1 AND attempt + 1 < ?2
        ORDER BY lease_expires_at, id LIMIT ?3)
    RETURNING 1";
const LOST: &str = "
    SELECT id FROM stack_runs INDEXED BY stack_runs_processing
    WHERE status = 'processing' AND lease_expires_at <= ?1 AND attempt + 1 >= ?2
    ORDER BY lease_expires_at, id LIMIT ?3";
/// Sleeping frames, and whether each has something to wake for. One that waits for nothing at all
/// is woken too, so that its executor ends it.
const SLEEPERS: &str = concat!(
    "SELECT s.id, ",
    has_unseen!(),
    " OR NOT EXISTS (SELECT 1 FROM stack_runs c WHERE c.parent_id = s.id)
      FROM stack_runs s INDEXED BY stack_runs_suspended
      WHERE s.status = 'suspended' AND s.id > ?1 ORDER BY s.id LIMIT ?2"
);
const WAKE: &str = "
    UPDATE stack_runs SET status = 'pending', run_after = ?2, updated_at = ?2
    WHERE id IN (SELECT value FROM json_each(?1)) AND status = 'suspended'";
const LAST_SWEEP: &str = "SELECT swept_at, looked_up_to FROM sweeps WHERE id = 1";
const SWEPT: &str = "
    INSERT INTO sweeps (id, swept_at, looked_up_to) VALUES (1, ?1, ?2)
    ON CONFLICT (id) DO UPDATE SET
        swept_at = excluded.swept_at, looked_up_to = excluded.looked_up_to";

pub(super) fn sweep<C: Connection>(
    db: &C,
    max_attempts: u32,
    limit: u32,
    now: i64,
) -> Result<SweepReport> {
    let mut report = db.transaction(|db| {
        let reclaimed = db.execute(RECLAIM, params![now, max_attempts, limit])?;
        Ok(SweepReport {
            reclaimed: count(reclaimed.len()),
            failed: give_up_lost(db, max_attempts, limit, now)?,
            woken: wake_sleepers(db, limit, now)?,
            due: 0,
        })
    })?;
    let (due, _) = queue::depth(db, now)?;
    report.due = u32::try_from(due).unwrap_or(u32::MAX);
    Ok(report)
}

fn give_up_lost<C: Connection>(db: &C, max_attempts: u32, limit: u32, now: i64) -> Result<u32> {
    let code = ErrorCode::ExecutorLost;
    let outcome = Err(ErrorValue::new(code, code.title()));
    let mut failed = 0;
    for mut row in db.execute(LOST, params![now, max_attempts, limit])? {
        // One given up before may have taken it along.
        failed += u32::from(finish::give_up(db, row.parsed()?, &outcome, now)?);
    }
    Ok(failed)
}

/// Looks at the next `limit` sleeping frames, each sweep where the last one stopped: there may be
/// very many, and none that should be awake.
fn wake_sleepers<C: Connection>(db: &C, limit: u32, now: i64) -> Result<u32> {
    let looked_up_to = match db.one(LAST_SWEEP, vec![])? {
        Some(mut row) => {
            row.skip(1)?;
            row.text()?
        }
        None => String::new(),
    };
    let sleepers = db
        .execute(SLEEPERS, params![looked_up_to, limit])?
        .into_iter()
        .map(|mut row| Ok((row.parsed()?, row.boolean()?)))
        .collect::<Result<Vec<(StackRunId, bool)>>>()?;
    let up_to = match sleepers.last() {
        Some((id, _)) if count(sleepers.len()) == limit => id.to_string(),
        _ => String::new(),
    };
    let awake: Vec<_> = sleepers
        .iter()
        .filter(|(_, wakes)| *wakes)
        .map(|(id, _)| id)
        .collect();
    if !awake.is_empty() {
        db.execute(WAKE, params![to_json(&awake)?, now])?;
    }
    db.execute(SWEPT, params![now, up_to])?;
    Ok(count(awake.len()))
}

pub(super) fn last_sweep<C: Connection>(db: &C) -> Result<i64> {
    match db.one(LAST_SWEEP, vec![])? {
        Some(mut row) => row.int(),
        None => Ok(0),
    }
}

fn count(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
