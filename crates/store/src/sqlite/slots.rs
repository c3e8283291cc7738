//! How many runs may go on at once: a run beyond the limit waits for a slot. The run's own record
//! holds the slot until the run ends, whatever ends it, so none can be lost.

use tasker_domain::{Claimed, RunId};

use crate::Result;
use crate::records::queue::HELD;
use crate::sqlite::connection::{Connection, Execute, params};

/// How many scopes a sweep searches for free slots.
const SCOPES_SWEPT: u32 = 50;

/// How many slots of a scope are taken.
macro_rules! taken {
    ($scope:literal) => {
        concat!(
            "(SELECT count(*) FROM task_runs o INDEXED BY task_runs_slots
              WHERE o.slot_scope = ",
            $scope,
            " AND o.slot = 2 AND o.slot_scope IS NOT NULL AND o.finished_at IS NULL)"
        )
    };
}

const ADMIT: &str = concat!(
    "UPDATE task_runs SET slot = CASE WHEN ",
    taken!("task_runs.slot_scope"),
    " < slot_limit THEN 2 ELSE 1 END
     WHERE id = ?1 AND slot = 0 AND slot_scope IS NOT NULL AND finished_at IS NULL RETURNING slot = 2"
);
/// The waiting run with the greatest priority, and of those the oldest.
const ADMIT_NEXT: &str = concat!(
    "UPDATE task_runs SET slot = 2
     WHERE id = (SELECT h.id FROM task_runs h INDEXED BY task_runs_slots
                 WHERE h.slot_scope = ?1 AND h.slot = 1 AND h.slot_scope IS NOT NULL
                     AND h.finished_at IS NULL ORDER BY h.priority DESC, h.id LIMIT 1)
         AND ",
    taken!("?1"),
    " < slot_limit RETURNING id"
);
const RELEASE: &str = "
    UPDATE stack_runs SET run_after = ?2, updated_at = ?2
    WHERE run_id = ?1 AND status = 'pending' AND run_after = ?3";
const HOLD: &str = "
    UPDATE stack_runs SET status = 'pending', run_after = ?3, lease_owner = NULL,
        lease_expires_at = NULL, updated_at = ?4
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing'";
const ADMITTED_UP_TO: &str = "SELECT admitted_up_to FROM sweeps WHERE id = 1";
const ADMIT_FROM: &str = "UPDATE sweeps SET admitted_up_to = ?1 WHERE id = 1";
const NEXT_SCOPE: &str = "
    SELECT slot_scope FROM task_runs INDEXED BY task_runs_held
    WHERE slot_scope IS NOT NULL AND slot = 1 AND finished_at IS NULL AND slot_scope > ?1
    ORDER BY slot_scope LIMIT 1";

/// Gives a run a slot, or has it wait for one, within the caller's transaction; answers whether it
/// may go on.
pub(super) fn admit<C: Connection>(db: &C, run: RunId) -> Result<bool> {
    match db.one(ADMIT, params![run])? {
        Some(row) => row.only().boolean(),
        // It already has one, or needs none.
        None => Ok(true),
    }
}

/// Admits a run whose root frame was claimed because its moment had come. `false`: it has to wait, and
/// the frame was given back.
pub(super) fn admit_claimed<C: Connection>(db: &C, claimed: &Claimed, now: i64) -> Result<bool> {
    db.transaction(|db| {
        if admit(db, claimed.run)? {
            return Ok(true);
        }
        let lease = claimed.lease;
        db.execute(HOLD, params![lease.id, lease.token.0, HELD, now])?;
        Ok(false)
    })
}

/// Admits the runs that wait for free slots of a scope, within the caller's transaction.
pub(super) fn release<C: Connection>(db: &C, scope: &str, now: i64) -> Result<()> {
    while let Some(row) = db.one(ADMIT_NEXT, params![scope])? {
        let run: RunId = row.only().parsed()?;
        db.execute(RELEASE, params![run, now, HELD])?;
    }
    Ok(())
}

/// Looks for free slots in the next scopes in which runs wait, within the caller's transaction.
pub(super) fn sweep<C: Connection>(db: &C, now: i64) -> Result<()> {
    let from = match db.one(ADMITTED_UP_TO, params![])? {
        Some(row) => row.only().text()?,
        None => String::new(),
    };
    let mut up_to = from.clone();
    for _ in 0..SCOPES_SWEPT {
        match db.one(NEXT_SCOPE, params![up_to.as_str()])? {
            Some(row) => up_to = row.only().text()?,
            None => {
                up_to = String::new();
                break;
            }
        }
        release(db, &up_to, now)?;
    }
    if up_to != from {
        db.execute(ADMIT_FROM, params![up_to])?;
    }
    Ok(())
}
