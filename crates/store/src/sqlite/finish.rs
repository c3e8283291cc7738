//! The end of a frame or of a queued call.

use tasker_domain::{Lease, LeaseToken, Outcome, Path, RunId, StackRunId, StackStatus};

use crate::finish::Finishing;
use crate::records::journal::read_call;
use crate::row::Row;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::journal::{self, SettledCall};
use crate::sqlite::retry::{self, EndedRoot};
use crate::sqlite::{Sqlite, logs, queue, runs};
use crate::{Error, Finish, FollowUp, LeaseTerms, NewLog, Result};

macro_rules! ended_columns {
    () => {
        "run_id, path, parent_id, kind = 'frame' AS is_frame, log_count, attempt, created_at, id, lease_token, lane,
         coalesce(started_at, created_at) AS began_at, call_number, service, method, coalesce(args, '') AS args, options"
    };
}

/// The cascade drops the frame's children, so that nothing of them can commit any more.
const END: &str = concat!(
    "DELETE FROM stack_runs WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' RETURNING ",
    ended_columns!()
);
const GIVE_UP: &str = concat!(
    "DELETE FROM stack_runs WHERE id = ?1 AND status = 'processing' RETURNING ",
    ended_columns!()
);
const END_PENDING: &str = concat!(
    "DELETE FROM stack_runs WHERE id = ?1 AND status = 'pending' AND kind = 'call' RETURNING ",
    ended_columns!()
);
const TIME_OUT: &str = concat!(
    "DELETE FROM stack_runs WHERE id = ?1 RETURNING ",
    ended_columns!()
);
const WAKE: &str = "
    UPDATE stack_runs SET status = 'pending', run_after = ?2, updated_at = ?2
    WHERE id = ?1 AND status = 'suspended' RETURNING 1";

impl<C: Connection> Finishing for Sqlite<C> {
    fn finish(
        &self,
        lease: Lease,
        finish: &Finish,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        let db = &self.connection;
        db.transaction(|db| {
            let row = db
                .one(END, params![lease.id, lease.token.0])?
                .ok_or(Error::LeaseLost)?;
            settle(db, row, &finish.outcome, &finish.logs, claim, now)
        })
    }
}

/// Ends a leased call, inside a transaction of the caller.
pub(super) fn settle_leased<C: Connection>(
    db: &C,
    lease: Lease,
    outcome: &Outcome,
    claim: Option<&LeaseTerms>,
    now: i64,
) -> Result<FollowUp> {
    let row = db
        .one(END, params![lease.id, lease.token.0])?
        .ok_or(Error::LeaseLost)?;
    settle(db, row, outcome, &NewLog::default(), claim, now)
}

/// Ends a call that nobody works on, inside the caller's transaction.
pub(super) fn settle_pending<C: Connection>(
    db: &C,
    id: StackRunId,
    outcome: &Outcome,
    now: i64,
) -> Result<()> {
    match db.one(END_PENDING, params![id])? {
        Some(row) => settle(db, row, outcome, &NewLog::default(), None, now).map(drop),
        None => Ok(()),
    }
}

/// Ends a stack run whose workers were lost, inside a transaction of the caller; answers whether
/// it was still there.
pub(super) fn give_up<C: Connection>(
    db: &C,
    id: StackRunId,
    outcome: &Outcome,
    now: i64,
) -> Result<bool> {
    drop_and_settle(db, GIVE_UP, id, outcome, now)
}

/// Ends a stack run whose time is up, even if somebody works on it, inside the caller's transaction;
/// answers whether it was still there.
pub(super) fn time_out<C: Connection>(
    db: &C,
    id: StackRunId,
    outcome: &Outcome,
    now: i64,
) -> Result<bool> {
    drop_and_settle(db, TIME_OUT, id, outcome, now)
}

fn drop_and_settle<C: Connection>(
    db: &C,
    drop: &str,
    id: StackRunId,
    outcome: &Outcome,
    now: i64,
) -> Result<bool> {
    match db.one(drop, params![id])? {
        Some(row) => settle(db, row, outcome, &NewLog::default(), None, now).map(|_| true),
        None => Ok(false),
    }
}

/// Records how a stack run ended, whose row is gone, and wakes its parent.
fn settle<C: Connection>(
    db: &C,
    mut row: Row,
    outcome: &Outcome,
    log: &NewLog,
    claim: Option<&LeaseTerms>,
    now: i64,
) -> Result<FollowUp> {
    let run: RunId = row.get("run_id").parsed()?;
    let path = Path::from(row.get("path").text()?);
    let parent: Option<StackRunId> = row.get("parent_id").opt_parsed()?;
    let is_frame = row.get("is_frame").boolean()?;
    let log_count = row.get("log_count").number()?;
    let attempt: u32 = row.get("attempt").number()?;
    let created_at = row.get("created_at").int()?;
    if is_frame && !log.is_empty() {
        logs::store(db, run, &path, log_count, log)?;
    }
    let (Some(parent), Some(frame)) = (parent, path.parent()) else {
        let root = EndedRoot {
            lease: Lease {
                id: row.get("id").parsed()?,
                token: LeaseToken(row.get("lease_token").int()?),
            },
            run,
            lane: row.get("lane").text()?,
            started_at: row.get("began_at").int()?,
        };
        return end_attempt(db, &root, outcome, now);
    };
    journal::settle(
        db,
        &SettledCall {
            run,
            frame: &frame,
            call: &read_call(&mut row)?,
            outcome,
            attempts: attempt.saturating_add(1),
            started_at: created_at,
            finished_at: now,
        },
    )?;
    wake(db, parent, claim, now)
}

/// Ends a run whose root frame has ended, or begins it again.
fn end_attempt<C: Connection>(
    db: &C,
    root: &EndedRoot,
    outcome: &Outcome,
    now: i64,
) -> Result<FollowUp> {
    if let Err(error) = outcome
        && retry::begin_again(db, root, error, now)?
    {
        return Ok(FollowUp {
            more: true,
            ..FollowUp::default()
        });
    }
    runs::end(db, root.run, outcome, now)?;
    Ok(FollowUp::default())
}

/// Wakes a frame if it sleeps.
fn wake<C: Connection>(
    db: &C,
    frame: StackRunId,
    claim: Option<&LeaseTerms>,
    now: i64,
) -> Result<FollowUp> {
    let Some(terms) = claim else {
        return Ok(FollowUp {
            more: db.one(WAKE, params![frame, now])?.is_some(),
            ..FollowUp::default()
        });
    };
    let next = queue::claim_one(db, frame, StackStatus::Suspended, terms, now)?;
    // That of a paused run is due when the run is resumed.
    let more = next.is_none() && db.one(WAKE, params![frame, now])?.is_some();
    Ok(FollowUp {
        next,
        more,
        ..FollowUp::default()
    })
}
