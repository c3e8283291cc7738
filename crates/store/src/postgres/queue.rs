//! The queue: claiming stack runs, giving them back, and the drainers' slots.

use tasker_domain::{Claimed, Lease, RunId, StackRun};

use crate::postgres::attempts;
use crate::postgres::connection::{Call, Connection, params};
use crate::records::queue::{self, read_stack_run, read_taken};
use crate::row::to_json;
use crate::{Failure, LeaseTerms, Result};

pub(super) fn claim<C: Connection>(
    db: &C,
    frames: u32,
    calls: u32,
    terms: &LeaseTerms,
    now: i64,
) -> Result<Vec<Claimed>> {
    let owner = terms.owner.as_str();
    let claim = params![frames, calls, owner, terms.expires_at, now];
    let rows = db.call("claim", claim)?;
    let taken = rows.into_iter().map(read_taken).collect::<Result<_>>()?;
    // In a statement of its own: a claim holds no runs.
    queue::claims(taken, |claimed| admit_claimed(db, claimed.lease, now))
}

/// Admits a run whose root frame was claimed because its moment had come. `false`: it has to wait, and
/// the frame was given back.
fn admit_claimed<C: Connection>(db: &C, lease: Lease, now: i64) -> Result<bool> {
    db.value("admit_claimed", params![lease.id, lease.token.0, now])?
        .boolean()
}

pub(super) fn take_slot<C: Connection>(
    db: &C,
    slots: u32,
    token: &str,
    expires_at: i64,
    now: i64,
) -> Result<Option<u32>> {
    db.value("take_slot", params![slots, token, expires_at, now])?
        .opt_number()
}

pub(super) fn renew_slot<C: Connection>(
    db: &C,
    slot: u32,
    token: &str,
    expires_at: i64,
) -> Result<bool> {
    db.value("renew_slot", params![slot, token, expires_at])?
        .boolean()
}

pub(super) fn release_slot<C: Connection>(
    db: &C,
    slot: u32,
    token: &str,
    hand_over: bool,
    now: i64,
) -> Result<bool> {
    db.value("release_slot", params![slot, token, hand_over, now])?
        .boolean()
}

pub(super) fn give_back<C: Connection>(
    db: &C,
    lease: Lease,
    run_after: i64,
    failure: Option<&Failure>,
    now: i64,
) -> Result<()> {
    let error = failure.map(|failure| to_json(&failure.error)).transpose()?;
    let params = params![
        lease.id,
        lease.token.0,
        run_after,
        failure.map(|failure| failure.started_at),
        error,
        now
    ];
    db.leased("give_back", params)
}

pub(super) fn renew<C: Connection>(db: &C, lease: Lease, expires_at: i64) -> Result<()> {
    db.leased("renew", params![lease.id, lease.token.0, expires_at])
}

pub(super) fn depth<C: Connection>(db: &C, now: i64) -> Result<(u64, i64)> {
    let mut row = db.row("queue_depth", params![now])?;
    Ok((row.number()?, row.int()?))
}

pub(super) fn calls_out<C: Connection>(db: &C) -> Result<u32> {
    db.value("calls_out", params![])?.number()
}

pub(super) fn next_due<C: Connection>(db: &C) -> Result<Option<i64>> {
    db.value("next_due", params![])?.opt_int()
}

pub(super) fn stack<C: Connection>(db: &C, run: RunId) -> Result<Vec<StackRun>> {
    let rows = db.call("stack", params![run])?;
    let stack = rows
        .into_iter()
        .map(read_stack_run)
        .collect::<Result<Vec<_>>>()?;
    queue::stack(stack, |paths| attempts::of_paths(db, run, paths))
}
