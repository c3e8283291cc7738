//! SQLite as a file of this machine, with the settings that Spin gives its connections.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{params_from_iter, types};

use crate::Result;
use crate::row::Row;
use crate::sqlite::connection::{Connection, Value, check, classify};

/// As in Spin.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// More than there are statements in the store.
const CACHED_STATEMENTS: usize = 100;

/// Opens the database in a file, which is made if missing.
///
/// # Errors
/// [`crate::Error::Unavailable`] if it cannot be opened, [`crate::Error::Damaged`] if that already shows.
pub fn open(path: &Path) -> Result<rusqlite::Connection> {
    let open = || -> rusqlite::Result<_> {
        let connection = rusqlite::Connection::open(path)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
        Ok(connection)
    };
    open().map_err(|error| classify(error.to_string()))
}

impl Connection for rusqlite::Connection {
    fn execute(&self, sql: &str, params: Vec<Value>) -> Result<Vec<Row>> {
        check(&params)?;
        query(self, sql, params).map_err(|error| classify(error.to_string()))
    }
}

fn query(
    connection: &rusqlite::Connection,
    sql: &str,
    params: Vec<Value>,
) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let names = statement.column_names();
    let columns: Rc<[String]> = names.into_iter().map(str::to_owned).collect();
    let mut rows = statement.query(params_from_iter(params.into_iter().map(into_rusqlite)))?;
    let mut answer = Vec::new();
    while let Some(row) = rows.next()? {
        let values: rusqlite::Result<_> = (0..columns.len())
            .map(|column| from_rusqlite(column, row.get_ref(column)?))
            .collect();
        answer.push(Row::new(&columns, values?));
    }
    Ok(answer)
}

fn into_rusqlite(value: Value) -> types::Value {
    match value {
        Value::Null => types::Value::Null,
        Value::Integer(integer) => types::Value::Integer(integer),
        Value::Text(text) => types::Value::Text(text),
        Value::Blob(bytes) => types::Value::Blob(bytes),
    }
}

fn from_rusqlite(column: usize, value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Text(_) => Value::Text(value.as_str()?.to_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Real(_) => {
            let name = "a real number".to_owned();
            return Err(rusqlite::Error::InvalidColumnType(
                column,
                name,
                types::Type::Real,
            ));
        }
    })
}
