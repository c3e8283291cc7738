//! Stopping runs, and ending what is out of time.

use tasker_domain::{
    Call, ErrorValue, JournalEntry, Lease, Path, RunId, RunStatus, StackRunId, Stop,
};

use crate::records::stop::{call_timeout, read_stop, run_timeout, stopped_calls};
use crate::row::{from_json, to_json};
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::slices::{self, has_unseen};
use crate::sqlite::{Sqlite, finish, journal, runs};
use crate::stop::Stopping;
use crate::{Absorbed, Cancellation, Control, Result};

const STANDING: &str = "SELECT status, stop FROM task_runs WHERE id = ?1";
const END_RUN: &str = "
    UPDATE task_runs SET status = ?2, error = ?3, stop_status = ?2, stop_error = ?3, stop = ?4,
        updated_at = ?5, finished_at = ?5, paused_at = NULL
    WHERE id = ?1 RETURNING slot_scope";
/// The cascade takes the rest.
const DROP_STACK: &str = "DELETE FROM stack_runs WHERE run_id = ?1 AND parent_id IS NULL";
const STOP_RUN: &str = "
    UPDATE task_runs SET stop_status = ?2, stop_error = ?3, stop = ?4, updated_at = ?5,
        paused_at = NULL
    WHERE id = ?1";
/// What ends at once when its run is stopped: queued calls `c`, and nested tasks that never began.
macro_rules! ends_at_once {
    () => {
        "c.run_id = ?1 AND c.parent_id IS NOT NULL AND (c.kind = 'call' OR c.started_at IS NULL)"
    };
}
const SETTLE_ROWS: &str = concat!(
    "INSERT INTO call_journal
        (run_id, seq, frame, call_number, ok, attempts, started_at, finished_at,
         service, method, args, value, options)
     SELECT c.run_id,
            (SELECT coalesce(max(j.seq), 0) FROM call_journal j WHERE j.run_id = ?1)
            + row_number() OVER (ORDER BY c.id),
            p.path, c.call_number, 0, c.attempt + (c.status = 'processing'), c.created_at, ?3,
            c.service, c.method, c.args, ?2, c.options
     FROM stack_runs c JOIN stack_runs p ON p.id = c.parent_id
     WHERE ",
    ends_at_once!(),
    " AND NOT EXISTS (SELECT 1 FROM call_journal j
                      WHERE j.run_id = ?1 AND j.frame = p.path AND j.call_number = c.call_number)"
);
const DROP_ROWS: &str = concat!("DELETE FROM stack_runs AS c WHERE ", ends_at_once!());
/// A frame that has a rejected call to wake for need not be told again.
const TELL_LATER: &str = concat!(
    "UPDATE stack_runs AS s SET stop_untold = 1,
         run_after = CASE WHEN status = 'pending' THEN min(run_after, ?2) ELSE run_after END
     WHERE s.run_id = ?1 AND s.kind = 'frame' AND NOT (s.status = 'suspended' AND ",
    has_unseen!(),
    ")"
);
const WAKE: &str = concat!(
    "UPDATE stack_runs AS s SET status = 'pending', run_after = ?2, updated_at = ?2
     WHERE s.run_id = ?1 AND s.status = 'suspended' AND ",
    has_unseen!()
);
/// A run that is paused cannot clean up.
const GO_ON: &str = "UPDATE stack_runs SET paused = 0 WHERE run_id = ?1 AND paused = 1";
const GRACE: &str = "UPDATE stack_runs SET expires_at = ?2 WHERE run_id = ?1 AND parent_id IS NULL";
const UNTOLD: &str = "
    SELECT s.run_id, s.path, r.stop_error FROM stack_runs s JOIN task_runs r ON r.id = s.run_id
    WHERE s.id = ?1 AND s.lease_token = ?2 AND s.status = 'processing' AND s.kind = 'frame'
        AND s.stop_untold = 1";
const TOLD: &str = "UPDATE stack_runs SET stop_untold = 0 WHERE id = ?1";
/// The calls of a frame (?2) that have no row and are not in the journal.
const SETTLE_CALLS: &str = "
    INSERT INTO call_journal
        (run_id, seq, frame, call_number, ok, attempts, started_at, finished_at,
         service, method, args, value, options)
    SELECT ?1, (SELECT coalesce(max(j.seq), 0) FROM call_journal j WHERE j.run_id = ?1)
               + row_number() OVER (ORDER BY c.key),
           ?2, c.value ->> 'number', 0, 1, ?5, ?5, c.value ->> 'service', c.value ->> 'method',
           c.value ->> 'args', ?4, c.value ->> 'options'
    FROM json_each(?3) AS c
    WHERE NOT EXISTS (SELECT 1 FROM call_journal j
                      WHERE j.run_id = ?1 AND j.frame = ?2 AND j.call_number = c.value ->> 'number')
      AND NOT EXISTS (SELECT 1 FROM stack_runs s
                      WHERE s.run_id = ?1 AND s.path = ?2 || '.' || (c.value ->> 'number'))";
const EXPIRED: &str = "
    SELECT id, run_id, parent_id IS NULL AS is_root FROM stack_runs INDEXED BY stack_runs_expires
    WHERE expires_at <= ?1 ORDER BY expires_at, id LIMIT ?2";

impl<C: Connection> Stopping for Sqlite<C> {
    fn cancel(
        &self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Result<Option<Cancellation>> {
        let db = &self.connection;
        db.transaction(|db| cancel_within(db, run, stop, force, now))
    }

    fn stop_calls(&self, lease: Lease, calls: &[Call], now: i64) -> Result<Absorbed> {
        let db = &self.connection;
        db.transaction(|db| {
            let Some(mut row) = db.one(UNTOLD, params![lease.id, lease.token.0])? else {
                return slices::absorb(db, lease);
            };
            let run: RunId = row.get("run_id").parsed()?;
            let (frame, error) = (
                Path::from(row.get("path").text()?),
                row.get("stop_error").text()?,
            );
            let calls = to_json(&stopped_calls(calls)?)?;
            db.execute(
                SETTLE_CALLS,
                params![run, &frame, calls, error.as_str(), now],
            )?;
            let stop: ErrorValue = from_json(&error)?;
            let entries = journal::assign_positions(db, lease)?;
            let control = match entries.iter().any(|entry| tells(entry, &stop)) {
                true => {
                    db.execute(TOLD, params![lease.id])?;
                    Control::Go
                }
                false => Control::Stop,
            };
            Ok(Absorbed { entries, control })
        })
    }

    fn expire(&self, limit: u32, grace_ms: i64, now: i64) -> Result<u32> {
        let db = &self.connection;
        if db.one(EXPIRED, params![now, 1_u32])?.is_none() {
            return Ok(0);
        }
        db.transaction(|db| expire_within(db, limit, grace_ms, now))
    }
}

/// Cancels a run within the caller's transaction.
pub(super) fn cancel_within<C: Connection>(
    db: &C,
    run: RunId,
    stop: &Stop,
    force: bool,
    now: i64,
) -> Result<Option<Cancellation>> {
    let Some((status, under_way)) = standing(db, run)? else {
        return Ok(None);
    };
    Ok(Some(match (status, under_way) {
        (status, _) if status.is_terminal() => Cancellation::Finished,
        (RunStatus::Queued, _) => {
            end(db, run, stop, now)?;
            Cancellation::Ended
        }
        (_, under_way) if force => {
            end(db, run, under_way.as_ref().unwrap_or(stop), now)?;
            Cancellation::Ended
        }
        (_, Some(under_way)) => Cancellation::Stopping {
            grace_until: under_way.grace_until,
        },
        (_, None) => {
            begin(db, run, stop, now)?;
            Cancellation::Stopping {
                grace_until: stop.grace_until,
            }
        }
    }))
}

pub(super) fn standing<C: Connection>(
    db: &C,
    run: RunId,
) -> Result<Option<(RunStatus, Option<Stop>)>> {
    db.one(STANDING, params![run])?
        .map(|mut row| {
            Ok((
                row.get("status").word(RunStatus::parse)?,
                read_stop(&mut row)?,
            ))
        })
        .transpose()
}

/// Ends a run whose time to clean up is over, or that has nothing to clean up.
fn end<C: Connection>(db: &C, run: RunId, stop: &Stop, now: i64) -> Result<()> {
    let (status, error) = (stop.status().as_str(), to_json(&stop.error())?);
    let ended = db.one(END_RUN, params![run, status, error, to_json(stop)?, now])?;
    db.execute(DROP_STACK, params![run])?;
    match ended {
        Some(ended) => runs::has_ended(db, run, ended, now),
        None => Ok(()),
    }
}

/// Begins to stop a run: what its frames wait for settles with the reason, so that they wake and can
/// clean up; a frame that is awake is told by its slice.
fn begin<C: Connection>(db: &C, run: RunId, stop: &Stop, now: i64) -> Result<()> {
    let (status, error) = (stop.status().as_str(), to_json(&stop.error())?);
    db.execute(
        STOP_RUN,
        params![run, status, error.as_str(), to_json(stop)?, now],
    )?;
    db.execute(SETTLE_ROWS, params![run, error, now])?;
    db.execute(DROP_ROWS, params![run])?;
    db.execute(TELL_LATER, params![run, now])?;
    db.execute(WAKE, params![run, now])?;
    db.execute(GO_ON, params![run])?;
    db.execute(GRACE, params![run, stop.grace_until])?;
    Ok(())
}

/// Whether a frame that sees this entry learns from it that its run is being stopped: a call is
/// rejected with the reason, or a nested task that was stopped fails in its own way.
fn tells(entry: &JournalEntry, stop: &ErrorValue) -> bool {
    let Err(error) = &entry.outcome else {
        return false;
    };
    error.code == stop.code || entry.call.is_nested_task()
}

/// Ends what is out of time, in a transaction of the caller.
pub(super) fn expire_within<C: Connection>(
    db: &C,
    limit: u32,
    grace_ms: i64,
    now: i64,
) -> Result<u32> {
    let mut expired = 0;
    for mut row in db.execute(EXPIRED, params![now, limit])? {
        let (id, run): (StackRunId, RunId) = (row.get("id").parsed()?, row.get("run_id").parsed()?);
        expired += u32::from(if row.get("is_root").boolean()? {
            expire_run(db, run, grace_ms, now)?
        } else {
            // An earlier one may have taken this along.
            finish::time_out(db, id, &Err(call_timeout()), now)?
        });
    }
    Ok(expired)
}

fn expire_run<C: Connection>(db: &C, run: RunId, grace_ms: i64, now: i64) -> Result<bool> {
    let Some((status, under_way)) = standing(db, run)? else {
        return Ok(false);
    };
    match under_way {
        Some(stop) => end(db, run, &stop, now)?,
        None => {
            let stop = run_timeout(grace_ms, now);
            match status {
                RunStatus::Queued => end(db, run, &stop, now)?,
                _ => begin(db, run, &stop, now)?,
            }
        }
    }
    Ok(true)
}
