//! A native connection to a PostgreSQL server, for tests, benches and tools. Calls that some hosts never answer
//! fail here.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error as _;

use bytes::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type};
use postgres::{Client, NoTls};
use uuid::Uuid;

use crate::postgres::connection::{Connection, Failure, Param};
use crate::postgres::statement::{Statement, functions_schema};
use crate::row::{Row, Value};
use crate::{Error, Result};

/// A connection to a server, with the statements that it has prepared.
pub struct Native(RefCell<(Client, HashMap<String, postgres::Statement>)>);

/// Connects to the database of a connection string or URL, without TLS.
///
/// # Errors
/// [`Error::Unavailable`] if it cannot be reached.
pub fn open(url: &str) -> Result<Native> {
    let client = Client::connect(url, NoTls).map_err(|error| Error::from(failure(&error)))?;
    Ok(Native(RefCell::new((client, HashMap::new()))))
}

impl Connection for Native {
    fn query(
        &self,
        statement: &Statement,
        params: &[Param],
    ) -> std::result::Result<Vec<Row>, Failure> {
        let is_new = !self.0.borrow().1.contains_key(statement.sql());
        let rows = self.rows_of(statement.sql(), params)?;
        if is_new {
            self.check(statement)?;
        }
        if rows.is_empty() {
            let function = statement.function();
            return Err(Failure::Value(format!("{function} gives no row")));
        }
        Ok(rows)
    }

    fn execute(&self, sql: &str) -> std::result::Result<(), Failure> {
        let executed = self.0.borrow_mut().0.execute(sql, &[]);
        executed.map(drop).map_err(|error| failure(&error))
    }
}

impl Native {
    /// The rows of any statement, for a look at the database itself.
    ///
    /// # Errors
    /// As the server says.
    pub fn rows(&self, sql: &str) -> std::result::Result<Vec<Row>, Failure> {
        self.rows_of(sql, &[])
    }

    /// Whether a function is called as what it is: only one that answers a value always gives a row.
    fn check(&self, statement: &Statement) -> std::result::Result<(), Failure> {
        let (schema, function) = (functions_schema(), statement.function());
        let kinds = "SELECT count(*), count(*) FILTER (WHERE p.proretset) FROM pg_proc p
            JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = $1 AND p.proname = $2";
        let found = self.rows_of(kinds, &[schema.into(), function.into()])?;
        let expected = [1, i64::from(statement.is_of_set())].map(Value::Integer);
        match found.as_slice() {
            [row] if row.values() == expected => Ok(()),
            _ => Err(Failure::Value(format!(
                "{function} is not called as what it is"
            ))),
        }
    }

    fn rows_of(&self, sql: &str, params: &[Param]) -> std::result::Result<Vec<Row>, Failure> {
        let params = params
            .iter()
            .map(into_postgres)
            .collect::<std::result::Result<Vec<_>, _>>()?;
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(AsRef::as_ref).collect();
        let (client, prepared) = &mut *self.0.borrow_mut();
        let statement = match prepared.get(sql) {
            Some(statement) => statement.clone(),
            None => {
                let statement = client.prepare(sql).map_err(|error| failure(&error))?;
                prepared.insert(sql.to_owned(), statement.clone());
                statement
            }
        };
        let names = statement.columns().iter();
        let columns = names.map(|column| column.name().to_owned()).collect();
        let rows = client.query(&statement, &params);
        rows.map_err(|error| failure(&error))?
            .iter()
            .map(|row| {
                let values: std::result::Result<_, _> =
                    (0..row.len()).map(|column| read(row, column)).collect();
                Ok(Row::new(&columns, values?))
            })
            .collect()
    }
}

fn failure(error: &postgres::Error) -> Failure {
    match error.as_db_error() {
        Some(refused) => Failure::Refused {
            code: refused.code().code().to_owned(),
            message: refused.message().to_owned(),
        },
        None => Failure::Broken(match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        }),
    }
}

fn into_postgres(param: &Param) -> std::result::Result<Box<dyn ToSql + Sync>, Failure> {
    Ok(match param {
        Param::Null => Box::new(Null),
        Param::Boolean(value) => Box::new(*value),
        Param::Integer(value) => Box::new(*value),
        Param::Text(value) => Box::new(value.clone()),
        Param::Bytes(value) => Box::new(value.clone()),
        Param::Uuid(value) => {
            let value = Uuid::parse_str(value);
            Box::new(value.map_err(|error| Failure::Value(error.to_string()))?)
        }
        Param::Integers(values) => Box::new(values.clone()),
        Param::Texts(values) => Box::new(values.clone()),
    })
}

fn read(row: &postgres::Row, column: usize) -> std::result::Result<Value, Failure> {
    let kind = row.columns()[column].type_();
    let value = match *kind {
        Type::BOOL => get(row, column, |value: bool| Value::Integer(value.into())),
        Type::INT8 => get(row, column, Value::Integer),
        Type::TEXT => get(row, column, Value::Text),
        Type::BYTEA => get(row, column, Value::Blob),
        Type::UUID => get(row, column, |value: Uuid| Value::Text(value.to_string())),
        _ => return Err(Failure::Value(format!("a column of the type {kind}"))),
    };
    value.map_err(|error| failure(&error))
}

fn get<'a, T: FromSql<'a>>(
    row: &'a postgres::Row,
    column: usize,
    wrap: impl FnOnce(T) -> Value,
) -> std::result::Result<Value, postgres::Error> {
    let value: Option<T> = row.try_get(column)?;
    Ok(value.map_or(Value::Null, wrap))
}

/// `NULL` of any type.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(
        &self,
        _: &Type,
        _: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    postgres::types::to_sql_checked!();
}
