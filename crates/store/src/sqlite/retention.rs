//! How long ended runs are kept.

use tasker_domain::RunId;

use crate::limits::ROWS_PURGED;
use crate::portable;
use crate::row::{Row, to_json};
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{Purge, Purged, Result, Retention, RunRemoved};

/// Runs whose time is up, by the app's setting and by their own.
const EXPIRED: &str = "
    SELECT id FROM (
        SELECT id FROM task_runs INDEXED BY task_runs_ended
        WHERE finished_at IS NOT NULL AND retention_ms IS NULL AND finished_at <= ?1
        ORDER BY finished_at LIMIT ?3)
    UNION ALL
    SELECT id FROM (
        SELECT id FROM task_runs INDEXED BY task_runs_expired
        WHERE finished_at IS NOT NULL AND retention_ms IS NOT NULL AND finished_at + retention_ms <= ?2
        ORDER BY finished_at + retention_ms LIMIT ?3)";
const TRIMMED_UP_TO: &str = "SELECT trimmed_up_to FROM sweeps WHERE id = 1";
const NEXT_TASK: &str = "SELECT min(task_name) FROM task_runs WHERE task_name > ?1";
const TRIM_FROM: &str = "
    INSERT INTO sweeps (id, swept_at, looked_up_to, trimmed_up_to) VALUES (1, 0, '', ?1)
    ON CONFLICT (id) DO UPDATE SET trimmed_up_to = excluded.trimmed_up_to";
/// Ended runs of a task before its newest ?2.
const TOO_MANY: &str = "
    SELECT id FROM task_runs
    WHERE task_name = ?1 AND finished_at IS NOT NULL
        AND id <= (SELECT id FROM task_runs WHERE task_name = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
    ORDER BY id LIMIT ?3";
const PURGE_JOURNAL: &str = "
    DELETE FROM call_journal WHERE (run_id, seq) IN (
        SELECT j.run_id, j.seq FROM json_each(?1) AS purged
        JOIN call_journal j ON j.run_id = purged.value LIMIT ?2)";
const PURGE_LOGS: &str = "
    DELETE FROM run_logs WHERE (run_id, seq) IN (
        SELECT l.run_id, l.seq FROM json_each(?1) AS purged
        JOIN run_logs l ON l.run_id = purged.value LIMIT ?2)";
/// A run is removed once nothing of it is left.
const PURGE_RUNS: &str = "
    DELETE FROM task_runs WHERE id IN (SELECT value FROM json_each(?1))
        AND NOT EXISTS (SELECT 1 FROM call_journal j WHERE j.run_id = task_runs.id)
        AND NOT EXISTS (SELECT 1 FROM run_logs l WHERE l.run_id = task_runs.id)
    RETURNING 1";

/// The keys whose time is up, the first ones.
macro_rules! expired_keys {
    () => {
        "(task_name, idempotency_key) IN (
             SELECT k.task_name, k.idempotency_key FROM idempotency_keys k
             WHERE k.expires_at <= ?1 ORDER BY k.expires_at, k.task_name, k.idempotency_key LIMIT ?2)"
    };
}

/// Whether the run of a key is live.
macro_rules! its_run_goes_on {
    () => {
        "EXISTS (SELECT 1 FROM task_runs r
                 WHERE r.id = idempotency_keys.run_id AND r.finished_at IS NULL)"
    };
}

const FORGET_KEYS: &str = concat!(
    "DELETE FROM idempotency_keys WHERE ",
    expired_keys!(),
    " AND NOT ",
    its_run_goes_on!(),
    " RETURNING 1"
);
/// The key of a live run is kept; it is not looked at again for a day.
const KEEP_KEYS: &str = concat!(
    "UPDATE idempotency_keys SET expires_at = ?1 + 86400000 WHERE ",
    expired_keys!(),
    " AND ",
    its_run_goes_on!(),
    " RETURNING 1"
);
/// How many pages of the file are free, if the file can give them back and they are more than a
/// twentieth of it: fewer are filled again soon, and moving pages to and fro would be wasted work.
const FREE_PAGES: &str = "
    SELECT f.freelist_count FROM pragma_freelist_count f, pragma_page_count p, pragma_auto_vacuum v
    WHERE v.auto_vacuum = 2 AND f.freelist_count > 256 AND f.freelist_count * 20 > p.page_count";

impl<C: Connection> Purge for Sqlite<C> {
    fn remove_run(&self, run: RunId) -> Result<RunRemoved> {
        portable::runs::remove_run(self, run)
    }

    fn purge(&self, retention: &Retention, limit: u32, now: i64) -> Result<Purged> {
        self.connection.transaction(|db| {
            let forgotten = db.execute(FORGET_KEYS, params![now, limit])?.len();
            let kept = db.execute(KEEP_KEYS, params![now, limit])?.len();
            let expired = ids(db.execute(EXPIRED, params![retention.ended_until, now, limit])?)?;
            let mut purged = purge(db, &expired, limit)?;
            purged.more |= forgotten + kept >= limit as usize;
            if let Some(keep) = retention.runs_per_task {
                let trimmed = trim(db, keep, limit)?;
                purged.runs += trimmed.runs;
                purged.more |= trimmed.more;
            }
            Ok(purged)
        })
    }

    fn shrink(&self, pages: u32) -> Result<u32> {
        let db = &self.connection;
        let Some(row) = db.one(FREE_PAGES, params![])? else {
            return Ok(0);
        };
        let pages = pages.min(row.only().number()?);
        db.execute(&format!("PRAGMA incremental_vacuum({pages})"), params![])?;
        Ok(pages)
    }
}

/// Cuts the runs of the next task, in the order of names, to the newest ones.
fn trim<C: Connection>(db: &C, keep: u32, limit: u32) -> Result<Purged> {
    let after = match db.one(TRIMMED_UP_TO, params![])? {
        Some(row) => row.only().text()?,
        None => String::new(),
    };
    let task = match db.one(NEXT_TASK, params![after.as_str()])? {
        Some(row) => row.only().opt_text()?,
        None => None,
    };
    let mut purged = Purged::default();
    if let Some(task) = &task {
        let runs = ids(db.execute(TOO_MANY, params![task.as_str(), keep, limit])?)?;
        purged = purge(db, &runs, limit)?;
    }
    let up_to = task.unwrap_or_default();
    if up_to != after && !purged.more {
        db.execute(TRIM_FROM, params![up_to])?;
    }
    Ok(purged)
}

fn purge<C: Connection>(db: &C, chosen: &[String], limit: u32) -> Result<Purged> {
    if chosen.is_empty() {
        return Ok(Purged::default());
    }
    let runs = to_json(chosen)?;
    db.execute(PURGE_JOURNAL, params![runs.as_str(), ROWS_PURGED])?;
    db.execute(PURGE_LOGS, params![runs.as_str(), ROWS_PURGED])?;
    let gone = db.execute(PURGE_RUNS, params![runs])?;
    Ok(Purged {
        runs: u32::try_from(gone.len()).unwrap_or(u32::MAX),
        more: chosen.len() >= limit as usize || gone.len() < chosen.len(),
    })
}

fn ids(rows: Vec<Row>) -> Result<Vec<String>> {
    rows.into_iter().map(|row| row.only().text()).collect()
}
