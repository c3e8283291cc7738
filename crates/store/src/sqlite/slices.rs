//! What a slice does with its frame while the VM is live: loading it, and journaling its calls.

use tasker_domain::{JournalEntry, Lease, Path, RunId};

use crate::portable::history::journal_bytes;
use crate::portable::stop::has_unseen;
use crate::records::journal::read_entries;
use crate::records::slices::read_frame;
use crate::records::tasks::read_task;
use crate::slices::Slices;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::journal::entry_columns;
use crate::sqlite::logs::{self, FrameLog};
use crate::sqlite::{Sqlite, journal};
use crate::{Absorbed, Control, Error, Frame, NewEntry, NewLog, Result};

const LOAD: &str = concat!(
    "SELECT ",
    has_unseen!(),
    " AS has_unseen, s.stop_untold, s.paused, s.started_at AS clock, r.status AS run_status,
       t.name, t.version, t.code, t.modules, t.description, t.input_schema, t.timeout_ms, t.created_at,
       s.run_id, s.path, s.log_count, coalesce(s.input, r.input) AS input, r.trace,
       (SELECT coalesce(max(j.position), 0) FROM call_journal j
        WHERE j.run_id = s.run_id AND j.frame = s.path) AS last_position, ",
    journal_bytes!("s.run_id"),
    " AS journal_bytes,
       (SELECT json_group_array(c.call_number) FROM stack_runs c WHERE c.parent_id = s.id) AS queued,
       p.bytes, p.raw_bytes, p.engine, p.position, p.in_flight,
       e.frame AS next_frame, e.call_number AS next_call_number, e.service AS next_service,
       e.method AS next_method, e.args AS next_args, e.options AS next_options, e.position AS next_position,
       e.ok AS next_ok, e.value AS next_value, e.attempts AS next_attempts,
       e.started_at AS next_started_at, e.finished_at AS next_finished_at
     FROM stack_runs s
     JOIN task_runs r ON r.id = s.run_id
     JOIN task_functions t ON t.name = s.task_name AND t.version = s.task_version
     LEFT JOIN snapshots p ON p.stack_run_id = s.id
     LEFT JOIN call_journal e
       ON e.run_id = s.run_id AND e.frame = s.path AND e.position = coalesce(p.position, 0) + 1
     WHERE s.id = ?1 AND s.lease_token = ?2 AND s.status = 'processing'"
);
const START_CLOCK: &str = "UPDATE stack_runs SET started_at = ?2 WHERE id = ?1";
const START_RUN: &str = "
    UPDATE task_runs SET status = 'processing', started_at = coalesce(started_at, ?2), updated_at = ?2
    WHERE id = ?1";
const FRAME_LOG: &str = "
    SELECT run_id, path, log_count FROM stack_runs
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' AND kind = 'frame'";
const UNSEEN: &str = concat!(
    "SELECT ",
    has_unseen!(),
    " AS has_unseen, s.stop_untold, s.paused FROM stack_runs s
      WHERE s.id = ?1 AND s.lease_token = ?2 AND s.status = 'processing' AND s.kind = 'frame'"
);

const TAIL: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM call_journal WHERE run_id = ?1 AND frame = ?2 AND position > ?3
      ORDER BY position LIMIT ?4"
);

impl<C: Connection> Slices for Sqlite<C> {
    fn load(&self, lease: Lease, now: i64) -> Result<Frame> {
        let db = &self.connection;
        db.transaction(|db| {
            let mut row = db
                .one(LOAD, params![lease.id, lease.token.0])?
                .ok_or(Error::LeaseLost)?;
            let has_unseen = row.get("has_unseen").boolean()?;
            let control = Control::read(&mut row)?;
            let clock = row.get("clock").opt_int()?;
            let run_has_begun = row.get("run_status").text()? != "queued";
            let task = read_task(&mut row)?;
            let mut frame = read_frame(row, task, clock.unwrap_or(now), control)?;
            if clock.is_none() {
                db.execute(START_CLOCK, params![lease.id, now])?;
            }
            if !run_has_begun {
                db.execute(START_RUN, params![frame.run, now])?;
            }
            if has_unseen && control != Control::Stop {
                let seen = journal::assign_positions(db, lease)?;
                if let Some(position) = seen.last().and_then(|last| last.position) {
                    frame.last_position = position;
                }
                let snapshot = frame
                    .snapshot
                    .as_ref()
                    .map_or(0, |snapshot| snapshot.position);
                let is_next = |entry: &JournalEntry| entry.position == Some(snapshot + 1);
                frame.next = frame.next.or(seen.into_iter().next().filter(is_next));
            }
            Ok(frame)
        })
    }

    fn tail(&self, run: RunId, frame: &Path, after: u32, limit: u32) -> Result<Vec<JournalEntry>> {
        read_entries(
            self.connection
                .execute(TAIL, params![run, frame, after, limit])?,
        )
    }

    fn append(&self, lease: Lease, entry: &NewEntry, log: &NewLog, _now: i64) -> Result<()> {
        let db = &self.connection;
        let append = |db: &C| match journal::append(db, lease, entry)? {
            true => Ok(()),
            false => Err(Error::LeaseLost),
        };
        if log.is_empty() {
            return append(db);
        }
        db.transaction(|db| {
            append(db)?;
            logs::store_and_count(db, &frame_log(db, lease)?, log)
        })
    }

    fn tell(&self, lease: Lease, log: &NewLog) -> Result<()> {
        let db = &self.connection;
        db.transaction(|db| logs::store_and_count(db, &frame_log(db, lease)?, log))
    }

    fn absorb(&self, lease: Lease, _now: i64) -> Result<Absorbed> {
        absorb(&self.connection, lease)
    }
}

pub(super) fn absorb<C: Connection>(db: &C, lease: Lease) -> Result<Absorbed> {
    let mut row = db
        .one(UNSEEN, params![lease.id, lease.token.0])?
        .ok_or(Error::LeaseLost)?;
    let has_unseen = row.get("has_unseen").boolean()?;
    let control = Control::read(&mut row)?;
    if !has_unseen || control != Control::Go {
        return Ok(Absorbed {
            control,
            ..Absorbed::default()
        });
    }
    let entries = journal::assign_positions(db, lease)?;
    // Only the holder of the lease removes entries: if none are left, the lease has passed on.
    if entries.is_empty() {
        return Err(Error::LeaseLost);
    }
    Ok(Absorbed { entries, control })
}

/// What the log of a leased frame needs.
pub(super) fn frame_log<C: Connection>(db: &C, lease: Lease) -> Result<FrameLog> {
    let mut row = db
        .one(FRAME_LOG, params![lease.id, lease.token.0])?
        .ok_or(Error::LeaseLost)?;
    Ok(FrameLog {
        id: lease.id,
        run: row.get("run_id").parsed()?,
        path: Path::from(row.get("path").text()?),
        stored: row.get("log_count").number()?,
    })
}
