//! A component's connection.

use std::sync::Arc;

use rusqlite::ffi;
use rusqlite::types::Value;
use tokio::sync::OwnedSemaphorePermit;

use super::connection::{Access, Connection, Rows};
use super::durability::Seen;
use super::{Database, Durability, begins};

/// SQLite's own words for a lock that did not come free in time.
const LOCKED: &str = "database is locked";

/// The extended codes of writes that fail otherwise than by a full disk.
const UNWRITABLE: [std::ffi::c_int; 4] = [
    ffi::SQLITE_IOERR_WRITE,
    ffi::SQLITE_IOERR_FSYNC,
    ffi::SQLITE_IOERR_TRUNCATE,
    ffi::SQLITE_IOERR_SHMSIZE,
];

/// The connection that one component instance has opened. It has one to SQLite only while it needs that: for a statement or a transaction.
/// Dropping it rolls back what is not committed.
#[expect(
    unreachable_pub,
    reason = "the generated bindings name it in public types"
)]
pub struct Handle {
    database: Arc<Database>,
    /// Kept from the begin of a transaction to its end, and for good once a statement has left traces on it.
    connection: Option<Connection>,
    /// Held from a transaction's first write to its end.
    writer: Option<OwnedSemaphorePermit>,
    changes: u64,
    last_insert_rowid: i64,
    seen: Seen,
}

impl Handle {
    /// A connection to the database; `seen` is told what the component sees of it.
    pub(super) fn new(database: Arc<Database>, seen: Seen) -> Self {
        Self {
            database,
            connection: None,
            writer: None,
            changes: 0,
            last_insert_rowid: 0,
            seen,
        }
    }

    /// Runs one statement. An error is in SQLite's words.
    pub(super) async fn execute(
        &mut self,
        statement: &str,
        parameters: Vec<Value>,
    ) -> Result<Rows, String> {
        let connection = self.connection().map_err(|error| words(&error))?;
        let access = connection.access(statement);
        let access = access.map_err(|error| self.failed(&error))?;
        if let Access::Write { wait } = access
            && self.writer.is_none()
        {
            self.wait_to_write(wait).await?;
        }
        let commits = self.commits(statement, &access);
        let faults = self.database.faults.clone();
        let point = faults
            .filter(|_| commits)
            .map(|faults| (faults, point_of(statement)));
        let passage = match &point {
            None => None,
            Some((faults, point)) => match faults.enter(point) {
                Ok(passage) => Some(passage),
                Err(reason) => {
                    self.release();
                    return Err(reason.to_owned());
                }
            },
        };
        let outcome = self.run(statement, parameters, &access, commits);
        self.release();
        match passage {
            Some(passage) => passage.leave().await.map_err(str::to_owned).and(outcome),
            None => outcome,
        }
    }

    /// Runs it, with the right to write if it needs that.
    fn run(
        &mut self,
        statement: &str,
        parameters: Vec<Value>,
        access: &Access,
        commits: bool,
    ) -> Result<Rows, String> {
        let connection = self.connection.as_ref().ok_or(LOCKED)?;
        let commit = commits.then(|| Commit::begin(&self.database.durability));
        let slow = &self.database.slow;
        let outcome = slow.run(statement, || connection.execute(statement, parameters));
        drop(commit);
        if self.writer.is_some() && connection.is_idle() && !commits {
            // A transaction that ended in some other way.
            drop(Commit::begin(&self.database.durability));
        }
        self.seen.all();
        if matches!(access, Access::Write { .. }) && outcome.is_ok() {
            self.changes = connection.changes();
            let inserts = ["INSERT", "REPLACE", "WITH"];
            if inserts.iter().any(|word| begins(statement, word)) {
                self.last_insert_rowid = connection.last_insert_rowid();
            }
        }
        outcome.map_err(|error| words(&error))
    }

    /// Waits for the right to write. With it comes the connection whose pages are those of the last writer, unless the own one
    /// is tied to this handle.
    async fn wait_to_write(&mut self, wait: std::time::Duration) -> Result<(), String> {
        if let Some(connection) = self.connection.take_if(|it| it.is_untouched()) {
            self.database.give_back(connection, false);
        }
        let writer = self.database.writer.clone().acquire_owned();
        let granted = tokio::time::timeout(wait, writer).await;
        self.writer = Some(granted.map_err(|_| LOCKED)?.map_err(|_| LOCKED)?);
        if self.connection.is_none() {
            let connection = self.database.take_writing();
            self.connection = Some(connection.map_err(|error| self.failed(&error))?);
        }
        Ok(())
    }

    /// The connection that is held, or else one to read with.
    fn connection(&mut self) -> rusqlite::Result<&mut Connection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.database.take()?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Gives back what no open transaction and no trace ties to this handle.
    fn release(&mut self) {
        if self.connection.as_ref().is_none_or(Connection::is_idle) {
            if let Some(connection) = self.connection.take_if(|it| it.is_untouched()) {
                self.database.give_back(connection, self.writer.is_some());
            }
            self.writer = None;
        }
    }

    /// SQLite's words for an error before the statement has run.
    fn failed(&mut self, error: &rusqlite::Error) -> String {
        self.release();
        words(error)
    }

    /// Whether this statement ends a transaction, or is one by itself.
    fn commits(&self, statement: &str, access: &Access) -> bool {
        let is_idle = self.connection.as_ref().is_none_or(Connection::is_idle);
        let writes = matches!(access, Access::Write { .. });
        begins(statement, "COMMIT")
            || is_idle && writes && !begins(statement, "BEGIN") && !begins(statement, "PRAGMA")
    }

    /// Rows that the last writing statement has changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// The row id of the last row inserted, or 0.
    pub(super) fn last_insert_rowid(&self) -> i64 {
        self.last_insert_rowid
    }
}

/// A commit that goes on; dropping it says that it has ended.
struct Commit<'a>(&'a Durability);

impl<'a> Commit<'a> {
    fn begin(durability: &'a Durability) -> Self {
        durability.begin();
        Self(durability)
    }
}

impl Drop for Commit<'_> {
    fn drop(&mut self) {
        self.0.end();
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
            self.database.give_back(connection, self.writer.is_some());
        }
        self.writer = None;
    }
}
