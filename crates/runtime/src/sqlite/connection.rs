//! One connection to the file: statements run as Spin runs them.

use std::ffi::c_int;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::hooks::Wal;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Batch, CachedStatement, Error, Result, Statement, TransactionState};
use tokio::task::block_in_place;

use super::pragma::{BUSY_TIMEOUT, Traces};

/// How often a lock that another process has is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(2);
/// Statements that are kept prepared on each connection.
const PREPARED: usize = 256;
/// The most that one result may hold.
const RESULT_LIMIT: usize = 128 << 20;

pub(super) struct Connection {
    sqlite: rusqlite::Connection,
    traces: Arc<Traces>,
    /// Whether the database had a log when this was opened.
    pub(super) has_log: bool,
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
    /// Opens the file, making it if need be, with foreign keys enforced and a busy timeout of five seconds. In a database
    /// with a log, commits do not wait for the disk; after each, `pages` is told how long the log is.
    pub(super) fn open(file: &Path, pages: impl Fn(u32) + Send + 'static) -> Result<Self> {
        let mut sqlite = rusqlite::Connection::open(file)?;
        sqlite.set_prepared_statement_cache_capacity(PREPARED);
        // What was planned once stays, whatever the parameters are.
        sqlite.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let mode: String = sqlite.query_row("PRAGMA journal_mode", (), |row| row.get(0))?;
        let has_log = mode.eq_ignore_ascii_case("wal");
        if has_log {
            sqlite.wal_hook(Some(move |_: &mut Wal, count: c_int| {
                pages(count.unsigned_abs());
                Ok(())
            }))?;
        }
        let traces = Arc::new(Traces::default());
        let mut connection = Self {
            sqlite,
            traces,
            has_log,
        };
        connection.reset()?;
        let authorizer = connection.traces.authorizer();
        connection.sqlite.authorizer(Some(authorizer))?;
        Ok(connection)
    }

    /// Gives it the settings of a new one.
    fn reset(&mut self) -> Result<()> {
        self.sqlite.execute_batch(match self.has_log {
            true => "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;",
            false => "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;",
        })?;
        self.sqlite.busy_handler(Some(wait_for_lock()))?;
        self.traces.forget();
        Ok(())
    }

    /// What the first statement of `text` needs.
    pub(super) fn access(&mut self, text: &str) -> Result<Access> {
        let asks_for_timeout = text.trim().eq_ignore_ascii_case("PRAGMA busy_timeout");
        if asks_for_timeout && !self.traces.need_reset() {
            // SQLite knows nothing of a handler's time, and looks when it prepares this.
            self.sqlite.busy_timeout(BUSY_TIMEOUT)?;
            self.sqlite.prepare_cached(text)?;
            self.sqlite.busy_handler(Some(wait_for_lock()))?;
            return Ok(Access::Read);
        }
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

    /// Whether nobody could tell it from a new one.
    pub(super) fn is_untouched(&self) -> bool {
        self.is_idle() && !self.traces.are_lasting() && !self.traces.need_reset()
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
    pub(super) fn clean(mut self) -> Option<Self> {
        if !self.sqlite.is_autocommit() {
            self.sqlite.execute_batch("ROLLBACK").ok()?;
        }
        if self.traces.are_lasting() {
            return None;
        }
        if self.traces.need_reset() {
            self.reset().ok()?;
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

/// Waits for a lock that another process has, for five seconds in all. Meanwhile the thread's other work goes on elsewhere.
fn wait_for_lock() -> impl FnMut(i32) -> bool + Send + 'static {
    let mut since = Instant::now();
    move |tried| {
        if tried == 0 {
            since = Instant::now();
        }
        let goes_on = since.elapsed() < BUSY_TIMEOUT;
        if goes_on {
            block_in_place(|| std::thread::sleep(LOOK_AGAIN));
        }
        goes_on
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
