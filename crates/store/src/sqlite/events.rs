//! Events, and the calls that wait for them.

use serde_json::Value as Data;
use tasker_domain::event::EventWait;
use tasker_domain::json::means_the_same;
use tasker_domain::{Call, Json, Lease, RunId, RunStatus, StackRunId};

use crate::events::Events;
use crate::limits::{EARLY_PAGE, EVENT_DELIVERIES, WAITS_LOOKED_AT};
use crate::records::events::{seen, too_late};
use crate::records::journal::read_call;
use crate::row::from_json;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::{Sqlite, finish};
use crate::{Error, FOREVER, FollowUp, LeaseTerms, NewEvent, Result, Sent};

const EXISTING: &str = "SELECT name, run_id, data FROM events WHERE id = ?1";
const RUN_STATUS: &str = "SELECT status FROM task_runs WHERE id = ?1";
const SEND: &str = "
    INSERT INTO events (seq, id, name, run_id, sent_at, expires_at, data)
    VALUES ((SELECT coalesce(max(seq), 0) + 1 FROM events), ?1, ?2, ?3, ?4, ?5, ?6) RETURNING seq";
/// Calls that wait for a name: those of run ?2, or of all if it is NULL. Of one run the newest first: an older one may be
/// what is left of a race that the run has gone on from.
macro_rules! waits {
    ($condition:literal) => {
        concat!(
            "SELECT s.id, s.run_id, s.call_number, s.service, s.method, coalesce(s.args, '') AS args,
                 s.options
             FROM event_waits w JOIN stack_runs s ON s.id = w.stack_run_id AND s.status = 'pending'
             WHERE w.name = ?1 AND ",
            $condition,
            " ORDER BY w.run_id, s.call_number DESC, w.stack_run_id LIMIT ?3"
        )
    };
}
const WAITS_OF_RUN: &str = waits!("w.run_id = ?2");
const WAITS_OF_ALL: &str = waits!("w.run_id > coalesce(?2, '')");
const LOOK_YOURSELF: &str = "
    UPDATE stack_runs SET run_after = ?2, updated_at = ?2
    WHERE id IN (SELECT stack_run_id FROM event_waits WHERE name = ?1)
      AND status = 'pending' AND run_after > ?2 RETURNING 1";
const TAKE: &str = "UPDATE events SET is_taken = 1 WHERE seq = ?1";
const RECEIPT: &str = "INSERT INTO event_receipts (event_seq, run_id) VALUES (?1, ?2)";
const WAITING: &str = "
    SELECT s.run_id, r.created_at AS submitted_at FROM stack_runs s JOIN task_runs r ON r.id = s.run_id
    WHERE s.id = ?1 AND s.lease_token = ?2 AND s.status = 'processing' AND s.kind = 'call'";
/// The events after ?3 that run ?2 has not taken: its own, and those for all since ?4.
const EARLY: &str = "
    SELECT seq, id, run_id IS NOT NULL AS is_addressed, sent_at, data FROM (
        SELECT * FROM (
            SELECT seq, id, run_id, sent_at, data FROM events
            WHERE is_taken = 0 AND name = ?1 AND run_id = ?2 AND seq > ?3 AND expires_at > ?5
            ORDER BY seq LIMIT ?6)
        UNION ALL
        SELECT * FROM (
            SELECT seq, id, run_id, sent_at, data FROM events e
            WHERE is_taken = 0 AND name = ?1 AND run_id IS NULL AND seq > ?3 AND expires_at > ?5
              AND sent_at >= ?4
              AND NOT EXISTS (SELECT 1 FROM event_receipts t WHERE t.event_seq = e.seq AND t.run_id = ?2)
            ORDER BY seq LIMIT ?6))
    ORDER BY seq LIMIT ?6";
const PARK: &str = "
    UPDATE stack_runs SET status = 'pending', run_after = ?3, lease_owner = NULL,
        lease_expires_at = NULL, updated_at = ?4
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' AND kind = 'call'";
const NOTE_WAIT: &str = "
    INSERT INTO event_waits (stack_run_id, name, run_id) VALUES (?1, ?2, ?3)
    ON CONFLICT (stack_run_id) DO NOTHING";
const REMOVE_EXPIRED: &str = "
    DELETE FROM events WHERE seq IN (
        SELECT seq FROM events WHERE expires_at <= ?1 ORDER BY expires_at, seq LIMIT ?2)";

impl<C: Connection> Events for Sqlite<C> {
    fn send_event(&self, event: &NewEvent, now: i64) -> Result<Sent> {
        let db = &self.connection;
        db.transaction(|db| {
            if let Some(mut row) = db.one(EXISTING, params![event.id.as_str()])? {
                let (name, run, data) = (
                    row.get("name").text()?,
                    row.get("run_id").opt_parsed::<RunId>()?,
                    row.get("data").text()?,
                );
                let same =
                    name == event.name && run == event.run && means_the_same(&data, &event.data);
                return Ok(if same { Sent::Existing } else { Sent::Conflict });
            }
            if let Some(run) = event.run {
                match db.one(RUN_STATUS, params![run])? {
                    None => return Ok(Sent::NoRun),
                    Some(row) => {
                        let status = RunStatus::parse(&row.only().text()?);
                        if status.is_none_or(RunStatus::is_terminal) {
                            return Ok(Sent::RunEnded);
                        }
                    }
                }
            }
            let seq = db
                .one(
                    SEND,
                    params![
                        event.id.as_str(),
                        event.name.as_str(),
                        event.run,
                        now,
                        event.expires_at,
                        event.data.as_str()
                    ],
                )?
                .ok_or_else(|| Error::Unexpected("an event was not stored".to_owned()))?
                .only()
                .int()?;
            deliver(db, event, seq, now)
        })
    }

    fn was_sent(&self, id: &str) -> Result<bool> {
        Ok(self.connection.one(EXISTING, params![id])?.is_some())
    }

    fn wait_for_event(
        &self,
        lease: Lease,
        wait: &EventWait,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        let db = &self.connection;
        db.transaction(|db| {
            let mut row = db
                .one(WAITING, params![lease.id, lease.token.0])?
                .ok_or(Error::LeaseLost)?;
            let (run, submitted_at) = (
                row.get("run_id").parsed::<RunId>()?,
                row.get("submitted_at").int()?,
            );
            if let Some(event) = take_early(db, run, submitted_at, wait, now)? {
                return finish::settle_leased(db, lease, &Ok(event), claim, now);
            }
            if wait.until.is_some_and(|until| until <= now) {
                return finish::settle_leased(db, lease, &Err(too_late(wait)), claim, now);
            }
            let until = wait.until.unwrap_or(FOREVER);
            db.execute(PARK, params![lease.id, lease.token.0, until, now])?;
            db.execute(NOTE_WAIT, params![lease.id, wait.name.as_str(), run])?;
            Ok(FollowUp::default())
        })
    }
}

/// A call that waits.
struct Waiting {
    id: StackRunId,
    run: RunId,
    call: Call,
}

/// Settles the calls that wait for an event.
fn deliver<C: Connection>(db: &C, event: &NewEvent, seq: i64, now: i64) -> Result<Sent> {
    let sql = if event.run.is_some() {
        WAITS_OF_RUN
    } else {
        WAITS_OF_ALL
    };
    let waits = db
        .execute(
            sql,
            params![event.name.as_str(), event.run, WAITS_LOOKED_AT],
        )?
        .into_iter()
        .map(|mut row| {
            Ok(Waiting {
                id: row.get("id").parsed()?,
                run: row.get("run_id").parsed()?,
                call: read_call(&mut row)?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let mut looked_at_all = u32::try_from(waits.len()).is_ok_and(|waits| waits < WAITS_LOOKED_AT);
    let data: Data = from_json(&event.data)?;
    let outcome = Ok(seen(&event.id, &event.name, &event.data, now)?);
    let mut runs = Vec::new();
    for Waiting { id, run, call } in waits {
        let has_it = runs.last() == Some(&run);
        if has_it || !call.event_wait().is_some_and(|wait| wait.fits(&data, now)) {
            continue;
        }
        if runs.len() == EVENT_DELIVERIES {
            looked_at_all = false;
            break;
        }
        finish::settle_pending(db, id, &outcome, now)?;
        runs.push(run);
        if event.run.is_some() {
            db.execute(TAKE, params![seq])?;
            looked_at_all = true;
            break;
        }
        db.execute(RECEIPT, params![seq, run])?;
    }
    let more = !looked_at_all
        && db
            .one(LOOK_YOURSELF, params![event.name.as_str(), now])?
            .is_some();
    Ok(Sent::Created {
        delivered: u32::try_from(runs.len()).unwrap_or(u32::MAX),
        more,
    })
}

/// The first early event that fits, as the task gets it; the run has taken it then.
fn take_early<C: Connection>(
    db: &C,
    run: RunId,
    submitted_at: i64,
    wait: &EventWait,
    now: i64,
) -> Result<Option<Json>> {
    let mut after = 0;
    loop {
        let name = wait.name.as_str();
        let page = db.execute(
            EARLY,
            params![name, run, after, submitted_at, now, EARLY_PAGE],
        )?;
        let is_last = u32::try_from(page.len()).is_ok_and(|rows| rows < EARLY_PAGE);
        for mut row in page {
            after = row.get("seq").int()?;
            let (id, is_addressed) = (row.get("id").text()?, row.get("is_addressed").boolean()?);
            let (sent_at, data) = (row.get("sent_at").int()?, row.get("data").text()?);
            if !wait.fits(&from_json(&data)?, sent_at) {
                continue;
            }
            if is_addressed {
                db.execute(TAKE, params![after])?;
            } else {
                db.execute(RECEIPT, params![after, run])?;
            }
            return seen(&id, name, &data, sent_at).map(Some);
        }
        if is_last {
            return Ok(None);
        }
    }
}

/// Removes a batch of events whose time is up.
pub(super) fn remove_expired<C: Connection>(db: &C, limit: u32, now: i64) -> Result<()> {
    db.execute(REMOVE_EXPIRED, params![now, limit]).map(drop)
}
