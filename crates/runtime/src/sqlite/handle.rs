//! A component's connection.

use std::sync::Arc;

use rusqlite::ffi;
use rusqlite::types::Value;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::block_in_place;

use super::Database;
use super::connection::{Access, Connection, Rows};

/// SQLite's own words for a lock that did not come free in time.
const LOCKED: &str = "database is locked";

/// The extended codes of writes that fail otherwise than by a full disk.
const UNWRITABLE: [std::ffi::c_int; 4] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_IOERR_TRUNCATE,
    ffi::SQLITE_IOERR_SHMSIZE,
];

/// The connection that one component instance has opened. Dropping it rolls back what is not committed.
#[expect(
    unreachable_pub,
    reason = "the generated bindings name it in public types"
)]
pub struct Handle {
    database: Arc<Database>,
    /// Made at the first statement.
    connection: Option<Connection>,
    /// Held from a transaction's first write to its end.
    writer: Option<OwnedSemaphorePermit>,
    has_written: bool,
}

impl Handle {
    pub(super) fn new(database: Arc<Database>) -> Self {
        Self {
            database,
            connection: None,
            writer: None,
            has_written: false,
        }
    }

    /// Runs one statement. An error is in SQLite's words.
    pub(super) async fn execute(
        &mut self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> Result<Rows, String> {
        let access = self.run(|connection| connection.access(statement))?;
        if let Access::Write { wait } = access {
            if self.writer.is_none() {
                let writer = self.database.writer.clone().acquire_owned();
                let granted = tokio::time::timeout(wait, writer).await;
                self.writer = Some(granted.map_err(|_| LOCKED)?.map_err(|_| LOCKED)?);
            }
            self.has_written = true;
        }
        let faults = self.database.faults.clone();
        let point = faults
            .filter(|_| self.is_commit(statement, &access))
            .map(|faults| (faults, point_of(statement)));
        let passage = match &point {
            None => None,
            Some((faults, point)) => Some(faults.enter(point)?),
        };
        let outcome = self.run(|connection| connection.execute(statement, parameters));
        if self.connection.as_ref().is_none_or(Connection::is_idle) {
            self.writer = None;
        }
        match passage {
            Some(passage) => passage.leave().await.map_err(str::to_owned).and(outcome),
            None => outcome,
        }
    }

    /// Whether this statement ends a transaction, or is one by itself.
    fn is_commit(&self, statement: &str, access: &Access) -> bool {
        let begins = |word: &str| {
            let start = statement.trim_start().get(..word.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(word))
        };
        let is_idle = self.connection.as_ref().is_none_or(Connection::is_idle);
        let writes = matches!(access, Access::Write { .. });
        begins("COMMIT") || is_idle && writes && !begins("BEGIN") && !begins("PRAGMA")
    }

    /// Rows that the last writing statement has changed.
    pub(super) fn changes(&self) -> u64 {
        self.after_write(Connection::changes)
    }

    /// The row id of the last row inserted, or 0.
    pub(super) fn last_insert_rowid(&self) -> i64 {
        self.after_write(Connection::last_insert_rowid)
    }

    /// What was written before this handle had the connection does not count.
    fn after_write<T: Default>(&self, read: impl FnOnce(&Connection) -> T) -> T {
        match &self.connection {
            Some(connection) if self.has_written => read(connection),
            _ => T::default(),
        }
    }

    fn run<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, String> {
        block_in_place(|| {
            if self.connection.is_none() {
                self.connection = Some(self.database.take()?);
            }
            // Just made, if it was missing.
            self.connection.as_ref().map(work).transpose()
        })
        .map_err(|error: rusqlite::Error| words(&error))?
        .ok_or_else(|| LOCKED.to_owned())
    }
}

/// SQLite's words for an error. Of a write that failed for a quota or the limit of a file's size it says no more
/// than of a broken disk; `(the file cannot be written)` tells it from one that cannot be read.
fn words(error: &rusqlite::Error) -> String {
    let is_write = matches!(
        error,
        rusqlite::Error::SqliteFailure(failure, _) if UNWRITABLE.contains(&failure.extended_code)
    );
    match is_write {
        true => format!("{error} (the file cannot be written)"),
        false => error.to_string(),
    }
}

/// How a commit is called: by its first words.
fn point_of(statement: &str) -> String {
    let words: Vec<_> = statement.split_whitespace().take(4).collect();
    words.join(" ")
}

impl Drop for Handle {
    fn drop(&mut self) {
        // The rollback comes before the right to write goes to the next.
        if let Some(connection) = self.connection.take() {
            self.database.give_back(connection);
        }
        self.writer = None;
    }
}
