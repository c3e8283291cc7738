//! Putting damage right.

use tasker_domain::StackRunId;
use tasker_domain::diagnosis::DamageKind;

use super::damage::{
    due_far_ahead, lease_far_ahead, orphaned, rootless, slot_far_ahead, snapshot_orphaned,
    waits_for_nothing, waking_missed,
};
use super::stop::has_unseen;
use super::{DONE, Database, Statement};
use crate::Result;
use crate::diagnosis::{CLOCK_TOLERANCE_MS, LEASE_MAX_MS};
use crate::postgres::params;
use crate::records::queue::HELD;

pub(super) const STATEMENTS: &[Statement] = &[
    MAKE_ROOTS,
    REMOVE_ROWS,
    REMOVE_SNAPSHOTS,
    END_LEASES,
    MOVE_BACK,
    FREE_LEASES,
    WAKE_MISSED,
    FRAMES_OF_NOTHING,
    DROP_SNAPSHOT,
];

/// What repairs damage of a kind: a row for each. It looks again whether what it changes is still as it was found.
macro_rules! repair {
    ($head:literal, $($sql:expr),+) => {
        Statement {
            head: $head,
            answer: "TABLE (repaired bigint)",
            sql: concat!($($sql,)+ " RETURNING CAST(1 AS bigint) AS repaired"),
        }
    };
}

macro_rules! repair_rows {
    ($head:literal, $begin:literal, $condition:expr, $limit:literal) => {
        repair!(
            $head,
            $begin,
            " id IN (SELECT s.id FROM stack_runs s WHERE ",
            $condition,
            " ORDER BY s.updated_at, s.id LIMIT ",
            $limit,
            ")"
        )
    };
}

/// The rows that a lost root frame has left say which id it had: with that id they are its own again, and so is its
/// snapshot. What says when a run that is being stopped ends is the last thing in its text, and cannot be in what people say.
const MAKE_ROOTS: Statement = repair!(
    "make_roots(bigint, bigint, bigint)",
    "INSERT INTO stack_runs
        (id, run_id, path, call_number, kind, status, run_after, created_at, updated_at,
         task_name, task_version, started_at, log_count, service, method, lane, paused, expires_at,
         stop_untold)
     SELECT coalesce(
                (SELECT c.parent_id FROM stack_runs c
                 WHERE c.run_id = r.id AND c.path NOT LIKE '%.%.%' ORDER BY c.path LIMIT 1),
                r.id),
            r.id, CAST(r.attempt - 1 AS text), 0, 'frame', 'pending',
            CASE WHEN r.slot = 1 THEN $1 WHEN r.run_at > $2 THEN r.run_at ELSE $2 END, $2, $2,
            r.task_name, r.task_version, r.started_at,
            (SELECT coalesce(max(l.line_index) + 1, 0) FROM run_logs l
             WHERE l.run_id = r.id AND l.frame = CAST(r.attempt - 1 AS text)),
            'tasks', '[\"execute\"]', substr(CAST(1100 - r.priority AS text), 2) || r.task_name,
            r.paused_at IS NOT NULL,
            coalesce(
                CAST(rtrim(substr(r.stop, nullif(instr(r.stop, '\"graceUntil\":'), 0) + 13), '}') AS bigint),
                r.deadline),
            r.stop IS NOT NULL
     FROM task_runs r WHERE ",
    rootless!(),
    " ORDER BY r.id LIMIT $3 ON CONFLICT DO NOTHING"
);
const REMOVE_ROWS: Statement = repair_rows!(
    "remove_rows(bigint)",
    "DELETE FROM stack_runs WHERE",
    orphaned!(),
    "$1"
);
const REMOVE_SNAPSHOTS: Statement = repair!(
    "remove_snapshots(bigint)",
    "DELETE FROM snapshots WHERE stack_run_id IN (SELECT p.stack_run_id FROM snapshots p WHERE ",
    snapshot_orphaned!(),
    " LIMIT $1)"
);
const END_LEASES: Statement = repair_rows!(
    "end_leases(bigint, bigint, bigint)",
    "UPDATE stack_runs SET lease_expires_at = $1 WHERE status = 'processing' AND lease_expires_at > $2 AND",
    lease_far_ahead!("$2"),
    "$3"
);
pub(crate) const MOVE_BACK: Statement = repair_rows!(
    "move_back(bigint, bigint, bigint)",
    "UPDATE stack_runs SET run_after = run_after - (updated_at - $1), updated_at = $1
     WHERE status = 'pending' AND updated_at > $2 AND",
    due_far_ahead!("$2"),
    "$3"
);
pub(crate) const FREE_LEASES: Statement = repair!(
    "free_leases(bigint)",
    "DELETE FROM leases WHERE ",
    slot_far_ahead!()
);
const WAKE_MISSED: Statement = repair_rows!(
    "wake_missed(bigint, bigint)",
    "UPDATE stack_runs SET status = 'pending', run_after = $1, updated_at = $1 WHERE status = 'suspended' AND",
    waking_missed!(),
    "$2"
);
const FRAMES_OF_NOTHING: Statement = Statement {
    head: "frames_of_nothing(bigint)",
    answer: "TABLE (id uuid)",
    sql: concat!(
        "SELECT s.id FROM stack_runs s WHERE ",
        waits_for_nothing!(),
        " ORDER BY s.updated_at, s.id LIMIT $1"
    ),
};

/// Drops the snapshot of a frame that is in no VM; with `$3` one that sleeps wakes.
const DROP_SNAPSHOT: Statement = Statement {
    head: "drop_snapshot(uuid, bigint, boolean)",
    answer: DONE,
    sql: "
    UPDATE stack_runs SET
        run_after = CASE WHEN $3 AND status = 'suspended' THEN $2 ELSE run_after END,
        updated_at = CASE WHEN $3 AND status = 'suspended' THEN $2 ELSE updated_at END,
        status = CASE WHEN $3 THEN 'pending' ELSE status END
    WHERE id = $1 AND kind = 'frame' AND status <> 'processing' RETURNING 1;
    DELETE FROM snapshots WHERE stack_run_id = $1",
};

/// As [`crate::Diagnosis::repair`] says.
pub(crate) fn repair(db: &impl Database, kind: DamageKind, limit: u32, now: i64) -> Result<u32> {
    let (lease, clock) = (now + LEASE_MAX_MS, now + CLOCK_TOLERANCE_MS);
    let repaired = match kind {
        DamageKind::RootMissing => db.rows(&MAKE_ROOTS, params![HELD, now, limit]),
        DamageKind::RowOrphaned => db.rows(&REMOVE_ROWS, params![limit]),
        DamageKind::SnapshotOrphaned => db.rows(&REMOVE_SNAPSHOTS, params![limit]),
        DamageKind::LeaseFarAhead => db.rows(&END_LEASES, params![now, lease, limit]),
        DamageKind::DueFarAhead => db.rows(&MOVE_BACK, params![now, clock, limit]),
        DamageKind::SlotFarAhead => db.rows(&FREE_LEASES, params![lease]),
        DamageKind::WakingMissed => db.rows(&WAKE_MISSED, params![now, limit]),
        DamageKind::WaitsForNothing => return replay_those_that_wait(db, limit, now),
        DamageKind::LeaseExpired | DamageKind::CallLost | DamageKind::SnapshotDamaged => {
            return Ok(0);
        }
    }?;
    Ok(u32::try_from(repaired.len()).unwrap_or(u32::MAX))
}

fn replay_those_that_wait(db: &impl Database, limit: u32, now: i64) -> Result<u32> {
    let mut repaired = 0;
    for row in db.rows(&FRAMES_OF_NOTHING, params![limit])? {
        repaired += u32::from(drop_snapshot(db, row.only().parsed()?, true, now)?);
    }
    Ok(repaired)
}

/// As [`crate::Diagnosis::drop_snapshot`] says.
pub(crate) fn drop_snapshot(
    db: &impl Database,
    frame: StackRunId,
    wake: bool,
    now: i64,
) -> Result<bool> {
    db.apply(&DROP_SNAPSHOT, params![frame, now, wake])
}

#[cfg(test)]
mod tests {
    use tasker_domain::{Stop, StopCause};

    use crate::row::to_json;

    #[test]
    fn a_text_says_last_when_a_run_that_is_being_stopped_ends() {
        let stop = Stop {
            reason: Some("\"graceUntil\":5}".to_owned()),
            ..Stop::new(StopCause::Cancel, 74_999, 1)
        };
        let text = to_json(&stop).unwrap();
        let (_, says) = text.split_once("\"graceUntil\":").unwrap();
        assert_eq!(says, "75000}");
    }
}
