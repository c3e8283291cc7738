//! Damage: found, and put right.

use tasker_domain::StackRunId;
use tasker_domain::diagnosis::{Damage, DamageKind};

use super::stop::has_unseen;
use super::{DONE, Database, Statement};
use crate::Result;
use crate::diagnosis::{CLOCK_TOLERANCE_MS, LEASE_MAX_MS};
use crate::postgres::{Param, params};
use crate::records::diagnosis::read_damage;
use crate::records::queue::HELD;

pub(super) const STATEMENTS: &[Statement] = &[
    ROOT_MISSING,
    ROW_ORPHANED,
    SNAPSHOT_ORPHANED,
    LEASE_EXPIRED,
    LEASE_FAR_AHEAD,
    DUE_FAR_AHEAD,
    SLOT_FAR_AHEAD,
    WAKING_MISSED,
    WAITS_FOR_NOTHING,
    FRAMES_OF_NOTHING,
    MAKE_ROOTS,
    REMOVE_ROWS,
    REMOVE_SNAPSHOTS,
    END_LEASES,
    MOVE_BACK,
    FREE_LEASES,
    WAKE_MISSED,
    DROP_SNAPSHOT,
];

macro_rules! rootless {
    () => {
        "r.status IN ('queued', 'processing') AND NOT EXISTS (
             SELECT 1 FROM stack_runs s WHERE s.run_id = r.id AND s.parent_id IS NULL)"
    };
}

macro_rules! orphaned {
    () => {
        "((s.parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM stack_runs p WHERE p.id = s.parent_id))
          OR NOT EXISTS (SELECT 1 FROM task_runs r
                         WHERE r.id = s.run_id AND r.status IN ('queued', 'processing')))"
    };
}

macro_rules! snapshot_orphaned {
    () => {
        "NOT EXISTS (SELECT 1 FROM stack_runs s WHERE s.id = p.stack_run_id)"
    };
}

macro_rules! lease_far_ahead {
    ($lease:literal) => {
        concat!("s.status = 'processing' AND s.lease_expires_at > ", $lease)
    };
}

/// A run, a timer or a wait with a moment of its own keeps it. A timer for a span is moved, and a
/// run that waits for a slot is found by its moment.
macro_rules! due_far_ahead {
    ($clock:literal) => {
        concat!(
            "s.status = 'pending' AND s.updated_at > ",
            $clock,
            " AND s.run_after > ",
            $clock,
            " AND CASE WHEN s.kind = 'frame' OR s.service NOT IN ('timer', 'event') THEN 1/*postgres ::boolean */
                       ELSE s.service = 'timer' AND json_array_length(s.args/*postgres ::json */) = 2 END
              AND NOT (s.parent_id IS NULL AND EXISTS (
                  SELECT 1 FROM task_runs r
                  WHERE r.id = s.run_id AND (r.run_at = s.run_after OR r.slot = 1)))"
        )
    };
}

/// A call may last longer than any of the others.
macro_rules! slot_far_ahead {
    () => {
        "expires_at > $1 AND name NOT LIKE 'calls %'"
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

/// What finds damage of a kind, the oldest first.
macro_rules! find {
    ($head:literal, $sql:expr) => {
        Statement {
            head: $head,
            answer: "TABLE (run text, task text, path text, since bigint)",
            sql: $sql,
        }
    };
}

macro_rules! find_rows {
    ($head:literal, $condition:expr, $limit:literal) => {
        find!(
            $head,
            concat!(
                "SELECT CAST(s.run_id AS text) AS run, s.task_name AS task, s.path, s.updated_at AS since
                 FROM stack_runs s WHERE ",
                $condition,
                " ORDER BY s.updated_at, s.id LIMIT ",
                $limit
            )
        )
    };
}

const ROOT_MISSING: Statement = find!(
    "root_missing(bigint)",
    concat!(
        "SELECT CAST(r.id AS text) AS run, r.task_name AS task, CAST(r.attempt - 1 AS text) AS path, r.updated_at AS since
         FROM task_runs r WHERE ",
        rootless!(),
        " ORDER BY r.id LIMIT $1"
    )
);
const ROW_ORPHANED: Statement = find_rows!("row_orphaned(bigint)", orphaned!(), "$1");
const SNAPSHOT_ORPHANED: Statement = find!(
    "snapshot_orphaned(bigint)",
    concat!(
        "SELECT '' AS run, NULL AS task, '' AS path, CAST(0 AS bigint) AS since FROM snapshots p WHERE ",
        snapshot_orphaned!(),
        " LIMIT $1"
    )
);
const LEASE_EXPIRED: Statement = find_rows!(
    "lease_expired(bigint, bigint)",
    "s.status = 'processing' AND s.lease_expires_at <= $1",
    "$2"
);
const LEASE_FAR_AHEAD: Statement = find_rows!(
    "lease_far_ahead(bigint, bigint)",
    lease_far_ahead!("$1"),
    "$2"
);
const DUE_FAR_AHEAD: Statement =
    find_rows!("due_far_ahead(bigint, bigint)", due_far_ahead!("$1"), "$2");
const SLOT_FAR_AHEAD: Statement = find!(
    "slot_far_ahead(bigint, bigint)",
    concat!(
        "SELECT '' AS run, NULL AS task, '' AS path, CAST(0 AS bigint) AS since FROM leases WHERE ",
        slot_far_ahead!(),
        " LIMIT $2"
    )
);
const WAKING_MISSED: Statement = find_rows!("waking_missed(bigint)", waking_missed!(), "$1");
const WAITS_FOR_NOTHING: Statement =
    find_rows!("waits_for_nothing(bigint)", waits_for_nothing!(), "$1");
const FRAMES_OF_NOTHING: Statement = Statement {
    head: "frames_of_nothing(bigint)",
    answer: "TABLE (id uuid)",
    sql: concat!(
        "SELECT s.id FROM stack_runs s WHERE ",
        waits_for_nothing!(),
        " ORDER BY s.updated_at, s.id LIMIT $1"
    ),
};

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

/// As [`crate::Diagnosis::damage`] says.
pub(crate) fn damage(db: &impl Database, limit: u32, now: i64) -> Result<Vec<Damage>> {
    let mut damage = Vec::new();
    for kind in DamageKind::ALL {
        let Some((find, beyond)) = find(*kind, now) else {
            continue;
        };
        let params = beyond.map(Param::from).into_iter().chain([limit.into()]);
        for row in db.rows(find, &params.collect::<Vec<_>>())? {
            damage.push(read_damage(*kind, row)?);
        }
    }
    Ok(damage)
}

/// What finds damage of a kind, if the records alone can tell, and the moment that it goes by.
fn find(kind: DamageKind, now: i64) -> Option<(&'static Statement, Option<i64>)> {
    Some(match kind {
        DamageKind::RootMissing => (&ROOT_MISSING, None),
        DamageKind::RowOrphaned => (&ROW_ORPHANED, None),
        DamageKind::SnapshotOrphaned => (&SNAPSHOT_ORPHANED, None),
        DamageKind::LeaseExpired => (&LEASE_EXPIRED, Some(now)),
        DamageKind::LeaseFarAhead => (&LEASE_FAR_AHEAD, Some(now + LEASE_MAX_MS)),
        DamageKind::DueFarAhead => (&DUE_FAR_AHEAD, Some(now + CLOCK_TOLERANCE_MS)),
        DamageKind::SlotFarAhead => (&SLOT_FAR_AHEAD, Some(now + LEASE_MAX_MS)),
        DamageKind::WakingMissed => (&WAKING_MISSED, None),
        DamageKind::WaitsForNothing => (&WAITS_FOR_NOTHING, None),
        DamageKind::CallLost | DamageKind::SnapshotDamaged => return None,
    })
}

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
            cause: StopCause::Cancel,
            reason: Some("\"graceUntil\":5}".to_owned()),
            by: None,
            at: 1,
            grace_until: 75_000,
        };
        let text = to_json(&stop).unwrap();
        let (_, says) = text.split_once("\"graceUntil\":").unwrap();
        assert_eq!(says, "75000}");
    }
}
