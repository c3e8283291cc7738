//! Stopping runs. One that has not begun ends; another one is told first and may clean up, unless it must end at once.

use tasker_domain::{RunId, Stop};

use super::history::journal_bytes;
use super::runs::{Standing, change};
use super::{DONE, Database, Statement};
use crate::postgres::params;
use crate::row::to_json;
use crate::{Cancellation, Result};

pub(super) const STATEMENTS: &[Statement] = &[END, STOP];

/// Whether a call of frame `s` has settled unseen: one look into an index, which PostgreSQL makes no join of.
macro_rules! has_unseen {
    () => {
        "EXISTS (SELECT 1 FROM call_journal j
                 WHERE j.run_id = s.run_id AND j.frame = s.path AND j.position IS NULL /*postgres OFFSET 0 */)"
    };
}
pub(crate) use has_unseen;

/// Ends a live run that has nothing to clean up, or with `$6` whatever it has. One that is being stopped ends as that
/// says. The cascade drops the rest of its stack.
const END: Statement = Statement {
    head: "end_run(uuid, bigint, text, text, text, boolean)",
    answer: DONE,
    sql: "
    UPDATE task_runs SET status = coalesce(stop_status, $3), error = coalesce(stop_error, $4),
        stop_status = coalesce(stop_status, $3), stop_error = coalesce(stop_error, $4), stop = coalesce(stop, $5),
        updated_at = $2, finished_at = $2, paused_at = NULL
    WHERE id = $1 AND finished_at IS NULL AND (status = 'queued' OR $6) RETURNING 1;
    DELETE FROM stack_runs WHERE run_id = $1 AND parent_id IS NULL;
    /*postgres PERFORM _has_ended(r.id, r.slot_scope, $2) FROM task_runs r WHERE r.id = $1 */",
};

/// What ends at once when its run is stopped: queued calls `c`, and nested tasks that never began.
macro_rules! ends_at_once {
    () => {
        "c.run_id = $1 AND c.parent_id IS NOT NULL AND (c.kind = 'call' OR c.started_at IS NULL)"
    };
}

/// Begins to stop a run that has begun and is not being stopped: what its frames wait for settles with the reason, so that
/// they wake and can clean up until `$6`, even if it was paused; a frame that is awake is told by its slice. One that has a
/// rejected call to wake for need not be told again. A claim under way is waited for: what it claims is known then.
const STOP: Statement = Statement {
    head: "stop_run(uuid, bigint, text, text, text, bigint)",
    answer: DONE,
    sql: concat!(
        "
    UPDATE task_runs SET stop_status = $3, stop_error = $4, stop = $5, updated_at = $2, paused_at = NULL
    WHERE id = $1 AND finished_at IS NULL AND status <> 'queued' AND stop IS NULL RETURNING 1;
    /*postgres PERFORM FROM stack_runs s WHERE s.run_id = $1 FOR UPDATE */;
    INSERT INTO call_journal
        (run_id, seq, frame, call_number, ok, attempts, started_at, finished_at,
         service, method, args, value, options, total_bytes)
    SELECT c.run_id,
           (SELECT coalesce(max(j.seq), 0) FROM call_journal j WHERE j.run_id = $1)
           + row_number() OVER (ORDER BY c.id),
           p.path, c.call_number, 0/*postgres ::boolean */, c.attempt + CAST(c.status = 'processing' AS integer),
           c.created_at, $2, c.service, c.method, c.args, $4, c.options,
           ",
        journal_bytes!("$1"),
        " + CAST(sum(octet_length(c.args) + octet_length($4) + coalesce(octet_length(c.options), 0))
                  OVER (ORDER BY c.id) AS bigint)
    FROM stack_runs c JOIN stack_runs p ON p.id = c.parent_id
    WHERE ",
        ends_at_once!(),
        " AND NOT EXISTS (SELECT 1 FROM call_journal j
                          WHERE j.run_id = $1 AND j.frame = p.path AND j.call_number = c.call_number);
    DELETE FROM stack_runs AS c WHERE ",
        ends_at_once!(),
        ";
    UPDATE stack_runs AS s SET stop_untold = 1/*postgres ::boolean */,
        run_after = CASE WHEN s.status = 'pending' AND s.run_after > $2 THEN $2 ELSE s.run_after END
    WHERE s.run_id = $1 AND s.kind = 'frame' AND NOT (s.status = 'suspended' AND ",
        has_unseen!(),
        ");
    UPDATE stack_runs AS s SET status = 'pending', run_after = $2, updated_at = $2
    WHERE s.run_id = $1 AND s.status = 'suspended' AND ",
        has_unseen!(),
        ";
    UPDATE stack_runs SET paused = 0/*postgres ::boolean */ WHERE run_id = $1 AND paused = 1/*postgres ::boolean */;
    UPDATE stack_runs SET expires_at = $6 WHERE run_id = $1 AND parent_id IS NULL"
    ),
};

/// Cancels a run, as [`crate::Stopping::cancel`] says. What follows a run's end is left to the caller on SQLite.
pub(crate) fn cancel(
    db: &impl Database,
    run: RunId,
    stop: &Stop,
    force: bool,
    now: i64,
) -> Result<Option<Cancellation>> {
    let (status, grace_until) = (stop.status().as_str(), stop.grace_until);
    let (error, why) = (to_json(&stop.error())?, to_json(stop)?);
    let (error, why) = (error.as_str(), why.as_str());
    let cancel = || {
        if db.apply(&END, params![run, now, status, error, why, force])? {
            return Ok(Some(Cancellation::Ended));
        }
        let begins = db.apply(&STOP, params![run, now, status, error, why, grace_until])?;
        Ok(begins.then_some(Cancellation::Stopping { grace_until }))
    };
    change(db, run, cancel, Standing::why_not_cancelled)
}
