//! Pausing runs.

use tasker_domain::RunId;

use super::runs::change;
use super::{DONE, Database, Statement};
use crate::Result;
use crate::pause::{Pause, Pausing};
use crate::postgres::params;

pub(super) const STATEMENTS: &[Statement] = &[SET_PAUSED];

/// One that is being stopped goes on, so that it can clean up.
const SET_PAUSED: Statement = Statement {
    head: "set_paused(uuid, bigint, boolean)",
    answer: DONE,
    sql: "
    UPDATE task_runs SET paused_at = CASE WHEN $3 THEN $2 END, updated_at = $2
    WHERE id = $1 AND finished_at IS NULL AND stop IS NULL AND (paused_at IS NULL) = $3 RETURNING 1;
    UPDATE stack_runs SET paused = $3 WHERE run_id = $1 AND paused <> $3",
};

impl<D: Database> Pausing for D {
    fn set_paused(&self, run: RunId, paused: bool, now: i64) -> Result<Option<Pause>> {
        let set = || {
            let is_set = self.apply(&SET_PAUSED, params![run, now, paused])?;
            Ok(is_set.then_some(Pause::Done))
        };
        change(self, run, set, |standing| standing.why_not_paused(paused))
    }
}
