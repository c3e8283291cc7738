//! Looking at the records as a whole, and repairing them.

use tasker_domain::diagnosis::{Backlog, Damage, DamageKind, DatabaseState, Wait};
use tasker_domain::{RunId, StackRunId};

use crate::diagnosis::{Diagnosis, StoredFrame};
use crate::page::page;
use crate::portable::{damage, repair};
use crate::records::diagnosis::{read_frame, read_wait};
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
        damage::damage(self, limit, now)
    }

    fn repair(&self, kind: DamageKind, limit: u32, now: i64) -> Result<u32> {
        repair::repair(self, kind, limit, now)
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
        repair::drop_snapshot(self, frame, wake, now)
    }
}

fn only<C: Connection>(db: &C, sql: &str, params: Vec<Value>) -> Result<Row> {
    db.one(sql, params)?
        .ok_or_else(|| Error::Unexpected("a question has no answer".to_owned()))
}
