//! What the suite asks of a backend.

use tasker_store::sqlite::Row;
use tasker_store::{
    ApiKeys, Audit, CallLimits, Changes, Diagnosis, Events, Grants, Keystore, Metering, Metrics,
    Purge, Requests, Reseal, Schedules, Scheduling, SharedValues, Store, Webhooks, WrongKeys,
};

/// Everything that a store can do.
pub(crate) trait Everything:
    Store + Events + Keystore + Changes + Schedules + Scheduling + Purge
{
}

impl<T: Store + Events + Keystore + Changes + Schedules + Scheduling + Purge> Everything for T {}

/// What a store also does for the services and for operators.
pub(crate) trait Services:
    Grants
    + CallLimits
    + SharedValues
    + Reseal
    + Diagnosis
    + Metering
    + Metrics
    + Webhooks
    + ApiKeys
    + Audit
    + Requests
    + WrongKeys
{
}

impl<
    T: Grants
        + CallLimits
        + SharedValues
        + Reseal
        + Diagnosis
        + Metering
        + Metrics
        + Webhooks
        + ApiKeys
        + Audit
        + Requests
        + WrongKeys,
> Services for T
{
}

/// A database of its own for a test.
pub(crate) trait Backend: Sync {
    /// How many random sequences it is led through. They are the same for all backends, so that one
    /// that takes fewer is compared with the others in those.
    const SEQUENCES: u32;

    /// A connection to it.
    type Store: Everything + Services;

    /// A fresh database, without schema.
    fn new() -> Self;

    /// A database that a Tasker of this schema version, 60 to 62, has left, with runs in every state.
    fn of_schema(version: i64) -> Self;

    /// A database of which only the schema version is known.
    fn of_version(version: i64) -> Self;

    /// Opens a connection, bringing the schema up to date.
    fn open(&self) -> tasker_store::Result<Self::Store>;

    /// Changes the database as a hand would: past the store, and past the foreign keys. The ids in the
    /// statement are texts.
    fn by_hand(store: &Self::Store, sql: &str);

    /// The rows that a query answers, each as a text, in an order of their own. Tables are named without a schema.
    fn rows(store: &Self::Store, sql: &str) -> Vec<String>;

    /// Asserts that no transaction is open and that the database is sound.
    fn check(store: &Self::Store);
}

/// Rows as texts, in an order that does not depend on the database.
pub(crate) fn sorted(rows: Vec<Row>) -> Vec<String> {
    let mut sorted: Vec<_> = rows
        .into_iter()
        .map(|row| format!("{:?}", row.values()))
        .collect();
    sorted.sort_unstable();
    sorted
}

/// A fresh database and a connection to it.
pub(crate) fn fresh<B: Backend>() -> (B, B::Store) {
    let backend = B::new();
    let store = backend.open().unwrap();
    (backend, store)
}
