//! What the store asks of a SQLite driver.

use crate::row::Row;
pub use crate::row::Value;
use crate::row::refuse_nul;
use crate::{Error, Result};

/// One connection to a SQLite database, with foreign keys on and a busy timeout of some seconds.
pub trait Connection {
    /// Executes one statement and answers all its rows.
    ///
    /// # Errors
    /// [`Error::Unexpected`] if the statement breaks a constraint, [`Error::Full`] and [`Error::Damaged`],
    /// else [`Error::Unavailable`]: see [`classify`].
    fn execute(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>>;
}

/// Refuses parameters that hold what another backend would not keep: each driver asks this first.
///
/// # Errors
/// [`Error::NulInText`]
pub fn check(params: &[Value]) -> Result<()> {
    params.iter().try_for_each(|param| match param {
        Value::Text(text) => refuse_nul(text),
        Value::Null | Value::Integer(_) | Value::Blob(_) => Ok(()),
    })
}

/// What SQLite says when there is no room, and what the embedded runtime adds where SQLite says only that
/// a write failed: by a quota or the limit of a file's size.
const FULL: &[&str] = &["database or disk is full", "the file cannot be written"];

/// What SQLite says of a file that is no sound database.
const DAMAGED: &[&str] = &[
    "disk image is malformed",
    "malformed database schema",
    "file is not a database",
    "unsupported file format",
];

/// The store's error for a message of SQLite: it is all that Spin tells about an error.
#[must_use]
pub fn classify(message: String) -> Error {
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    if says(&["constraint failed"]) {
        Error::Unexpected(message)
    } else if says(FULL) {
        Error::Full(message)
    } else if says(DAMAGED) {
        Error::Damaged(message)
    } else {
        Error::Unavailable(message)
    }
}

/// Whether this is SQLite's way to say that another connection was in the way.
pub(super) fn is_busy(error: &Error) -> bool {
    matches!(error, Error::Unavailable(message) if message.contains("locked"))
}

/// What every operation does with a connection.
pub(super) trait Execute: Connection {
    /// Executes a statement that answers at most one row.
    fn one(&self, sql: &str, params: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.execute(sql, params)?.into_iter().next())
    }

    /// Runs `work` in one write transaction: it is committed if `work` succeeds, and rolled back
    /// on any error. It takes the write lock at its start: a transaction that reads first and
    /// writes later would fail whenever another one wrote in between.
    fn transaction<T>(&self, work: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.execute("BEGIN IMMEDIATE", Vec::new())?;
        let rollback = Rollback(Some(self));
        let value = work(self)?;
        self.execute("COMMIT", Vec::new())?;
        rollback.disarm();
        Ok(value)
    }
}

impl<C: Connection + ?Sized> Execute for C {}

/// Rolls back when dropped, so that no transaction stays open on any way out, a panic included.
struct Rollback<'a, C: Connection + ?Sized>(Option<&'a C>);

impl<C: Connection + ?Sized> Rollback<'_, C> {
    fn disarm(mut self) {
        self.0 = None;
    }
}

impl<C: Connection + ?Sized> Drop for Rollback<'_, C> {
    fn drop(&mut self) {
        if let Some(connection) = self.0 {
            // A failure here means that SQLite has rolled back by itself.
            let _ = connection.execute("ROLLBACK", Vec::new());
        }
    }
}

macro_rules! from_integer {
    ($($type:ty),+) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Integer(i64::from(value))
            }
        }
    )+};
}

from_integer!(bool, i64, u32);

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! from_display {
    ($($type:ty),+) => {$(
        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::Text(value.to_string())
            }
        }
    )+};
}

from_display!(
    tasker_domain::RunId,
    tasker_domain::StackRunId,
    tasker_domain::trace::TraceParent,
    &tasker_domain::Path
);

/// The parameters of a statement.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::sqlite::connection::Value::from($value)),*]
    };
}
pub(super) use params;
