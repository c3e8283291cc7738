//! Stopping runs, and ending what is out of time.

use tasker_domain::{
    Call, ErrorValue, JournalEntry, Lease, Path, RunId, StackRunId, Stop, StopCause,
};

use crate::portable;
use crate::portable::history::journal_bytes;
use crate::records::stop::{call_timeout, stopped_calls};
use crate::row::{from_json, to_json};
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::{Sqlite, Within, finish, journal, runs, slices};
use crate::stop::Stopping;
use crate::{Absorbed, Cancellation, Control, Result};

const UNTOLD: &str = "
    SELECT s.run_id, s.path, r.stop_error FROM stack_runs s JOIN task_runs r ON r.id = s.run_id
    WHERE s.id = ?1 AND s.lease_token = ?2 AND s.status = 'processing' AND s.kind = 'frame'
        AND s.stop_untold = 1";
const TOLD: &str = "UPDATE stack_runs SET stop_untold = 0 WHERE id = ?1";
/// The calls of a frame (?2) that have no row and are not in the journal.
const SETTLE_CALLS: &str = concat!(
    "INSERT INTO call_journal
        (run_id, seq, frame, call_number, ok, attempts, started_at, finished_at,
         service, method, args, value, options, total_bytes)
    SELECT ?1, (SELECT coalesce(max(j.seq), 0) FROM call_journal j WHERE j.run_id = ?1)
               + row_number() OVER (ORDER BY c.key),
           ?2, c.value ->> 'number', 0, 1, ?5, ?5, c.value ->> 'service', c.value ->> 'method',
           c.value ->> 'args', ?4, c.value ->> 'options', ",
    journal_bytes!("?1"),
    " + sum(octet_length(c.value ->> 'args') + octet_length(?4) + coalesce(octet_length(c.value ->> 'options'), 0))
            OVER (ORDER BY c.key)
    FROM json_each(?3) AS c
    WHERE NOT EXISTS (SELECT 1 FROM call_journal j
                      WHERE j.run_id = ?1 AND j.frame = ?2 AND j.call_number = c.value ->> 'number')
      AND NOT EXISTS (SELECT 1 FROM stack_runs s
                      WHERE s.run_id = ?1 AND s.path = ?2 || '.' || (c.value ->> 'number'))"
);
const EXPIRED: &str = "
    SELECT s.id, s.run_id, s.parent_id IS NULL AS is_root, r.stop IS NOT NULL AS is_stopping
    FROM stack_runs s INDEXED BY stack_runs_expires JOIN task_runs r ON r.id = s.run_id
    WHERE s.expires_at <= ?1 ORDER BY s.expires_at, s.id LIMIT ?2";

impl<C: Connection> Stopping for Sqlite<C> {
    fn cancel(
        &self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Result<Option<Cancellation>> {
        let db = &self.connection;
        db.transaction(|db| cancel(db, run, stop, force, now))
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
pub(super) fn cancel<C: Connection>(
    db: &C,
    run: RunId,
    stop: &Stop,
    force: bool,
    now: i64,
) -> Result<Option<Cancellation>> {
    let done = portable::stop::cancel(&Within(db), run, stop, force, now)?;
    if done == Some(Cancellation::Ended) {
        let limit = portable::runs::concurrency_limit(&Within(db), run)?;
        runs::has_ended(db, run, limit.map(|limit| limit.scope), now)?;
    }
    Ok(done)
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
            let is_stopping = row.get("is_stopping").boolean()?;
            let stop = Stop::new(StopCause::Timeout, grace_ms, now);
            cancel(db, run, &stop, is_stopping, now)?.is_some()
        } else {
            // An earlier one may have taken this along.
            finish::time_out(db, id, &Err(call_timeout()), now)?
        });
    }
    Ok(expired)
}
