//! The database.

use std::time::Duration;

use super::table;
use crate::Component::{StackProcessor, Tasks};
use crate::component::WITH_DATABASE;
use crate::setting::{TEXT, number, seconds};

table! {
    "The database";

    /// PostgreSQL for several machines: `postgres://user:password@host:port/name?sslmode=require`; empty: SQLite
    ///
    /// [PostgreSQL](postgres.md) says how.
    DATABASE_URL: String = TEXT.secret().or("").of(WITH_DATABASE);

    /// The origin of `database_url`: `postgres://host:port`
    ///
    /// `tasker up` takes it from `database_url`.
    DATABASE_HOST: String = TEXT.or("postgres://localhost:5432");

    /// How many MiB the database may take before no new runs and tasks are accepted; 0: as many as the disk has
    ///
    /// Free room within a SQLite file does not count. What is under way goes on: [room](operations.md#room). Each submission then looks at the size.
    DATABASE_MIB: u64 = number(0, 1_073_741_824).or("0").of(&[Tasks, StackProcessor]);

    /// How long PostgreSQL may take for a connection or a statement
    ///
    /// Past it a request ends with `store_unavailable`, and the log says which statement it was
    /// ([what ends what on which host](spin-versions.md#bounds)).
    DATABASE_TIMEOUT_SECONDS: Duration = seconds(1, 3_600).or("20").of(WITH_DATABASE);
}
