//! The default SQLite database, as `fermyon:spin/sqlite` and `spin:sqlite` give it to components.
//!
//! A component's connection behaves as one of its own. Behind it, connections that were left clean are used again, one of them by all who
//! write, and writers wait for each other in order, where SQLite's own busy handler would let them sleep and starve.

mod connection;
mod durability;
mod handle;
mod host;
mod pragma;
mod slow;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::ErrorCode;
use tokio::sync::Semaphore;

#[expect(
    unreachable_pub,
    reason = "the generated bindings name it in public types"
)]
pub use handle::Handle;

pub(crate) use durability::{Durability, NotDurable, Seen};

use crate::Error;
use crate::faults::Faults;
use connection::Connection;
use slow::Slow;

/// Connections that are kept for the next taker.
const IDLE: usize = 64;

/// The database file with what its connections share.
pub(crate) struct Database {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    /// Whether the database has a log. Connections from before it had one sync by themselves, and are not kept.
    has_log: AtomicBool,
    /// The connection for whoever has the right to write: the pages that it knows are never out of date.
    writing: Mutex<Option<Connection>>,
    /// One permit: the right to write. It is handed on in the order in which it was asked for.
    writer: Arc<Semaphore>,
    /// Statements that took long.
    slow: Slow,
    pub(crate) durability: Durability,
    pub(crate) faults: Option<Arc<Faults>>,
}

impl Database {
    /// The database in `file`, which is made when it is first used.
    ///
    /// # Errors
    /// If there can be no further thread.
    pub(crate) fn new(file: PathBuf, faults: Option<Arc<Faults>>) -> Result<Self, Error> {
        let writer = Arc::new(Semaphore::new(1));
        let durability = Durability::start(file.clone(), writer.clone(), faults.clone())
            .map_err(|error| Error::Engine(error.to_string()))?;
        Ok(Self {
            file,
            idle: Mutex::new(Vec::new()),
            has_log: AtomicBool::new(false),
            slow: Slow::default(),
            writing: Mutex::new(None),
            writer,
            durability,
            faults,
        })
    }

    /// Runs all statements of a file.
    pub(crate) fn run_script(&self, script: &Path) -> Result<(), Error> {
        let failed = |reason: String| Error::Script {
            path: script.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(script).map_err(|error| failed(error.to_string()))?;
        rusqlite::Connection::open(&self.file)
            .and_then(|connection| connection.execute_batch(&text))
            .map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Error::DatabaseDamaged {
                        path: self.file.clone(),
                        reason: error.to_string(),
                    }
                }
                _ => failed(error.to_string()),
            })
    }

    /// A connection to read with.
    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = lock(&self.idle).pop();
        idle.map_or_else(|| self.open(), Ok)
    }

    /// The connection for who has the right to write.
    fn take_writing(&self) -> rusqlite::Result<Connection> {
        let writing = lock(&self.writing).take();
        writing.map_or_else(|| self.open(), Ok)
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.file, self.durability.pages())?;
        if connection.has_log {
            self.has_log.store(true, Ordering::Relaxed);
        }
        Ok(connection)
    }

    /// Keeps a connection for the next taker, if that could not tell it from a new one. `has_written`: its last holder
    /// has the right to write.
    fn give_back(&self, connection: Connection, has_written: bool) {
        let is_dated = !connection.has_log && self.has_log.load(Ordering::Relaxed);
        let Some(connection) = connection.clean().filter(|_| !is_dated) else {
            return;
        };
        let mut writing = lock(&self.writing);
        if has_written && writing.is_none() {
            *writing = Some(connection);
            return;
        }
        drop(writing);
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }
}

/// Whether a statement begins with a word.
fn begins(statement: &str, word: &str) -> bool {
    let start = statement.trim_start().get(..word.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
