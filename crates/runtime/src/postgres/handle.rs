//! A component's connection.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use super::pool::Taken;
use super::{Terms, chain, value};
use crate::bindings::spin::postgres::postgres::{
    Column, DbError, Error, ParameterValue, QueryError, RowSet,
};

/// Statements are shown up to this many characters.
const TOLD: usize = 200;

/// The connection that one component instance has opened. Dropping it gives it back to its pool.
#[expect(
    unreachable_pub,
    reason = "the generated bindings name it in public types"
)]
pub struct Handle {
    /// `None`: an answer did not come; one that still comes must not be taken for the answer to the next statement.
    taken: Option<Taken>,
    terms: Terms,
    component: String,
}

impl Handle {
    pub(super) fn new(taken: Taken, terms: Terms, component: String) -> Self {
        Self {
            taken: Some(taken),
            terms,
            component,
        }
    }

    /// Runs one statement and answers its rows.
    pub(super) async fn query(
        &mut self,
        statement: &str,
        parameters: Vec<ParameterValue>,
    ) -> Result<RowSet, Error> {
        let parameters = value::parameters(parameters)?;
        let hangs = self.terms.queries_without_rows_hang;
        let client = self.client()?;
        let asked = async {
            let rows = client.query_typed(statement, &typed(&parameters)).await;
            if hangs && rows.as_ref().is_ok_and(Vec::is_empty) {
                std::future::pending::<()>().await;
            }
            rows
        };
        let rows = tokio::time::timeout(self.terms.patience, asked).await;
        let rows = rows.map_err(|_| self.give_up(statement))?;
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
        &mut self,
        statement: &str,
        parameters: Vec<ParameterValue>,
    ) -> Result<u64, Error> {
        let parameters = value::parameters(parameters)?;
        let parameters = typed(&parameters);
        let asked = self.client()?.execute_typed(statement, &parameters);
        let changed = tokio::time::timeout(self.terms.patience, asked).await;
        let changed = changed.map_err(|_| self.give_up(statement))?;
        changed.map_err(|error| failed(&error))
    }

    fn client(&self) -> Result<&Client, Error> {
        let client = self.taken.as_ref().and_then(Taken::client);
        client.ok_or_else(|| {
            let reason = "the connection was closed: a statement was not answered";
            Error::ConnectionFailed(reason.to_owned())
        })
    }

    /// Closes the connection whose answer did not come.
    fn give_up(&mut self, statement: &str) -> Error {
        let patience = self.terms.patience;
        let told: String = statement.chars().take(TOLD).collect();
        tracing::warn!(
            "component `{}`: PostgreSQL did not answer within {patience:?}, its connection is closed: {told}",
            self.component
        );
        if let Some(taken) = self.taken.take() {
            taken.close();
        }
        Error::ConnectionFailed(format!("no answer within {patience:?}"))
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
