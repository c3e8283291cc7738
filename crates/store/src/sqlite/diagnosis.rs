//! Looking at the records as a whole, and repairing them.

use tasker_domain::diagnosis::{Backlog, Damage, DamageKind, DatabaseState, Wait};
use tasker_domain::{RunId, StackRunId};

use crate::diagnosis::{CLOCK_TOLERANCE_MS, Diagnosis, LEASE_MAX_MS, StoredFrame};
use crate::page::page;
use crate::portable::stop::has_unseen;
use crate::records::diagnosis::{read_damage, read_frame, read_wait};
use crate::records::queue::HELD;
use crate::row::Row;
use crate::schema::{NEWEST, missing};
use crate::sqlite::connection::{Connection, Execute, Value, params};
use crate::sqlite::{Sqlite, migrate, sweep};
use crate::{Error, Metering, Page, Result};

/// A write of something new: what stays the same, SQLite does not write.
const WRITE: &str = "
    INSERT INTO sweeps (id, swept_at, looked_up_to, probed_at) VALUES (1, 0, '', ?1)
    ON CONFLICT (id) DO UPDATE SET probed_at = CASE probed_at WHEN ?1 THEN ?1 - 1 ELSE ?1 END";
const PROBED_AT: &str = "SELECT probed_at FROM sweeps WHERE id = 1";
const CLOCK: &str = "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";
const DRAINERS: &str = "SELECT count(*) FROM leases WHERE name = 'drainer' AND expires_at > ?1";

/// The bound keeps a flood from being counted in full; each minimum is one look into the index.
const BACKLOG: &str = "
    SELECT (SELECT count(*) FROM (
                SELECT 1 FROM stack_runs
                WHERE status = 'pending' AND paused = 0 AND kind IN ('frame', 'call') AND run_after <= ?1 LIMIT ?2)) AS due,
           (SELECT min(run_after) FROM stack_runs WHERE status = 'pending' AND paused = 0 AND kind = 'frame') AS oldest_frame,
           (SELECT min(run_after) FROM stack_runs WHERE status = 'pending' AND paused = 0 AND kind = 'call') AS oldest_call";

/// What is damaged: run, task, path, since. Each statement takes the bound as ?1.
macro_rules! damaged_rows {
    ($($condition:expr),+) => {
        concat!(
            "SELECT s.run_id AS run, s.task_name AS task, s.path, s.updated_at AS since FROM stack_runs s WHERE ",
            $($condition,)+
            " ORDER BY s.updated_at, s.id LIMIT ?1"
        )
    };
}

/// The same condition for a repair, at the end of its statement.
macro_rules! repaired_rows {
    ($begin:literal, $($condition:expr),+) => {
        concat!($begin, " WHERE id IN (SELECT s.id FROM stack_runs s WHERE ", $($condition,)+
            " ORDER BY s.updated_at, s.id LIMIT ?1) RETURNING 1")
    };
}

macro_rules! orphaned {
    () => {
        "((s.parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stack_runs p WHERE p.id = s.parent_id))
          OR NOT EXISTS (SELECT 1 FROM task_runs r
                         WHERE r.id = s.run_id AND r.status IN ('queued', 'processing')))"
    };
}

macro_rules! rootless {
    () => {
        "r.status IN ('queued', 'processing') AND NOT EXISTS (
             SELECT 1 FROM stack_runs s WHERE s.run_id = r.id AND s.parent_id IS NULL)"
    };
}

macro_rules! lease_expired {
    () => {
        "s.status = 'processing' AND s.lease_expires_at <= ?2"
    };
}

macro_rules! lease_far_ahead {
    () => {
        "s.status = 'processing' AND s.lease_expires_at > ?2"
    };
}

/// A run, a timer or a wait with a moment of its own keeps it. A timer for a span is moved, and a
/// run that waits for a slot is found by its moment.
macro_rules! due_far_ahead {
    () => {
        "s.status = 'pending' AND s.updated_at > ?2 AND s.run_after > ?2
         AND (s.kind = 'frame' OR s.service NOT IN ('timer', 'event')
              OR s.service = 'timer' AND json_array_length(s.args) = 2)
         AND NOT (s.parent_id IS NULL AND EXISTS (
             SELECT 1 FROM task_runs r
             WHERE r.id = s.run_id AND (r.run_at = s.run_after OR r.slot = 1)))"
    };
}

macro_rules! waking_missed {
    () => {
        concat!("s.status = 'suspended' AND ", has_unseen!())
    };
}

macro_rules! waits_for_nothing {
    () => {
        concat!(
            "s.status = 'suspended' AND NOT ",
            has_unseen!(),
            " AND NOT EXISTS (SELECT 1 FROM stack_runs c WHERE c.parent_id = s.id)"
        )
    };
}

macro_rules! snapshot_orphaned {
    () => {
        "NOT EXISTS (SELECT 1 FROM stack_runs s WHERE s.id = p.stack_run_id)"
    };
}

const WAKE_MISSED: &str = repaired_rows!(
    "UPDATE stack_runs SET status = 'pending', run_after = ?2, updated_at = ?2",
    waking_missed!()
);
const END_LEASES: &str = repaired_rows!(
    "UPDATE stack_runs SET lease_expires_at = ?3",
    lease_far_ahead!()
);
pub(super) const MOVE_BACK: &str = repaired_rows!(
    "UPDATE stack_runs SET run_after = run_after - (updated_at - ?3), updated_at = ?3",
    due_far_ahead!()
);
const REMOVE_ROWS: &str = repaired_rows!("DELETE FROM stack_runs", orphaned!());
const REMOVE_SNAPSHOTS: &str = concat!(
    "DELETE FROM snapshots WHERE stack_run_id IN (
         SELECT p.stack_run_id FROM snapshots p WHERE ",
    snapshot_orphaned!(),
    " LIMIT ?1) RETURNING 1"
);
/// A call may last longer than any of the others.
pub(super) const FREE_LEASES: &str =
    "DELETE FROM leases WHERE expires_at > ?1 AND name NOT LIKE 'calls %' RETURNING 1";
const FRAMES_OF_NOTHING: &str = concat!(
    "SELECT s.id FROM stack_runs s WHERE ",
    waits_for_nothing!(),
    " ORDER BY s.updated_at, s.id LIMIT ?1"
);
/// The rows that the frame has left say which id it had: with that id they are its own again, and
/// so is its snapshot.
const MAKE_ROOTS: &str = concat!(
    "INSERT INTO stack_runs
        (id, run_id, path, call_number, kind, status, run_after, created_at, updated_at,
         task_name, task_version, started_at, log_count, service, method, lane, paused, expires_at,
         stop_untold)
     SELECT coalesce(
                (SELECT c.parent_id FROM stack_runs c
                 WHERE c.run_id = r.id AND c.path NOT LIKE '%.%.%' ORDER BY c.path LIMIT 1),
                r.id),
            r.id, CAST(r.attempt - 1 AS TEXT), 0, 'frame', 'pending',
            CASE r.slot WHEN 1 THEN ?3 ELSE max(coalesce(r.run_at, ?2), ?2) END, ?2, ?2,
            r.task_name, r.task_version, r.started_at,
            (SELECT coalesce(max(l.line_index) + 1, 0) FROM run_logs l
             WHERE l.run_id = r.id AND l.frame = CAST(r.attempt - 1 AS TEXT)),
            'tasks', '[\"execute\"]', printf('%03d', 100 - r.priority) || r.task_name,
            r.paused_at IS NOT NULL, coalesce(r.stop ->> 'graceUntil', r.deadline), r.stop IS NOT NULL
     FROM task_runs r WHERE ",
    rootless!(),
    " ORDER BY r.id LIMIT ?1 ON CONFLICT DO NOTHING RETURNING 1"
);
const DROP_SNAPSHOT: &str = "
    DELETE FROM snapshots WHERE stack_run_id = ?1 AND EXISTS (
        SELECT 1 FROM stack_runs s WHERE s.id = ?1 AND s.status <> 'processing')";
const WAKE: &str = "
    UPDATE stack_runs SET status = 'pending', run_after = ?2, updated_at = ?2
    WHERE id = ?1 AND kind = 'frame' AND status = 'suspended'";
const NOT_IN_A_VM: &str =
    "SELECT 1 FROM stack_runs WHERE id = ?1 AND kind = 'frame' AND status <> 'processing'";

/// A row itself is what is waited for if nothing below it is in the queue. Those that only wait for their
/// moment come last: there may be thousands.
const WAITS: &str = "
    SELECT s.run_id, r.task_name AS task, s.path, s.kind = 'call' AS is_call, s.service, s.method,
           CASE s.service WHEN 'event' THEN s.args ->> '$[0]' END AS event, s.status, s.attempt,
           s.run_after, s.lease_expires_at, coalesce(r.paused_at, s.updated_at) AS since, s.paused,
           r.stop ->> 'graceUntil' AS stopped_by,
           r.slot = 1 AND r.slot_scope IS NOT NULL AS held
    FROM stack_runs s JOIN task_runs r ON r.id = s.run_id
    WHERE s.updated_at <= ?1 AND NOT EXISTS (SELECT 1 FROM stack_runs c WHERE c.parent_id = s.id)
    ORDER BY s.status = 'pending' AND s.paused = 0 AND s.run_after > ?1 AND r.slot = 0, s.updated_at, s.id
    LIMIT ?2";

macro_rules! select_frames {
    ($condition:literal) => {
        concat!(
            "SELECT t.name, t.version, t.code, t.modules, t.description, t.input_schema, t.timeout_ms, t.created_at,
                    s.id, s.run_id, s.path, s.status, s.updated_at,
                    (SELECT coalesce(max(j.position), 0) FROM call_journal j
                     WHERE j.run_id = s.run_id AND j.frame = s.path) AS last_position,
                    (SELECT json_group_array(c.call_number) FROM stack_runs c WHERE c.parent_id = s.id) AS queued,
                    (SELECT json_group_array(j.call_number) FROM call_journal j
                     WHERE j.run_id = s.run_id AND j.frame = s.path
                       AND (j.position IS NULL OR j.position > coalesce(p.position, 0))) AS settled,
                    p.bytes, p.raw_bytes, p.engine, p.position, p.in_flight
             FROM stack_runs s
             JOIN task_functions t ON t.name = s.task_name AND t.version = s.task_version
             LEFT JOIN snapshots p ON p.stack_run_id = s.id
             WHERE s.kind = 'frame' AND s.id > ?1 AND ",
            $condition,
            " ORDER BY s.id LIMIT ?2"
        )
    };
}

impl<C: Connection> Diagnosis for Sqlite<C> {
    fn database(&self, fresh_ms: i64, now: i64) -> Result<DatabaseState> {
        let db = &self.connection;
        let probed_at = match db.one(PROBED_AT, vec![])? {
            Some(row) => row.only().int()?,
            None => 0,
        };
        if !(now - fresh_ms + 1..=now).contains(&probed_at) {
            db.execute(WRITE, params![now])?;
        }
        let schema = migrate::version(db)?;
        Ok(DatabaseState {
            schema,
            newest: NEWEST,
            missing: missing(schema),
            clock: only(db, CLOCK, vec![])?.only().int()?,
            swept_at: sweep::last_sweep(db)?,
            drainers: only(db, DRAINERS, params![now])?.only().number()?,
        })
    }

    fn integrity(&self, most: u64) -> Result<Option<String>> {
        let db = &self.connection;
        if self.size()?.bytes > most {
            return Ok(None);
        }
        let said = only(db, "PRAGMA quick_check(1)", vec![])?.only().text()?;
        Ok(Some(said).filter(|said| said != "ok"))
    }

    fn can_shrink(&self) -> Result<bool> {
        Ok(only(&self.connection, "PRAGMA auto_vacuum", vec![])?
            .only()
            .int()?
            == 2)
    }

    fn backlog(&self, bound: u32, now: i64) -> Result<Backlog> {
        let mut row = only(&self.connection, BACKLOG, params![now, bound])?;
        let due = row.get("due").number()?;
        let oldest = [
            row.get("oldest_frame").opt_int()?,
            row.get("oldest_call").opt_int()?,
        ]
        .into_iter()
        .flatten()
        .min();
        Ok(Backlog {
            due,
            oldest_ms: oldest.map_or(0, |due| (now - due).max(0)),
        })
    }

    fn damage(&self, limit: u32, now: i64) -> Result<Vec<Damage>> {
        let mut damage = Vec::new();
        for kind in DamageKind::ALL {
            if let Some((sql, params)) = find(*kind, limit, now) {
                for row in self.connection.execute(sql, params)? {
                    damage.push(read_damage(*kind, row)?);
                }
            }
        }
        Ok(damage)
    }

    fn repair(&self, kind: DamageKind, limit: u32, now: i64) -> Result<u32> {
        let (sql, params) = match kind {
            DamageKind::RootMissing => (MAKE_ROOTS, params![limit, now, HELD]),
            DamageKind::RowOrphaned => (REMOVE_ROWS, params![limit]),
            DamageKind::SnapshotOrphaned => (REMOVE_SNAPSHOTS, params![limit]),
            DamageKind::LeaseFarAhead => (END_LEASES, params![limit, now + LEASE_MAX_MS, now]),
            DamageKind::DueFarAhead => (MOVE_BACK, params![limit, now + CLOCK_TOLERANCE_MS, now]),
            DamageKind::SlotFarAhead => (FREE_LEASES, params![now + LEASE_MAX_MS]),
            DamageKind::WakingMissed => (WAKE_MISSED, params![limit, now]),
            DamageKind::WaitsForNothing => return self.replay_those_that_wait(limit, now),
            DamageKind::LeaseExpired | DamageKind::CallLost | DamageKind::SnapshotDamaged => {
                return Ok(0);
            }
        };
        let repaired = self.connection.execute(sql, params)?;
        Ok(u32::try_from(repaired.len()).unwrap_or(u32::MAX))
    }

    fn waits(&self, unmoved_since: i64, limit: u32) -> Result<Vec<Wait>> {
        self.connection
            .execute(WAITS, params![unmoved_since, limit])?
            .into_iter()
            .map(read_wait)
            .collect()
    }

    fn frames(
        &self,
        run: Option<RunId>,
        after: Option<StackRunId>,
        limit: u32,
    ) -> Result<Page<StoredFrame>> {
        let after = after.map_or_else(String::new, |id| id.to_string());
        page(limit, |limit| {
            let rows = match run {
                Some(run) => self
                    .connection
                    .execute(select_frames!("s.run_id = ?3"), params![after, limit, run])?,
                None => self.connection.execute(
                    select_frames!("s.status = 'suspended'"),
                    params![after, limit],
                )?,
            };
            rows.into_iter().map(read_frame).collect()
        })
    }

    fn drop_snapshot(&self, frame: StackRunId, wake: bool, now: i64) -> Result<bool> {
        self.connection.transaction(|db| {
            if db.one(NOT_IN_A_VM, params![frame])?.is_none() {
                return Ok(false);
            }
            db.execute(DROP_SNAPSHOT, params![frame])?;
            if wake {
                db.execute(WAKE, params![frame, now])?;
            }
            Ok(true)
        })
    }
}

impl<C: Connection> Sqlite<C> {
    fn replay_those_that_wait(&self, limit: u32, now: i64) -> Result<u32> {
        let mut repaired = 0;
        for row in self.connection.execute(FRAMES_OF_NOTHING, params![limit])? {
            repaired += u32::from(self.drop_snapshot(row.only().parsed()?, true, now)?);
        }
        Ok(repaired)
    }
}

/// The statement that finds damage of a kind, if the records alone can tell.
fn find(kind: DamageKind, limit: u32, now: i64) -> Option<(&'static str, Vec<Value>)> {
    Some(match kind {
        DamageKind::RootMissing => (
            concat!(
                "SELECT r.id AS run, r.task_name AS task, CAST(r.attempt - 1 AS TEXT) AS path, r.updated_at AS since
                 FROM task_runs r WHERE ",
                rootless!(),
                " ORDER BY r.id LIMIT ?1"
            ),
            params![limit],
        ),
        DamageKind::RowOrphaned => (damaged_rows!(orphaned!()), params![limit]),
        DamageKind::SnapshotOrphaned => (
            concat!(
                "SELECT '' AS run, NULL AS task, '' AS path, 0 AS since FROM snapshots p WHERE ",
                snapshot_orphaned!(),
                " LIMIT ?1"
            ),
            params![limit],
        ),
        DamageKind::LeaseExpired => (damaged_rows!(lease_expired!()), params![limit, now]),
        DamageKind::LeaseFarAhead => (
            damaged_rows!(lease_far_ahead!()),
            params![limit, now + LEASE_MAX_MS],
        ),
        DamageKind::DueFarAhead => (
            damaged_rows!(due_far_ahead!()),
            params![limit, now + CLOCK_TOLERANCE_MS],
        ),
        DamageKind::SlotFarAhead => (
            "SELECT '' AS run, NULL AS task, '' AS path, 0 AS since FROM leases
             WHERE expires_at > ?2 AND name NOT LIKE 'calls %' LIMIT ?1",
            params![limit, now + LEASE_MAX_MS],
        ),
        DamageKind::WakingMissed => (damaged_rows!(waking_missed!()), params![limit]),
        DamageKind::WaitsForNothing => (damaged_rows!(waits_for_nothing!()), params![limit]),
        DamageKind::CallLost | DamageKind::SnapshotDamaged => return None,
    })
}

fn only<C: Connection>(db: &C, sql: &str, params: Vec<Value>) -> Result<Row> {
    db.one(sql, params)?
        .ok_or_else(|| Error::Unexpected("a question has no answer".to_owned()))
}
