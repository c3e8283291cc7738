//! What every component needs of its Spin host: settings, HTTP between components, time,
//! randomness and the store. The one place that knows the Spin SDK besides the entry points.

pub mod config;
pub mod figures;
pub mod health;
pub mod http;
pub mod internal;
pub mod log;
pub mod postgres;
pub mod serve;
mod settings;
pub mod sqlite;
pub mod time;
mod world;

use std::fmt::Display;

use tasker_domain::{RunId, StackRunId};
use tasker_store::AnyStore;
use tasker_store::postgres::Postgres;
use tasker_store::sqlite::Sqlite;

use crate::postgres::SpinPostgres;
use crate::sqlite::SpinSqlite;

pub use world::{Spin, spend};

/// `N` random bytes from the host.
///
/// # Panics
/// If the host has no randomness: nothing sound can be done without it.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// `length` random bytes from the host.
///
/// # Panics
/// If the host has no randomness.
#[must_use]
pub fn random_bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fill(&mut bytes);
    bytes
}

fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the host provides randomness");
}

/// A unique text that nobody can guess.
#[must_use]
pub fn random_token() -> String {
    format!("{:032x}", u128::from_be_bytes(random()))
}

/// A new run id of this moment.
#[must_use]
pub fn new_run_id() -> RunId {
    RunId::new(time::now_ms(), random())
}

/// A new stack run id of this moment.
#[must_use]
pub fn new_stack_run_id() -> StackRunId {
    StackRunId::new(time::now_ms(), random())
}

/// The store of a component, of whichever backend.
pub type HostStore = AnyStore<Sqlite<SpinSqlite>, Postgres<SpinPostgres>>;

/// Opens the app's database: PostgreSQL if the variable `database_url` is set, else the host's
/// default SQLite database. From then on this instance's clock is the database's.
///
/// # Errors
/// If the host cannot open it, or its schema is of a newer build.
pub fn open_store() -> tasker_store::Result<HostStore> {
    let unavailable = |error: &dyn Display| tasker_store::Error::Unavailable(error.to_string());
    let Some(shared) = settings::shared_database().map_err(|error| unavailable(&error))? else {
        return Ok(AnyStore::Sqlite(Sqlite::open(SpinSqlite::open()?)?));
    };
    let store = postgres::open(&shared.url, shared.patience)?;
    let [look] = random();
    if look < LOOK_FOR_ROOM {
        store.leave_room()?;
    }
    if time::ahead().is_none() {
        let asked_at = time::now_ms();
        let shown = store.clock()?;
        let answered_at = time::now_ms();
        // The answer is from between the question and now: clocks that may agree count as agreeing.
        time::set_ahead(if (asked_at..=answered_at).contains(&shown) {
            0
        } else {
            shown - (asked_at + answered_at) / 2
        });
    }
    Ok(AnyStore::Postgres(store))
}

/// One store in thirty-two (this many in 256) is opened with a look whether the database has connections left.
const LOOK_FOR_ROOM: u8 = 8;

/// Makes this instance use the clock that all machines share.
///
/// # Errors
/// As [`open_store`].
pub(crate) fn agree_on_time() -> tasker_store::Result<()> {
    if settings::shares_database() && time::ahead().is_none() {
        open_store()?;
    }
    Ok(())
}
