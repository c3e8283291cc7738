//! SQLite as Spin gives it to a component (`fermyon:spin/sqlite@2.0.0`).

use spin_sdk::sqlite;

use tasker_store::sqlite::{Connection, Row, Value, check, classify};
use tasker_store::{Error, Result};

/// A connection to the app's SQLite database.
pub struct SpinSqlite(sqlite::Connection);

impl SpinSqlite {
    /// Opens the host's default database.
    ///
    /// # Errors
    /// If the host cannot open it.
    pub fn open() -> Result<Self> {
        let connection = sqlite::Connection::open_default();
        connection
            .map(Self)
            .map_err(|error| classify(error.to_string()))
    }
}

impl Connection for SpinSqlite {
    fn execute(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        check(&params)?;
        let params: Vec<_> = params.into_iter().map(into_spin).collect();
        let answer = self.0.execute(sql, &params).map_err(|error| match error {
            sqlite::Error::Io(message) => classify(message),
            other => Error::Unavailable(other.to_string()),
        })?;
        let columns = answer.columns.into();
        answer
            .rows
            .into_iter()
            .map(|row| {
                let values: Result<_> = row.values.into_iter().map(from_spin).collect();
                Ok(Row::new(&columns, values?))
            })
            .collect()
    }
}

fn into_spin(value: Value) -> sqlite::Value {
    match value {
        Value::Null => sqlite::Value::Null,
        Value::Integer(integer) => sqlite::Value::Integer(integer),
        Value::Text(text) => sqlite::Value::Text(text),
        Value::Blob(bytes) => sqlite::Value::Blob(bytes),
    }
}

fn from_spin(value: sqlite::Value) -> Result<Value> {
    match value {
        sqlite::Value::Null => Ok(Value::Null),
        sqlite::Value::Integer(integer) => Ok(Value::Integer(integer)),
        sqlite::Value::Text(text) => Ok(Value::Text(text)),
        sqlite::Value::Blob(bytes) => Ok(Value::Blob(bytes)),
        sqlite::Value::Real(_) => Err(Error::Unexpected("a real number".to_owned())),
    }
}
