//! How many frames a run may have.

use std::collections::BTreeSet;

use tasker_domain::{Lease, Path, RunId};

use crate::records::frames::too_many;
use crate::row::to_json;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::journal::{self, SettledCall};
use crate::{Error, Result, Sleep};

/// Without the root.
const COUNT: &str = "
    SELECT s.run_id, s.path,
           (SELECT count(*) FROM stack_runs f INDEXED BY stack_runs_nested
            WHERE f.run_id = s.run_id AND f.kind = 'frame' AND f.parent_id IS NOT NULL) AS nested
    FROM stack_runs s
    WHERE s.id = ?1 AND s.lease_token = ?2 AND s.status = 'processing' AND s.kind = 'frame'";
/// Those of the calls ?3 that have no row and are not in the journal.
const NEW: &str = "
    SELECT c.value AS number FROM json_each(?3) AS c
    WHERE NOT EXISTS (SELECT 1 FROM call_journal j
                      WHERE j.run_id = ?1 AND j.frame = ?2 AND j.call_number = c.value)
      AND NOT EXISTS (SELECT 1 FROM stack_runs s WHERE s.run_id = ?1 AND s.path = ?2 || '.' || c.value)
    ORDER BY c.key";

/// Settles the new nested tasks for which the run has no room, in a transaction of the caller: what is in the
/// journal gets no row.
pub(super) fn refuse<C: Connection>(db: &C, lease: Lease, sleep: &Sleep, now: i64) -> Result<()> {
    let nested = sleep.children.iter().filter(|child| child.task.is_some());
    let numbers: Vec<u32> = nested.clone().map(|child| child.call.number).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let mut row = db
        .one(COUNT, params![lease.id, lease.token.0])?
        .ok_or(Error::LeaseLost)?;
    let frames: usize = row.get("nested").number::<usize>()? + 1;
    let room = (sleep.frames as usize).saturating_sub(frames);
    if numbers.len() <= room {
        return Ok(());
    }
    let run: RunId = row.get("run_id").parsed()?;
    let frame = Path::from(row.get("path").text()?);
    let refused = db
        .execute(NEW, params![run, &frame, to_json(&numbers)?])?
        .into_iter()
        .skip(room)
        .map(|row| row.only().number())
        .collect::<Result<BTreeSet<u32>>>()?;
    let outcome = Err(too_many(sleep.frames));
    for child in nested.filter(|child| refused.contains(&child.call.number)) {
        let settled = SettledCall {
            run,
            frame: &frame,
            call: &child.call,
            outcome: &outcome,
            attempts: 1,
            started_at: now,
            finished_at: now,
        };
        journal::settle(db, &settled)?;
    }
    Ok(())
}
