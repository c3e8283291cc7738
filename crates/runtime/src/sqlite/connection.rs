//! One connection to the file: statements run as Spin runs them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Batch, CachedStatement, Error, Result, Statement, TransactionState};

use super::pragma::{BUSY_TIMEOUT, RESET, Traces};

/// Statements that are kept prepared on each connection.
const PREPARED: usize = 256;
/// The most that one result may hold.
const RESULT_LIMIT: usize = 128 << 20;

pub(super) struct Connection {
    sqlite: rusqlite::Connection,
    traces: Arc<Traces>,
}

/// What a statement gave.
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// What a statement needs before it can run.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    /// The right to write, for which it may wait this long.
    Write {
        wait: Duration,
    },
}

impl Connection {
    /// Opens the file, making it if need be, with foreign keys enforced and a busy timeout of five seconds.
    pub(super) fn open(file: &Path) -> Result<Self> {
        let mut sqlite = rusqlite::Connection::open(file)?;
        sqlite.busy_timeout(BUSY_TIMEOUT)?;
        sqlite.set_prepared_statement_cache_capacity(PREPARED);
        let traces = Arc::new(Traces::default());
        sqlite.authorizer(Some(traces.authorizer()))?;
        Ok(Self { sqlite, traces })
    }

    /// Runs all statements of a text.
    pub(super) fn execute_all(&self, text: &str) -> Result<()> {
        self.sqlite.execute_batch(text)
    }

    /// What the first statement of `text` needs.
    pub(super) fn access(&self, text: &str) -> Result<Access> {
        if self.with_first(text, |statement| Ok(statement.readonly()))? {
            return Ok(Access::Read);
        }
        // A reader that wants to go on as a writer is refused at once if another writes, as it would wait for what waits for it.
        let reading = self.sqlite.transaction_state::<&str>(None)? == TransactionState::Read;
        let wait = match reading {
            true => Duration::ZERO,
            false => self.traces.busy_timeout(),
        };
        Ok(Access::Write { wait })
    }

    /// Runs the first statement of `text`; what follows it is ignored.
    pub(super) fn execute(&self, text: &str, parameters: Vec<Value>) -> Result<Rows> {
        self.with_first(text, |statement| {
            let columns: Vec<String> = statement.column_names().map(ToOwned::to_owned).collect();
            let mut size = 0;
            let mut rows = Vec::new();
            let mut found = statement.query(rusqlite::params_from_iter(&parameters))?;
            while let Some(row) = found.next()? {
                let mut values = Vec::with_capacity(columns.len());
                for column in 0..columns.len() {
                    let value = row.get_ref(column)?;
                    size += size_of::<Value>() + heap_size(value);
                    values.push(Value::try_from(value)?);
                }
                if size > RESULT_LIMIT {
                    return Err(failure(format!(
                        "query result exceeds limit of {RESULT_LIMIT} bytes"
                    )));
                }
                rows.push(values);
            }
            drop(found);
            Ok(Rows { columns, rows })
        })
    }

    /// Whether no transaction is open.
    pub(super) fn is_idle(&self) -> bool {
        self.sqlite.is_autocommit()
    }

    pub(super) fn changes(&self) -> u64 {
        self.sqlite.changes()
    }

    pub(super) fn last_insert_rowid(&self) -> i64 {
        self.sqlite.last_insert_rowid()
    }

    /// Rolls back what is open and undoes settings; nothing if that is not enough to make the connection like new.
    pub(super) fn clean(self) -> Option<Self> {
        if !self.sqlite.is_autocommit() {
            self.sqlite.execute_batch("ROLLBACK").ok()?;
        }
        if self.traces.are_lasting() {
            return None;
        }
        if self.traces.need_reset() {
            self.sqlite.execute_batch(RESET).ok()?;
            self.traces.forget();
        }
        Some(self)
    }

    /// Prepares the first statement of `text`, from the cache if it stands alone, which nearly all do.
    fn with_first<T>(
        &self,
        text: &str,
        run: impl FnOnce(&mut Statement<'_>) -> Result<T>,
    ) -> Result<T> {
        let cached: Result<CachedStatement<'_>> = self.sqlite.prepare_cached(text);
        match cached {
            Ok(mut statement) => run(&mut statement),
            // Refused for what follows the first statement, or else the first statement fails here as well.
            Err(alone) => match Batch::new(&self.sqlite, text).next() {
                Ok(Some(mut statement)) => run(&mut statement),
                Ok(None) | Err(_) => Err(alone),
            },
        }
    }
}

fn heap_size(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        _ => 0,
    }
}

fn failure(message: String) -> Error {
    Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_TOOBIG),
        Some(message),
    )
}
