//! Bringing a database up to this build's schema.
//!
//! Many instances may start at once on a fresh file, and the same script may be applied from outside
//! before or meanwhile: the first one does the work, the others find it done.

use crate::Result;
use crate::schema::{self, Standing};
use crate::sqlite::connection::{Connection, Execute, is_busy, params};

/// The schema. It makes what is missing, and records its version last.
const SCHEMA: &str = include_str!("../../../../migrations/sqlite/0001_schema.sql");

/// Columns that tables of older versions lack, and the version that has them.
const COLUMNS: &[(i64, &str)] = &[
    (61, "ALTER TABLE task_runs ADD COLUMN versions_at INTEGER"),
    (
        61,
        "ALTER TABLE schedules ADD COLUMN queued_more TEXT NOT NULL DEFAULT '[]'",
    ),
    (
        61,
        "ALTER TABLE schedules ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0",
    ),
    (61, "ALTER TABLE schedules ADD COLUMN skipped_at INTEGER"),
    (61, "ALTER TABLE schedules ADD COLUMN skipped_why TEXT"),
    (
        63,
        "ALTER TABLE call_journal ADD COLUMN total_bytes INTEGER NOT NULL DEFAULT 0",
    ),
    (
        64,
        "ALTER TABLE task_runs ADD COLUMN starts INTEGER NOT NULL DEFAULT 0",
    ),
    (64, "ALTER TABLE task_runs ADD COLUMN tags TEXT"),
];

/// What moves the rows of older versions' tables to those of the version that has others for them.
const MOVES: &[(i64, &str)] = &[
    (
        62,
        "INSERT INTO leases (name, place, token, expires_at)
         SELECT 'drainer', slot, token, expires_at FROM drainers",
    ),
    (62, "DROP TABLE drainers"),
    (
        62,
        "INSERT INTO leases (name, place, token, expires_at)
         SELECT 'calls ' || service, row_number() OVER (PARTITION BY service ORDER BY token) - 1, token, expires_at
         FROM call_slots",
    ),
    (62, "DROP TABLE call_slots"),
    (
        62,
        "INSERT INTO leases (name, place, token, expires_at)
         SELECT 'signature ' || key, 0, lease_token, lease_expires_at
         FROM shared_values WHERE service = 'internal' AND lease_token IS NOT NULL",
    ),
    (
        62,
        "DELETE FROM shared_values WHERE service IN ('drain', 'internal')",
    ),
];

/// How often switching to the write-ahead log is tried while others are in the way. Each time
/// waits for the writer before it, up to the busy timeout.
const WAL_TRIES: u32 = 20;

/// Checks the schema with one statement, and brings it up to date if need be.
pub(super) fn migrate<C: Connection>(db: &C) -> Result<()> {
    // An error means that there is no such table yet. If it means anything else, the rest fails
    // with the same error.
    let versions = versions(db).unwrap_or_default();
    if versions.contains(&0) && schema::standing(versions.last().copied())? == Standing::Complete {
        return Ok(());
    }
    // It counts for a file that has no table yet, and must come before all that makes the file.
    db.execute("PRAGMA auto_vacuum = INCREMENTAL", Vec::new())?;
    use_write_ahead_log(db)?;
    db.transaction(apply)?;
    db.execute(
        "INSERT OR IGNORE INTO migrations (version) VALUES (0)",
        Vec::new(),
    )?;
    Ok(())
}

/// Applies the schema within a transaction, unless another process has done so by now.
fn apply<C: Connection>(db: &C) -> Result<()> {
    db.execute(
        "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT",
        Vec::new(),
    )?;
    let version = versions(db)?.last().copied();
    if schema::standing(version)? == Standing::Complete {
        return Ok(());
    }
    let change = |statements: &[(i64, &str)]| -> Result<()> {
        for (since, statement) in statements {
            if version.is_some_and(|version| version > 0 && version < *since) {
                db.execute(statement, Vec::new())?;
            }
        }
        Ok(())
    };
    change(COLUMNS)?;
    for statement in statements() {
        db.execute(statement, Vec::new())?;
    }
    change(MOVES)?;
    db.execute(
        "INSERT OR IGNORE INTO migrations (version) VALUES (?1)",
        params![schema::NEWEST],
    )?;
    Ok(())
}

/// The statements of the schema: a driver of Spin takes one at a time.
fn statements() -> impl Iterator<Item = &'static str> {
    let parts = SCHEMA.trim_end().split("\n\n");
    // The first one is only a comment.
    parts.filter(|part| part.ends_with(';'))
}

fn versions<C: Connection>(db: &C) -> Result<Vec<i64>> {
    db.execute(
        "SELECT version FROM migrations ORDER BY version",
        Vec::new(),
    )?
    .into_iter()
    .map(|row| row.only().int())
    .collect()
}

/// The newest version that the database has.
pub(super) fn version<C: Connection>(db: &C) -> Result<i64> {
    Ok(versions(db)?.last().copied().unwrap_or(0))
}

/// The setting stays in the file. SQLite does not always wait for others before it refuses it.
fn use_write_ahead_log<C: Connection>(db: &C) -> Result<()> {
    let mut tries = 1;
    loop {
        match db.execute("PRAGMA journal_mode = WAL", Vec::new()) {
            Err(error) if is_busy(&error) && tries < WAL_TRIES => {
                tries += 1;
                // Waits until the present writer is done.
                db.transaction(|_| Ok(()))?;
            }
            Err(error) => return Err(error),
            // A database without a write-ahead log answers with the mode that it stays in.
            Ok(_) => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::NEWEST;

    #[test]
    fn each_part_of_the_script_is_one_statement_with_its_comments_before_it() {
        for statement in statements() {
            let text: Vec<_> = statement
                .lines()
                .skip_while(|line| line.starts_with("--"))
                .collect();
            let (last, text) = text.split_last().unwrap();
            assert!(last.ends_with(';') && !last.contains("--"), "{statement}");
            let is_trigger = text.first().is_some_and(|line| line.contains("TRIGGER"));
            for line in text {
                let ends = line.trim_end().ends_with(';');
                assert!(!line.contains("--") && (is_trigger || !ends), "{line}");
            }
        }
        let version = format!("SELECT {NEWEST} WHERE NOT EXISTS");
        assert!(statements().last().unwrap().contains(&version));
    }
}
