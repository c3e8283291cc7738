//! Calls that wait for the end of another run.

use tasker_domain::{Lease, RunId};

use super::{DONE, Database, Statement};
use crate::postgres::params;
use crate::run_waits::RunWaits;
use crate::{FOREVER, Result};

pub(super) const STATEMENTS: &[Statement] = &[WAIT];

/// The run is held meanwhile: it ends before this, or finds what waits for it.
const WAIT: Statement = Statement {
    head: "wait_for_run(bigint, bigint, uuid, bigint, uuid)",
    answer: DONE,
    sql: "
    UPDATE stack_runs SET status = 'pending', run_after = $1, lease_owner = NULL, lease_expires_at = NULL,
        updated_at = $2
    WHERE id = $3 AND lease_token = $4 AND status = 'processing' AND kind = 'call' AND EXISTS (
        SELECT 1 FROM task_runs r WHERE r.id = $5 AND r.finished_at IS NULL /*postgres FOR SHARE */) RETURNING 1;
    INSERT INTO run_waits (stack_run_id, run_id) VALUES ($3, $5) ON CONFLICT (stack_run_id) DO NOTHING",
};

impl<D: Database> RunWaits for D {
    fn wait_for_run(&self, lease: Lease, run: RunId, now: i64) -> Result<bool> {
        self.apply(&WAIT, params![FOREVER, now, lease.id, lease.token.0, run])
    }
}
