//! PostgreSQL as Spin gives it to a component (`spin:postgres/postgres@4.0.0`).

use std::time::{Duration, Instant};

use spin_sdk::pg4::{self, DbValue, ParameterValue};

use tasker_store::postgres::address::{check, is_full, with_defaults};
use tasker_store::postgres::{
    Connection, Failure, Param, Postgres, Row, Statement, Value, not_connected,
};
use tasker_store::{Error, Result as StoreResult};

/// A connection to the app's PostgreSQL database.
pub struct SpinPostgres(pg4::Connection);

impl Connection for SpinPostgres {
    fn query(&self, statement: &Statement, params: &[Param]) -> Result<Vec<Row>, Failure> {
        let params: Vec<_> = params.iter().map(into_spin).collect();
        let answer = self.0.query(statement.sql(), &params).map_err(failure)?;
        let names = answer.columns.into_iter().map(|column| column.name);
        let columns = names.collect();
        answer
            .rows
            .into_iter()
            .map(|row| {
                let values: Result<_, _> = row.into_iter().map(from_spin).collect();
                Ok(Row::new(&columns, values?))
            })
            .collect()
    }

    fn execute(&self, sql: &str) -> Result<(), Failure> {
        self.0.execute(sql, &[]).map(drop).map_err(failure)
    }
}

/// How long to wait for a connection while the server has none left.
const PATIENCE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Opens the store at a database URL. While all connections that the server allows are taken, it waits for one. No statement may
/// take longer than `bound`.
///
/// # Errors
/// If the URL is invalid or the host cannot connect.
pub fn open(url: &str, bound: Duration) -> StoreResult<Postgres<SpinPostgres>> {
    check(url).map_err(|trouble| Error::Unusable {
        trouble,
        reason: String::new(),
    })?;
    let address = with_defaults(url, bound);
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match pg4::Connection::open(&address) {
            Err(pg4::PgError::ConnectionFailed(reason))
                if is_full(&reason) && begun.elapsed() < PATIENCE =>
            {
                std::thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(pg4::PgError::ConnectionFailed(reason)) => return Err(not_connected(reason)),
            answer => return Ok(Postgres::new(SpinPostgres(answer.map_err(failure)?))),
        }
    }
}

fn failure(error: pg4::PgError) -> Failure {
    match error {
        pg4::PgError::QueryFailed(pg4::QueryError::DbError(refused)) => Failure::Refused {
            code: refused.code,
            message: refused.message,
        },
        pg4::PgError::BadParameter(message) | pg4::PgError::ValueConversionFailed(message) => {
            Failure::Value(message)
        }
        pg4::PgError::QueryFailed(pg4::QueryError::Text(message))
        | pg4::PgError::ConnectionFailed(message)
        | pg4::PgError::Other(message) => Failure::Broken(message),
    }
}

fn into_spin(param: &Param) -> ParameterValue {
    match param {
        Param::Null => ParameterValue::DbNull,
        Param::Boolean(value) => ParameterValue::Boolean(*value),
        Param::Integer(value) => ParameterValue::Int64(*value),
        Param::Text(value) => ParameterValue::Str(value.clone()),
        Param::Bytes(value) => ParameterValue::Binary(value.clone()),
        Param::Uuid(value) => ParameterValue::Uuid(value.clone()),
        Param::Integers(values) => {
            ParameterValue::ArrayInt64(values.iter().copied().map(Some).collect())
        }
        Param::Texts(values) => ParameterValue::ArrayStr(values.clone()),
    }
}

fn from_spin(value: DbValue) -> Result<Value, Failure> {
    match value {
        DbValue::DbNull => Ok(Value::Null),
        DbValue::Boolean(value) => Ok(Value::Integer(value.into())),
        DbValue::Int64(value) => Ok(Value::Integer(value)),
        DbValue::Str(text) | DbValue::Uuid(text) => Ok(Value::Text(text)),
        DbValue::Binary(bytes) => Ok(Value::Blob(bytes)),
        _ => Err(Failure::Value("a column of another type".to_owned())),
    }
}
