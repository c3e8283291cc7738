//! The default SQLite database, as `fermyon:spin/sqlite` and `spin:sqlite` give it to components.
//!
//! A component's connection behaves as one of its own. Behind it, connections that were left clean are used again, and writers
//! wait for each other in order, where SQLite's own busy handler would let them sleep and starve.

mod connection;
mod handle;
mod host;
mod pragma;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::ErrorCode;
use tokio::sync::Semaphore;

#[expect(
    unreachable_pub,
    reason = "the generated bindings name it in public types"
)]
pub use handle::Handle;

use crate::Error;
use crate::faults::Faults;
use connection::Connection;

/// Connections that are kept for the next taker.
const IDLE: usize = 64;

/// The database file with what its connections share.
pub(crate) struct Database {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    /// One permit: the right to write. It is handed on in the order in which it was asked for.
    writer: Arc<Semaphore>,
    pub(crate) faults: Option<Arc<Faults>>,
}

impl Database {
    /// The database in `file`, which is made when it is first used.
    pub(crate) fn new(file: PathBuf, faults: Option<Arc<Faults>>) -> Self {
        Self {
            file,
            idle: Mutex::new(Vec::new()),
            writer: Arc::new(Semaphore::new(1)),
            faults,
        }
    }

    /// Runs all statements of a file.
    pub(crate) fn run_script(&self, script: &Path) -> Result<(), Error> {
        let failed = |reason: String| Error::Script {
            path: script.to_owned(),
            reason,
        };
        let text = std::fs::read_to_string(script).map_err(|error| failed(error.to_string()))?;
        Connection::open(&self.file)
            .and_then(|connection| connection.execute_all(&text))
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

    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| Connection::open(&self.file), Ok)
    }

    /// Keeps a connection for the next taker, if that could not tell it from a new one.
    fn give_back(&self, connection: Connection) {
        let Some(connection) = connection.clean() else {
            return;
        };
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }
}
