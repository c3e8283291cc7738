//! Bringing a database up to this build's schema.
//!
//! Many instances may start at once on a fresh file, and the same script may be applied from outside
//! before or meanwhile: the first one does the work, the others find it done.

use crate::Result;
use crate::schema::{self, Standing};
use crate::sqlite::connection::{Connection, Execute, is_busy, params};

/// The schema. It makes what is missing, and records its version last.
const SCHEMA: &str = include_str!("../../../../migrations/sqlite/0001_schema.sql");

/// Columns that tables of older versions lack: the version that has them, table and definition. A database that does not have
/// the table itself gets it with them.
const COLUMNS: &[(i64, &str, &str)] = &[
    (61, "task_runs", "versions_at INTEGER"),
    (61, "schedules", "queued_more TEXT NOT NULL DEFAULT '[]'"),
    (61, "schedules", "skipped INTEGER NOT NULL DEFAULT 0"),
    (61, "schedules", "skipped_at INTEGER"),
    (61, "schedules", "skipped_why TEXT"),
    (63, "call_journal", "total_bytes INTEGER NOT NULL DEFAULT 0"),
    (64, "task_runs", "starts INTEGER NOT NULL DEFAULT 0"),
    (64, "task_runs", "tags TEXT"),
    (65, "task_settings", "reach TEXT"),
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
    let is_before = |since: i64| version.is_some_and(|version| version > 0 && version < since);
    add_columns(db, COLUMNS, is_before)?;
    for statement in statements() {
        db.execute(statement, Vec::new())?;
    }
    for (_, statement) in MOVES.iter().filter(|(since, _)| is_before(*since)) {
        db.execute(statement, Vec::new())?;
    }
    db.execute(
        "INSERT OR IGNORE INTO migrations (version) VALUES (?1)",
        params![schema::NEWEST],
    )?;
    Ok(())
}

/// Adds the columns that a database lacks to those of its tables that it has.
fn add_columns<C: Connection>(
    db: &C,
    columns: &[(i64, &str, &str)],
    is_before: impl Fn(i64) -> bool,
) -> Result<()> {
    let find = "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    for (since, table, column) in columns {
        if is_before(*since) && !db.execute(find, params![*table])?.is_empty() {
            let add = format!("ALTER TABLE {table} ADD COLUMN {column}");
            db.execute(&add, Vec::new())?;
        }
    }
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
        let last = format!(
            "SELECT {NEWEST} WHERE NOT EXISTS (SELECT 1 FROM migrations WHERE version BETWEEN 1 AND {});",
            NEWEST - 1
        );
        assert!(statements().last().unwrap().ends_with(&last));
    }

    #[test]
    fn a_column_is_added_where_it_is_lacking_and_there_is_a_table_for_it() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let make = "CREATE TABLE old (id INTEGER); CREATE TABLE older (id INTEGER)";
        db.execute_batch(make).unwrap();
        let columns = [
            (2, "old", "a TEXT"),
            (3, "old", "b TEXT NOT NULL DEFAULT 'x'"),
            (3, "later", "c TEXT"),
        ];
        add_columns(&db, &columns, |since| 2 < since).unwrap();
        let list = "SELECT t.name || '.' || c.name AS name FROM sqlite_schema t, pragma_table_info(t.name) c ORDER BY 1";
        let rows = Connection::execute(&db, list, Vec::new()).unwrap();
        let names: Vec<_> = rows
            .into_iter()
            .map(|row| row.only().text().unwrap())
            .collect();
        assert_eq!(names, ["old.b", "old.id", "older.id"]);
    }
}
