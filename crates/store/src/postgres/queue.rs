//! The queue: claiming stack runs, giving them back, and the drainers' slots.

use tasker_domain::{Claimed, Lease, RunId, StackRun};

use crate::postgres::attempts;
use crate::postgres::connection::{Call, Connection, params};
use crate::row::to_json;
use crate::sqlite::queue::{numbers, read_claimed, read_stack_run};
use crate::{Failure, LeaseTerms, Result};

pub(super) fn claim<C: Connection>(
    db: &C,
    frames: u32,
    calls: u32,
    terms: &LeaseTerms,
    now: i64,
) -> Result<Vec<Claimed>> {
    let owner = terms.owner.as_str();
    let mut rows = db
        .call(
            "claim",
            params![frames, calls, owner, terms.expires_at, now],
        )?
        .into_iter()
        .map(|mut row| Ok((row.int()?, row.boolean()?, read_claimed(&mut row)?)))
        .collect::<Result<Vec<_>>>()?;
    rows.sort_unstable_by_key(|(due, _, claimed)| (*due, claimed.lease.id));
    let mut claimed = Vec::with_capacity(rows.len());
    for (_, wants_slot, row) in rows {
        // In a statement of its own: a claim holds no runs.
        if !wants_slot || admit_claimed(db, row.lease, now)? {
            claimed.push(row);
        }
    }
    Ok(claimed)
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
    let mut row = db.value("queue_depth", params![now])?;
    Ok((row.number()?, row.int()?))
}

pub(super) fn next_due<C: Connection>(db: &C) -> Result<Option<i64>> {
    db.value("next_due", params![])?.opt_int()
}

pub(super) fn stack<C: Connection>(db: &C, run: RunId) -> Result<Vec<StackRun>> {
    let mut stack = db
        .call("stack", params![run])?
        .into_iter()
        .map(read_stack_run)
        .collect::<Result<Vec<_>>>()?;
    let failed = stack.iter().filter(|row| row.attempt > 0);
    let failed: Vec<_> = failed.map(|row| row.path.clone()).collect();
    let mut failures = attempts::of_paths(db, run, &failed)?;
    for row in &mut stack {
        row.failures = failures.remove(&row.path).unwrap_or_default();
    }
    stack.sort_by_cached_key(|stack_run| numbers(&stack_run.path));
    Ok(stack)
}
