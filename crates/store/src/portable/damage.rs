//! Damage: what it is, and finding it.

use tasker_domain::diagnosis::{Damage, DamageKind};

use super::stop::has_unseen;
use super::{Database, Statement};
use crate::Result;
use crate::diagnosis::{CLOCK_TOLERANCE_MS, LEASE_MAX_MS};
use crate::postgres::Param;
use crate::records::diagnosis::read_damage;

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

/// A run, a timer or a wait with a moment of its own keeps it, and one for a run's end. A timer for a span is moved, and a
/// run that waits for a slot is found by its moment.
macro_rules! due_far_ahead {
    ($clock:literal) => {
        concat!(
            "s.status = 'pending' AND s.updated_at > ",
            $clock,
            " AND s.run_after > ",
            $clock,
            " AND NOT EXISTS (SELECT 1 FROM run_waits w WHERE w.stack_run_id = s.id)
              AND CASE WHEN s.kind = 'frame' OR s.service NOT IN ('timer', 'event') THEN 1/*postgres ::boolean */
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

pub(super) use {
    due_far_ahead, lease_far_ahead, orphaned, rootless, slot_far_ahead, snapshot_orphaned,
    waits_for_nothing, waking_missed,
};

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
