//! A component's connection.

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::pool::Taken;
use super::{chain, value};
use crate::bindings::spin::postgres::postgres::{
    Column, DbError, Error, ParameterValue, QueryError, RowSet,
};

/// The connection that one component instance has opened. Dropping it gives it back to its pool.
#[expect(
    unreachable_pub,
    reason = "the generated bindings name it in public types"
)]
pub struct Handle(Taken);

impl Handle {
    pub(super) fn new(taken: Taken) -> Self {
        Self(taken)
    }

    /// Runs one statement and answers its rows.
    pub(super) async fn query(
        &self,
        statement: &str,
        parameters: Vec<ParameterValue>,
    ) -> Result<RowSet, Error> {
        let parameters = value::parameters(parameters)?;
        let rows = self
            .0
            .client
            .query_typed(statement, &typed(&parameters))
            .await;
        let rows = rows.map_err(|error| failed(&error))?;
        let columns = rows.first().map(columns).unwrap_or_default();
        let rows = rows.iter().map(|row| {
            let values = (0..row.len()).map(|column| value::read(row, column));
            values.collect::<Result<Vec<_>, _>>()
        });
        let rows = rows.collect::<Result<Vec<_>, _>>();
        Ok(RowSet {
            columns,
            rows: rows.map_err(|error| failed(&error))?,
        })
    }

    /// Runs one statement and answers how many rows it changed.
    pub(super) async fn execute(
        &self,
        statement: &str,
        parameters: Vec<ParameterValue>,
    ) -> Result<u64, Error> {
        let parameters = value::parameters(parameters)?;
        let changed = self
            .0
            .client
            .execute_typed(statement, &typed(&parameters))
            .await;
        changed.map_err(|error| failed(&error))
    }
}

/// With their types said, a statement is one round trip to the server, else one to ask for them and another to
/// execute it.
fn typed(parameters: &[value::Parameter]) -> Vec<(&(dyn ToSql + Sync), Type)> {
    parameters
        .iter()
        .map(|(value, kind)| (value.as_ref() as &(dyn ToSql + Sync), kind.clone()))
        .collect()
}

fn columns(row: &Row) -> Vec<Column> {
    row.columns()
        .iter()
        .map(|column| Column {
            name: column.name().to_owned(),
            data_type: value::data_type(column.type_()),
        })
        .collect()
}

fn failed(error: &tokio_postgres::Error) -> Error {
    let text = chain(error);
    Error::QueryFailed(match error.as_db_error() {
        None => QueryError::Text(text),
        Some(refused) => QueryError::DbError(DbError {
            as_text: text,
            severity: refused.severity().to_owned(),
            code: refused.code().code().to_owned(),
            message: refused.message().to_owned(),
            detail: refused.detail().map(ToOwned::to_owned),
            extras: extras(refused),
        }),
    })
}

/// What else the server says.
fn extras(refused: &tokio_postgres::error::DbError) -> Vec<(String, String)> {
    [
        ("column", refused.column()),
        ("constraint", refused.constraint()),
        ("routine", refused.routine()),
        ("hint", refused.hint()),
        ("table", refused.table()),
        ("datatype", refused.datatype()),
        ("schema", refused.schema()),
        ("where_", refused.where_()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
    .collect()
}
