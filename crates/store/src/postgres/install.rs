//! Bringing a database up to this build's schema and functions.
//!
//! The tables are in the schema `tasker` and follow the numbered migrations. The functions are this
//! build's own, in a schema that is named by a hash of them: so nodes of different builds work on one
//! database, each with its functions, as long as no migration parts them. Nothing is checked in
//! advance: a statement whose function is missing says so, and then all is installed, in one
//! statement that is one transaction.

use tasker_domain::figures::Metric;

use crate::postgres::connection::{Connection, LEASE_LOST, NEWER, STOPPING};
use crate::postgres::statement::schema;
use crate::records::queue::HELD;
use crate::{LOG_BYTES, LOG_LIMIT_MESSAGE, LOG_LINES, Result, WINDOW_MS};

macro_rules! migration {
    ($name:literal) => {
        include_str!(concat!("../../../../migrations/postgres/", $name, ".sql"))
    };
}

/// The scripts by the version that each brings a database to, in order: the same numbers as SQLite's where
/// both have one.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, migration!("0001_init")),
    (2, migration!("0002_services")),
    (10, migration!("0010_run_at")),
    (11, migration!("0011_events")),
    (12, migration!("0012_stop")),
    (14, migration!("0014_attempts")),
    (16, migration!("0016_runs")),
    (18, migration!("0018_pause")),
    (20, migration!("0020_schedules")),
    (21, migration!("0021_retention")),
    (22, migration!("0022_lanes")),
    (23, migration!("0023_slots")),
    (24, migration!("0024_idempotency")),
    (30, migration!("0030_metrics")),
    (31, migration!("0031_trace")),
    (32, migration!("0032_webhooks")),
    (40, migration!("0040_views")),
    (50, migration!("0050_run_retry")),
    (55, migration!("0055_runs_of_task")),
    (60, migration!("0060_counts")),
];

/// The newest of them.
pub(super) const NEWEST: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// The functions. One that others use stands before them, if it is a view or a function in SQL.
const FUNCTIONS: &[&str] = &[
    include_str!("functions/clock.sql"),
    include_str!("functions/connections.sql"),
    include_str!("functions/leases.sql"),
    include_str!("functions/tasks.sql"),
    include_str!("functions/grants.sql"),
    include_str!("functions/slots.sql"),
    include_str!("functions/runs.sql"),
    include_str!("functions/queue.sql"),
    include_str!("functions/journal.sql"),
    include_str!("functions/attempts.sql"),
    include_str!("functions/logs.sql"),
    include_str!("functions/frames.sql"),
    include_str!("functions/sleep.sql"),
    include_str!("functions/retry.sql"),
    include_str!("functions/finish.sql"),
    include_str!("functions/stop.sql"),
    include_str!("functions/sweep.sql"),
    include_str!("functions/keystore.sql"),
    include_str!("functions/limits.sql"),
    include_str!("functions/shared.sql"),
    include_str!("functions/events.sql"),
    include_str!("functions/schedules.sql"),
    include_str!("functions/retention.sql"),
    include_str!("functions/diagnosis.sql"),
    include_str!("functions/metering.sql"),
    include_str!("functions/webhooks.sql"),
];

/// Names this build's functions: a hash (FNV-1a) of all that is installed.
pub(super) const BUILD: u64 = {
    let mut hash = hash(0xcbf2_9ce4_8422_2325, INSTALL);
    let mut index = 0;
    while index < MIGRATIONS.len() {
        hash = self::hash(hash, MIGRATIONS[index].1);
        index += 1;
    }
    index = 0;
    while index < FUNCTIONS.len() {
        hash = self::hash(hash, FUNCTIONS[index]);
        index += 1;
    }
    hash
};

const fn hash(mut hash: u64, text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash
}

/// The installation, around the scripts.
const INSTALL: &str = include_str!("functions/install.sql");

/// The versions of all migrations, in order.
pub(super) fn versions() -> impl Iterator<Item = i64> {
    MIGRATIONS.iter().map(|(version, _)| *version)
}

/// Installs what this build needs, unless another process has done so by now.
pub(super) fn install<C: Connection + ?Sized>(db: &C) -> Result<()> {
    let installed = db.execute(&script());
    installed.map_err(|failure| failure.during("installation"))
}

fn script() -> String {
    let migrations: String = MIGRATIONS
        .iter()
        .map(|(version, script)| {
            format!(
                "IF NOT EXISTS (SELECT FROM tasker.migrations WHERE version = {version}) THEN\n\
                 EXECUTE $script$\n{script}$script$;\nmigrated := true;\nEND IF;\n"
            )
        })
        .collect();
    INSTALL
        .replace(":migrations", &migrations)
        .replace(":functions", &FUNCTIONS.concat())
        .replace(":newest", &NEWEST.to_string())
        .replace(":newer", NEWER)
        .replace(":build", &schema())
        .replace(":lease_lost", LEASE_LOST)
        .replace(":stopping", STOPPING)
        .replace(":held", &HELD.to_string())
        .replace(":run_retry", Metric::RunRetry.name())
        .replace(":log_lines", &LOG_LINES.to_string())
        .replace(":log_bytes", &LOG_BYTES.to_string())
        .replace(":log_limit_message", LOG_LIMIT_MESSAGE)
        .replace(":window_ms", &WINDOW_MS.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_records_its_version_last_and_stands_in_its_quotes() {
        assert!(MIGRATIONS.is_sorted_by_key(|(version, _)| *version));
        for (version, script) in MIGRATIONS {
            let record = format!(
                "INSERT INTO tasker.migrations (version) VALUES ({version}) ON CONFLICT DO NOTHING;\n"
            );
            assert!(script.ends_with(&record), "{version}");
        }
        let scripts = MIGRATIONS.iter().map(|(_, script)| script);
        for script in scripts.chain(FUNCTIONS) {
            assert!(!script.contains("$script$") && !script.contains("$install$"));
        }
        // No placeholder is left.
        let script = script();
        let placeholder = script
            .match_indices(':')
            .filter(|(at, _)| !script[..*at].ends_with([':', '"', '\'']))
            .map(|(at, _)| &script[at + 1..])
            .find(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        assert_eq!(placeholder.map(|rest| &rest[..20]), None);
    }
}
