//! Pausing runs.

use tasker_domain::RunId;

use crate::pause::Pausing;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::stop::standing;
use crate::{Pause, Result};

const PAUSE_RUN: &str = "
    UPDATE task_runs SET paused_at = ?2, updated_at = ?2 WHERE id = ?1 AND paused_at IS NULL
    RETURNING 1";
const RESUME_RUN: &str = "
    UPDATE task_runs SET paused_at = NULL, updated_at = ?2
    WHERE id = ?1 AND paused_at IS NOT NULL RETURNING 1";
const MARK_ROWS: &str = "UPDATE stack_runs SET paused = ?2 WHERE run_id = ?1 AND paused <> ?2";

impl<C: Connection> Pausing for Sqlite<C> {
    fn set_paused(&self, run: RunId, paused: bool, now: i64) -> Result<Option<Pause>> {
        let db = &self.connection;
        db.transaction(|db| {
            let Some((status, stop)) = standing(db, run)? else {
                return Ok(None);
            };
            let change = if paused { PAUSE_RUN } else { RESUME_RUN };
            Ok(Some(if status.is_terminal() {
                Pause::Finished
            } else if stop.is_some() {
                Pause::Stopping
            } else if db.one(change, params![run, now])?.is_some() {
                db.execute(MARK_ROWS, params![run, paused])?;
                Pause::Done
            } else {
                Pause::Already
            }))
        })
    }
}
