//! The queue: claiming stack runs, giving them back, and the drainers' slots.

use tasker_domain::{Claimed, Lease, RunId, StackRun, StackRunId, StackStatus};

use crate::records::queue::{self, read_claimed, read_stack_run, read_taken};
use crate::sqlite::attempts;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::slots;
use crate::{Error, Failure, LeaseTerms, Result};

/// What a claim answers; only a call is claimed with its arguments.
macro_rules! claimed_columns {
    () => {
        "id, lease_token, run_id, path, attempt, kind, call_number, service, method, coalesce(args, ''), options"
    };
}

/// The rows of a kind to claim, at most so many: ?1 is now. Lanes are found one after the other in
/// the index, and of each only its first rows are looked at, so a flood in one lane costs nothing.
macro_rules! due {
    ($kind:literal, $limit:literal) => {
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
                   WHERE h.due <= ?1
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

const CLAIM: &str = concat!(
    "UPDATE stack_runs SET status = 'processing', lease_token = lease_token + 1,
         lease_owner = ?2, lease_expires_at = ?3, updated_at = ?1
     WHERE id IN (",
    due!("frame", "?4"),
    " UNION ALL ",
    due!("call", "?5"),
    ") RETURNING run_after, path = '0' AND EXISTS (
         SELECT 1 FROM task_runs r
         WHERE r.id = stack_runs.run_id AND r.slot_scope IS NOT NULL AND r.slot = 0), ",
    claimed_columns!()
);
const CLAIM_ONE: &str = concat!(
    "UPDATE stack_runs SET status = 'processing', lease_token = lease_token + 1,
         lease_owner = ?3, lease_expires_at = ?4, updated_at = ?5
     WHERE id = ?1 AND status = ?2 AND paused = 0 RETURNING ",
    claimed_columns!()
);
const TAKE_SLOT: &str = "
    WITH RECURSIVE slots (slot) AS (
        SELECT 0 WHERE ?1 > 0 UNION ALL SELECT slot + 1 FROM slots WHERE slot + 1 < ?1
    )
    INSERT INTO drainers (slot, token, expires_at)
    SELECT slot, ?2, ?3 FROM slots
    WHERE NOT EXISTS (SELECT 1 FROM drainers d WHERE d.slot = slots.slot AND d.expires_at > ?4)
    ORDER BY slot LIMIT 1
    ON CONFLICT (slot) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at
    RETURNING slot";
const RENEW_SLOT: &str =
    "UPDATE drainers SET expires_at = ?3 WHERE slot = ?1 AND token = ?2 RETURNING 1";
const RELEASE_SLOT: &str = "
    DELETE FROM drainers WHERE slot = ?1 AND token = ?2 AND (?3 OR NOT EXISTS (
        SELECT 1 FROM stack_runs
        WHERE status = 'pending' AND paused = 0 AND kind IN ('frame', 'call') AND run_after <= ?4))
    RETURNING 1";
const HOLDS_SLOT: &str = "SELECT 1 FROM drainers WHERE slot = ?1 AND token = ?2";
const GIVE_BACK: &str = "
    UPDATE stack_runs SET status = 'pending', run_after = ?3, attempt = attempt + ?4,
        lease_owner = NULL, lease_expires_at = NULL, updated_at = ?5
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' RETURNING 1";
const RENEW: &str = "
    UPDATE stack_runs SET lease_expires_at = ?3
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' RETURNING 1";
const DEPTH: &str = "
    SELECT count(*), coalesce(?1 - min(run_after), 0) FROM stack_runs
    WHERE status = 'pending' AND paused = 0 AND kind IN ('frame', 'call') AND run_after <= ?1";
const CALLS_OUT: &str = "
    SELECT count(*) FROM stack_runs INDEXED BY stack_runs_processing
    WHERE status = 'processing' AND kind = 'call'";
const NEXT_DUE: &str = "
    SELECT min(due) FROM (
        SELECT min(run_after) AS due FROM stack_runs WHERE status = 'pending' AND paused = 0 AND kind = 'frame'
        UNION ALL
        SELECT min(run_after) FROM stack_runs WHERE status = 'pending' AND paused = 0 AND kind = 'call'
        UNION ALL
        SELECT min(expires_at) FROM stack_runs WHERE expires_at IS NOT NULL)";
const STACK: &str = "
    SELECT s.id, s.path, s.status, s.attempt, s.run_after, s.lease_expires_at, s.expires_at, s.created_at,
           s.updated_at, p.raw_bytes, length(p.bytes), p.engine, p.position, s.task_name, r.input,
           s.call_number, s.service, s.method, s.options, s.args
    FROM stack_runs s
    JOIN task_runs r ON r.id = s.run_id
    LEFT JOIN snapshots p ON p.stack_run_id = s.id
    WHERE s.run_id = ?1";

pub(super) fn claim<C: Connection>(
    db: &C,
    frames: u32,
    calls: u32,
    terms: &LeaseTerms,
    now: i64,
) -> Result<Vec<Claimed>> {
    let owner = terms.owner.as_str();
    let rows = db.execute(CLAIM, params![now, owner, terms.expires_at, frames, calls])?;
    let taken = rows.into_iter().map(read_taken).collect::<Result<_>>()?;
    queue::claims(taken, |claimed| slots::admit_claimed(db, claimed, now))
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

pub(super) fn take_slot<C: Connection>(
    db: &C,
    slots: u32,
    token: &str,
    expires_at: i64,
    now: i64,
) -> Result<Option<u32>> {
    db.one(TAKE_SLOT, params![slots, token, expires_at, now])?
        .map(|mut row| row.number())
        .transpose()
}

pub(super) fn renew_slot<C: Connection>(
    db: &C,
    slot: u32,
    token: &str,
    expires_at: i64,
) -> Result<bool> {
    Ok(db
        .one(RENEW_SLOT, params![slot, token, expires_at])?
        .is_some())
}

pub(super) fn release_slot<C: Connection>(
    db: &C,
    slot: u32,
    token: &str,
    hand_over: bool,
    now: i64,
) -> Result<bool> {
    let released = db.one(RELEASE_SLOT, params![slot, token, hand_over, now])?;
    // A slot that has passed to someone else is not held either.
    Ok(released.is_some() || db.one(HOLDS_SLOT, params![slot, token])?.is_none())
}

pub(super) fn give_back<C: Connection>(
    db: &C,
    lease: Lease,
    run_after: i64,
    failure: Option<&Failure>,
    now: i64,
) -> Result<()> {
    let give_back = |db: &C| {
        let params = params![lease.id, lease.token.0, run_after, failure.is_some(), now];
        db.one(GIVE_BACK, params)?.ok_or(Error::LeaseLost)?;
        Ok(())
    };
    let Some(failure) = failure else {
        return give_back(db);
    };
    db.transaction(|db| {
        attempts::add(db, lease, failure, run_after, now)?;
        give_back(db)
    })
}

pub(super) fn renew<C: Connection>(db: &C, lease: Lease, expires_at: i64) -> Result<()> {
    db.one(RENEW, params![lease.id, lease.token.0, expires_at])?
        .ok_or(Error::LeaseLost)?;
    Ok(())
}

/// How many are pending and due, and for how long the oldest has been.
pub(super) fn depth<C: Connection>(db: &C, now: i64) -> Result<(u64, i64)> {
    match db.one(DEPTH, params![now])? {
        Some(mut row) => Ok((row.number()?, row.int()?)),
        None => Ok((0, 0)),
    }
}

/// How many calls are being made.
pub(super) fn calls_out<C: Connection>(db: &C) -> Result<u32> {
    match db.one(CALLS_OUT, params![])? {
        Some(mut row) => row.number(),
        None => Ok(0),
    }
}

/// When the next pending stack run is due.
pub(super) fn next_due<C: Connection>(db: &C) -> Result<Option<i64>> {
    match db.one(NEXT_DUE, params![])? {
        Some(mut row) => row.opt_int(),
        None => Ok(None),
    }
}

pub(super) fn stack<C: Connection>(db: &C, run: RunId) -> Result<Vec<StackRun>> {
    let rows = db.execute(STACK, params![run])?;
    let stack = rows
        .into_iter()
        .map(read_stack_run)
        .collect::<Result<Vec<_>>>()?;
    queue::stack(stack, |paths| attempts::of_paths(db, run, paths))
}
