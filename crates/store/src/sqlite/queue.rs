//! The queue: claiming stack runs, and what is due.

use tasker_domain::{Claimed, StackRunId, StackStatus};

use crate::queue::{AtWork, Queue};
use crate::records::queue::{self, read_claimed, read_claimed_row};
use crate::sqlite::connection::{Connection, Execute, Value, params};
use crate::sqlite::{Sqlite, slots};
use crate::{LeaseTerms, Result};

/// What a claim answers; only a call is claimed with its arguments.
macro_rules! claimed_columns {
    () => {
        "id, lease_token, run_id, path, attempt, kind, call_number, service, method, coalesce(args, '') AS args, options"
    };
}

/// The rows of a kind to claim, up to a limit, from the lanes that meet a condition: ?1 is now. Lanes are found one after
/// the other in the index, and of each only its first rows are looked at, so a flood in one lane costs nothing.
macro_rules! due {
    ($kind:literal, $limit:literal, $condition:literal) => {
        concat!(
            "SELECT id FROM (
               WITH RECURSIVE lanes (lane) AS (
                   SELECT (SELECT s.lane FROM stack_runs s INDEXED BY stack_runs_lanes
                           WHERE s.status = 'pending' AND s.paused = 0 AND s.kind = '",
            $kind,
            "' ORDER BY s.lane LIMIT 1)
                   UNION ALL
                   SELECT (SELECT s.lane FROM stack_runs s INDEXED BY stack_runs_lanes
                           WHERE s.status = 'pending' AND s.paused = 0 AND s.kind = '",
            $kind,
            "' AND s.lane > lanes.lane ORDER BY s.lane LIMIT 1)
                   FROM lanes WHERE lanes.lane IS NOT NULL
               ), busy (lane, rows) AS MATERIALIZED (
                   SELECT p.lane, count(*) FROM stack_runs p INDEXED BY stack_runs_processing
                   WHERE p.status = 'processing' AND p.kind = '",
            $kind,
            "' GROUP BY p.lane
               ), heads (lane, due) AS (
                   SELECT l.lane,
                          (SELECT s.run_after FROM stack_runs s INDEXED BY stack_runs_lanes
                           WHERE s.status = 'pending' AND s.paused = 0 AND s.kind = '",
            $kind,
            "' AND s.lane = l.lane ORDER BY s.run_after LIMIT 1)
                   FROM lanes l WHERE l.lane IS NOT NULL
               ), chosen (lane, rows) AS MATERIALIZED (
                   SELECT h.lane, coalesce(b.rows, 0) FROM heads h LEFT JOIN busy b ON b.lane = h.lane
                   WHERE h.due <= ?1",
            $condition,
            "
                   ORDER BY substr(h.lane, 1, 3), coalesce(b.rows, 0), h.due, h.lane LIMIT ",
            $limit,
            "
               )
               SELECT s.id, substr(s.lane, 1, 3) AS rank, s.run_after AS due,
                      c.rows + row_number() OVER (PARTITION BY s.lane ORDER BY s.run_after, s.id) AS turn
               FROM chosen c CROSS JOIN stack_runs s
               WHERE s.id IN (SELECT d.id FROM stack_runs d INDEXED BY stack_runs_lanes
                              WHERE d.status = 'pending' AND d.paused = 0 AND d.kind = '",
            $kind,
            "' AND d.lane = c.lane AND d.run_after <= ?1
                              ORDER BY d.run_after, d.id LIMIT ",
            $limit,
            ")
               ORDER BY rank, turn, due, id LIMIT ",
            $limit,
            ")"
        )
    };
}

/// Claims these rows: ?2 is the owner, ?3 when its leases expire.
macro_rules! claim {
    ($($rows:expr),+) => {
        concat!(
            "UPDATE stack_runs SET status = 'processing', lease_token = lease_token + 1,
                 lease_owner = ?2, lease_expires_at = ?3, updated_at = ?1
             WHERE id IN (",
            $($rows),+,
            ") RETURNING run_after AS due, path = '0' AND EXISTS (
                 SELECT 1 FROM task_runs r
                 WHERE r.id = stack_runs.run_id AND r.slot_scope IS NOT NULL AND r.slot = 0) AS wants_slot, ",
            claimed_columns!()
        )
    };
}

const CLAIM: &str = claim!(
    due!("frame", "?4", ""),
    " UNION ALL ",
    due!("call", "?5", "")
);
/// What follows the priority in the name of a lane is its task.
const CLAIM_OTHER: &str = claim!(due!(
    "frame",
    "1",
    " AND NOT EXISTS (SELECT 1 FROM busy o WHERE substr(o.lane, 4) = substr(h.lane, 4))"
));
const CLAIM_ONE: &str = concat!(
    "UPDATE stack_runs SET status = 'processing', lease_token = lease_token + 1,
         lease_owner = ?3, lease_expires_at = ?4, updated_at = ?5
     WHERE id = ?1 AND status = ?2 AND paused = 0 RETURNING ",
    claimed_columns!()
);
const DEPTH: &str = "
    SELECT count(*) AS depth, coalesce(?1 - min(run_after), 0) AS oldest FROM stack_runs
    WHERE status = 'pending' AND paused = 0 AND kind IN ('frame', 'call') AND run_after <= ?1";
const AT_WORK: &str = "
    SELECT count(*) FILTER (WHERE kind = 'frame') AS frames, count(*) FILTER (WHERE kind = 'call') AS calls
    FROM stack_runs INDEXED BY stack_runs_processing WHERE status = 'processing'";
const NEXT_DUE: &str = "
    SELECT min(due) FROM (
        SELECT min(run_after) AS due FROM stack_runs WHERE status = 'pending' AND paused = 0 AND kind = 'frame'
        UNION ALL
        SELECT min(run_after) FROM stack_runs WHERE status = 'pending' AND paused = 0 AND kind = 'call'
        UNION ALL
        SELECT min(expires_at) FROM stack_runs WHERE expires_at IS NOT NULL)";

impl<C: Connection> Queue for Sqlite<C> {
    fn claim(&self, frames: u32, calls: u32, terms: &LeaseTerms, now: i64) -> Result<Vec<Claimed>> {
        let owner = terms.owner.as_str();
        let claim = params![now, owner, terms.expires_at, frames, calls];
        admitted(&self.connection, CLAIM, claim, now)
    }

    fn claim_other(&self, terms: &LeaseTerms, now: i64) -> Result<Option<Claimed>> {
        let claim = params![now, terms.owner.as_str(), terms.expires_at];
        Ok(admitted(&self.connection, CLAIM_OTHER, claim, now)?.pop())
    }

    fn queue_depth(&self, now: i64) -> Result<(u64, i64)> {
        match self.connection.one(DEPTH, params![now])? {
            Some(mut row) => Ok((row.get("depth").number()?, row.get("oldest").int()?)),
            None => Ok((0, 0)),
        }
    }

    fn next_due(&self) -> Result<Option<i64>> {
        match self.connection.one(NEXT_DUE, params![])? {
            Some(row) => row.only().opt_int(),
            None => Ok(None),
        }
    }

    fn at_work(&self) -> Result<AtWork> {
        match self.connection.one(AT_WORK, params![])? {
            Some(mut row) => Ok(AtWork {
                frames: row.get("frames").number()?,
                calls: row.get("calls").number()?,
            }),
            None => Ok(AtWork::default()),
        }
    }
}

/// Those of the rows that a statement claims whose runs may begin.
fn admitted<C: Connection>(
    db: &C,
    claim: &str,
    params: Vec<Value>,
    now: i64,
) -> Result<Vec<Claimed>> {
    let rows = db.execute(claim, params)?;
    let claimed = rows
        .into_iter()
        .map(read_claimed_row)
        .collect::<Result<_>>()?;
    queue::claims(claimed, |claimed| slots::admit_claimed(db, claimed, now))
}

/// Claims one stack run if it is in this state and its run is not paused.
pub(super) fn claim_one<C: Connection>(
    db: &C,
    id: StackRunId,
    status: StackStatus,
    terms: &LeaseTerms,
    now: i64,
) -> Result<Option<Claimed>> {
    let (status, owner) = (status.as_str(), terms.owner.as_str());
    db.one(CLAIM_ONE, params![id, status, owner, terms.expires_at, now])?
        .map(|mut row| read_claimed(&mut row))
        .transpose()
}
