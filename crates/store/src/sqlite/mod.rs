//! The SQLite backend: each operation is one statement, or one transaction of a few.
//!
//! It works over any [`Connection`]: `native` is a file of this machine; components have Spin's
//! own SQLite.

mod attempts;
mod changes;
mod connection;
mod diagnosis;
mod events;
mod finish;
mod frames;
mod journal;
mod leases;
mod limits;
mod logs;
mod metering;
mod migrate;
mod named_leases;
#[cfg(all(feature = "native", not(target_family = "wasm")))]
pub mod native;
mod publishing;
mod queue;
mod retention;
mod retry;
mod runs;
mod schedules;
mod sleep;
mod slices;
mod slots;
mod snapshot;
mod stop;
mod sweep;
mod webhooks;
mod wrong_keys;

pub use crate::row::Row;
pub use connection::{Connection, Value, check, classify};

use crate::Result;
use crate::portable::{Database, Statement, chosen, values};
use crate::postgres::Param;
use connection::Execute as _;

/// The store in a SQLite database.
#[derive(Debug)]
pub struct Sqlite<C> {
    connection: C,
}

impl<C: Connection> Sqlite<C> {
    /// The store behind a connection. Brings the database up to this build's schema if need be.
    ///
    /// # Errors
    /// [`crate::Error::Unexpected`] if a newer Tasker made the database.
    pub fn open(connection: C) -> Result<Self> {
        migrate::migrate(&connection)?;
        Ok(Self { connection })
    }

    /// The connection, for looking at the database itself.
    pub fn connection(&self) -> &C {
        &self.connection
    }
}

impl<C: Connection> Database for Sqlite<C> {
    fn rows(&self, statement: &Statement, params: &[Param]) -> Result<Vec<Row>> {
        Within(&self.connection).rows(statement, params)
    }

    fn apply(&self, statement: &Statement, params: &[Param]) -> Result<bool> {
        let db = &self.connection;
        db.transaction(|db| Within(db).apply(statement, params))
    }
}

/// The database within a transaction of the caller.
struct Within<'a, C>(&'a C);

impl<C: Connection> Database for Within<'_, C> {
    fn rows(&self, statement: &Statement, params: &[Param]) -> Result<Vec<Row>> {
        self.0.execute(statement.sql, values(params)?)
    }

    fn apply(&self, statement: &Statement, params: &[Param]) -> Result<bool> {
        for (step, sql) in statement.steps().enumerate() {
            let rows = self.0.execute(sql, values(&chosen(sql, params))?)?;
            if step == 0 && rows.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
