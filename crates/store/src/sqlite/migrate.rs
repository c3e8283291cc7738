//! Bringing a database up to this build's schema.
//!
//! Many instances may start at once on a fresh file, and the same scripts may be applied from
//! outside before or meanwhile: whoever comes first does the work, the others find it done.

use crate::sqlite::connection::{Connection, Execute, is_busy};
use crate::{Error, Result};

/// The scripts by the version that each brings a database to, in order. The numbers have gaps.
const SCRIPTS: &[(i64, &str)] = &[
    (
        1,
        include_str!("../../../../migrations/sqlite/0001_init.sql"),
    ),
    (
        2,
        include_str!("../../../../migrations/sqlite/0002_services.sql"),
    ),
    (
        10,
        include_str!("../../../../migrations/sqlite/0010_run_at.sql"),
    ),
    (
        11,
        include_str!("../../../../migrations/sqlite/0011_events.sql"),
    ),
    (
        12,
        include_str!("../../../../migrations/sqlite/0012_stop.sql"),
    ),
    (
        14,
        include_str!("../../../../migrations/sqlite/0014_attempts.sql"),
    ),
    (
        16,
        include_str!("../../../../migrations/sqlite/0016_runs.sql"),
    ),
    (
        18,
        include_str!("../../../../migrations/sqlite/0018_pause.sql"),
    ),
    (
        20,
        include_str!("../../../../migrations/sqlite/0020_schedules.sql"),
    ),
    (
        21,
        include_str!("../../../../migrations/sqlite/0021_retention.sql"),
    ),
    (
        22,
        include_str!("../../../../migrations/sqlite/0022_lanes.sql"),
    ),
    (
        23,
        include_str!("../../../../migrations/sqlite/0023_slots.sql"),
    ),
    (
        24,
        include_str!("../../../../migrations/sqlite/0024_idempotency.sql"),
    ),
    (
        30,
        include_str!("../../../../migrations/sqlite/0030_metrics.sql"),
    ),
    (
        31,
        include_str!("../../../../migrations/sqlite/0031_trace.sql"),
    ),
    (
        32,
        include_str!("../../../../migrations/sqlite/0032_webhooks.sql"),
    ),
    (
        50,
        include_str!("../../../../migrations/sqlite/0050_run_retry.sql"),
    ),
    (
        55,
        include_str!("../../../../migrations/sqlite/0055_runs_of_task.sql"),
    ),
    (
        60,
        include_str!("../../../../migrations/sqlite/0060_counts.sql"),
    ),
];

/// The newest version that this build knows.
pub(super) const NEWEST: i64 = SCRIPTS[SCRIPTS.len() - 1].0;

/// How often switching to the write-ahead log is tried while others are in the way. Each time
/// waits for the writer before it, up to the busy timeout.
const WAL_TRIES: u32 = 20;

/// Checks the schema with one statement, and brings it up to date if need be.
pub(super) fn migrate<C: Connection>(db: &C) -> Result<()> {
    // An error means that there is no such table yet. If it means anything else, the rest fails
    // with the same error.
    if let Ok(versions) = versions(db)
        && is_complete(&versions)?
    {
        return Ok(());
    }
    // It counts for a file that has no table yet, and must come before all that makes the file.
    db.execute("PRAGMA auto_vacuum = INCREMENTAL", Vec::new())?;
    use_write_ahead_log(db)?;
    for (version, script) in SCRIPTS {
        apply(db, *version, script)?;
    }
    db.execute(
        "INSERT OR IGNORE INTO migrations (version) VALUES (0)",
        Vec::new(),
    )?;
    Ok(())
}

/// Applies a script in a transaction of its own, unless another process has done so by now.
fn apply<C: Connection>(db: &C, version: i64, script: &str) -> Result<()> {
    db.transaction(|db| {
        db.execute(
            "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY) STRICT",
            Vec::new(),
        )?;
        let versions = versions(db)?;
        if is_complete(&versions)? || versions.contains(&version) {
            return Ok(());
        }
        for statement in statements(script) {
            db.execute(statement, Vec::new())?;
        }
        Ok(())
    })
}

fn versions<C: Connection>(db: &C) -> Result<Vec<i64>> {
    db.execute(
        "SELECT version FROM migrations ORDER BY version",
        Vec::new(),
    )?
    .into_iter()
    .map(|mut row| row.int())
    .collect()
}

/// The newest version that the database has, and how many that this build knows it has not.
pub(super) fn applied<C: Connection>(db: &C) -> Result<(i64, u32)> {
    let versions = versions(db)?;
    let missing = SCRIPTS
        .iter()
        .filter(|(version, _)| !versions.contains(version));
    let newest = versions.last().copied().unwrap_or(0);
    Ok((newest, u32::try_from(missing.count()).unwrap_or(u32::MAX)))
}

fn is_complete(versions: &[i64]) -> Result<bool> {
    match versions.last() {
        Some(version) if *version > NEWEST => Err(Error::Unexpected(format!(
            "the database is of schema version {version}, made by a newer Tasker; this one knows versions up to {NEWEST}"
        ))),
        _ => Ok(versions.contains(&0)
            && SCRIPTS
                .iter()
                .all(|(version, _)| versions.contains(version))),
    }
}

/// The setting stays in the file. SQLite does not always wait for others before it refuses it.
fn use_write_ahead_log<C: Connection>(db: &C) -> Result<()> {
    let mut tries = 1;
    loop {
        match db.execute("PRAGMA journal_mode = WAL", Vec::new()) {
            Err(error) if is_busy(&error) && tries < WAL_TRIES => {
                tries += 1;
                // Waits until whoever writes is done.
                db.transaction(|_| Ok(()))?;
            }
            Err(error) => return Err(error),
            // A database that knows no write-ahead log answers with the mode that it stays in.
            Ok(_) => return Ok(()),
        }
    }
}

/// The statements of a script. It may hold comments, quoted text and triggers, whose bodies hold semicolons and whose
/// `END` stands at the beginning of its line.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    let mut rest = script;
    std::iter::from_fn(move || {
        rest = skip_blanks(rest);
        if rest.is_empty() {
            return None;
        }
        let end = match rest.starts_with("CREATE TRIGGER") {
            true => rest
                .find("\nEND;")
                .map_or(rest.len(), |end| end + "\nEND".len()),
            false => end_of_statement(rest),
        };
        let (statement, after) = rest.split_at(end);
        rest = after.strip_prefix(';').unwrap_or(after);
        Some(statement)
    })
}

/// Skips white space, comments and empty statements.
fn skip_blanks(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|c: char| c.is_whitespace() || c == ';');
        match comment(text) {
            0 => return text,
            length => text = &text[length..],
        }
    }
}

/// The length of the comment that the text begins with; 0 if with none.
fn comment(text: &str) -> usize {
    if text.starts_with("--") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        text.find("*/").map_or(text.len(), |end| end + 2)
    } else {
        0
    }
}

fn end_of_statement(text: &str) -> usize {
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        at += match next {
            ';' => return at,
            // A doubled quote ends the text and begins it again: the same as going on.
            '\'' | '"' | '`' => text[at + 1..]
                .find(next)
                .map_or(text.len() - at, |end| end + 2),
            _ => comment(&text[at..]).max(next.len_utf8()),
        };
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_split_at_the_semicolons_that_end_statements() {
        let script = "-- a; comment\n ;CREATE TABLE a (b TEXT DEFAULT ';''\"'); /* c; */\n\
                      INSERT INTO \"x;y\" -- it's; quoted\n VALUES ('ä--;');\n;SELECT 1 -- end";
        assert_eq!(
            statements(script).collect::<Vec<_>>(),
            [
                "CREATE TABLE a (b TEXT DEFAULT ';''\"')",
                "INSERT INTO \"x;y\" -- it's; quoted\n VALUES ('ä--;')",
                "SELECT 1 -- end",
            ]
        );
        assert_eq!(statements(" -- nothing\n;").count(), 0);
        let script =
            "CREATE TRIGGER a AFTER DELETE ON b BEGIN\n SELECT 1;\n SELECT 2;\nEND;\nSELECT 3;";
        let (trigger, rest) = script.split_once(";\nSELECT 3").unwrap();
        assert_eq!(
            statements(script).collect::<Vec<_>>(),
            [trigger, "SELECT 3"]
        );
        assert_eq!(rest, ";");
        assert_eq!(statements("SELECT 'open").count(), 1);
    }

    #[test]
    fn every_script_records_its_version_last() {
        assert!(SCRIPTS.is_sorted_by_key(|(version, _)| *version));
        for (version, script) in SCRIPTS {
            assert_eq!(
                statements(script).last(),
                Some(
                    format!("INSERT OR IGNORE INTO migrations (version) VALUES ({version})")
                        .as_str()
                )
            );
        }
    }
}
