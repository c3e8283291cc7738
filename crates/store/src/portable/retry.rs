//! Beginning runs again that have failed.

use super::{DONE, Statement};

pub(super) const STATEMENTS: &[Statement] = &[NEXT_ATTEMPT];

/// Begins a run again whose root frame `$4` has failed and is gone, at the moment `$6` in lane `$5`; `$3` is what has failed.
/// The frame keeps its id and goes on counting leases from `$7`, so that an older lease never holds again.
pub(crate) const NEXT_ATTEMPT: Statement = Statement {
    head: "_next_attempt(uuid, bigint, text, uuid, text, bigint, bigint)",
    answer: DONE,
    sql: "
    UPDATE task_runs SET status = 'queued', attempt = attempt + 1, updated_at = $2,
        failures = coalesce(substr(failures, 1, length(failures) - 1) || ',', '[') || $3 || ']'
    WHERE id = $1 RETURNING 1;
    INSERT INTO stack_runs
        (id, run_id, path, call_number, kind, status, run_after, created_at, updated_at,
         task_name, task_version, service, method, lane, expires_at, lease_token, paused)
    SELECT $4, id, CAST(attempt - 1 AS text), 0, 'frame', 'pending', $6, $2, $2,
           task_name, task_version, 'tasks', '[\"execute\"]', $5, deadline, $7, paused_at IS NOT NULL
    FROM task_runs WHERE id = $1;
    UPDATE events SET is_taken = 0/*postgres ::boolean */ WHERE run_id = $1 AND is_taken = 1/*postgres ::boolean */;
    DELETE FROM event_receipts WHERE run_id = $1",
};
