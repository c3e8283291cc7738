//! The PostgreSQL backend: each operation is one call of a function of the database, which is one
//! statement and so one transaction. Nothing is ever left open, whatever becomes of the caller.
//!
//! The functions are in `functions/`, a file for each subject, as here; those of one statement that SQLite has too are made of
//! `portable`. `install` says how they get
//! into the database and how different builds work on one. It works over any [`Connection`]:
//! `native` is a native one; components use Spin's PostgreSQL.

pub mod address;
mod changes;
mod connection;
mod diagnosis;
mod events;
mod finish;
mod install;
mod leases;
mod limits;
mod logs;
mod metering;
mod named_leases;
#[cfg(all(feature = "native-postgres", not(target_family = "wasm")))]
pub mod native;
mod publishing;
mod queue;
mod retention;
mod runs;
mod schedules;
mod sleep;
mod slices;
mod statement;
mod stop;
mod sweep;
mod tls;
mod trouble;
mod wrong_keys;

use std::cell::Cell;

pub use connection::{Connection, Failure, Param};
pub use statement::Statement;
pub use trouble::Trouble;

use crate::portable::{self, Database};
pub use crate::row::{Row, Value};
use crate::{Error, Result};
use connection::Call as _;
pub(crate) use connection::{json, params};

/// The error of a connection that was not made, by what the driver says, without what may be secret.
#[must_use]
pub fn not_connected(reason: String) -> Error {
    match Trouble::of(&reason) {
        Some(trouble) => Error::Unusable {
            trouble,
            reason: match trouble.may_tell() {
                true => reason,
                false => String::new(),
            },
        },
        None => Error::Unavailable(reason),
    }
}

/// The store in a PostgreSQL database.
#[derive(Debug)]
pub struct Postgres<C: Connection> {
    connection: C,
    /// The server is to close the connection when the store is done with it.
    closes: Cell<bool>,
}

impl<C: Connection> Postgres<C> {
    /// The store behind a connection. The first operation brings the database up to this build's schema
    /// if need be; it fails with [`crate::Error::Unexpected`] if a newer Tasker made the database.
    pub fn new(connection: C) -> Self {
        Self {
            connection,
            closes: Cell::new(false),
        }
    }

    /// What the database's clock shows (ms since the Unix epoch). The times that callers pass must be
    /// by that clock, so that it does no harm when those of several machines differ.
    ///
    /// # Errors
    /// As for every operation.
    pub fn clock(&self) -> Result<i64> {
        self.connection.value("clock", params![])?.int()
    }

    /// Looks whether the server has few connections left. If so, this one is closed after use: hosts keep what
    /// they have opened, and do not know what others need.
    ///
    /// # Errors
    /// As for every operation.
    pub fn leave_room(&self) -> Result<()> {
        let is_crowded = self.connection.value("is_crowded", params![])?.boolean()?;
        self.closes.set(is_crowded);
        Ok(())
    }

    /// The connection, for looking at the database itself.
    pub fn connection(&self) -> &C {
        &self.connection
    }
}

impl<C: Connection> Database for Postgres<C> {
    fn rows(&self, statement: &portable::Statement, params: &[Param]) -> Result<Vec<Row>> {
        self.connection.call(statement.name(), params)
    }

    fn apply(&self, statement: &portable::Statement, params: &[Param]) -> Result<bool> {
        self.connection.value(statement.name(), params)?.boolean()
    }
}

impl<C: Connection> Drop for Postgres<C> {
    fn drop(&mut self) {
        if self.closes.get() {
            // Its answer is that the connection is closed.
            let _ = self
                .connection
                .execute("SELECT pg_terminate_backend(pg_backend_pid())");
        }
    }
}
