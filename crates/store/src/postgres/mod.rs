//! The PostgreSQL backend: each operation is one call of a function of the database, which is one
//! statement and so one transaction. Nothing is ever left open, whatever becomes of the caller.
//!
//! The functions are in `functions/`, a file for each subject, as here. `install` says how they get
//! into the database and how builds that differ work on one. It works over any [`Connection`]:
//! `native` is one of this machine; components have Spin's own PostgreSQL.

pub mod address;
mod attempts;
mod connection;
mod diagnosis;
mod events;
mod finish;
mod frames;
mod grants;
mod install;
mod journal;
mod keystore;
mod limits;
mod logs;
mod metering;
#[cfg(all(feature = "native-postgres", not(target_family = "wasm")))]
pub mod native;
mod queue;
mod retention;
mod runs;
mod schedules;
mod shared;
mod sleep;
mod slots;
mod statement;
mod stop;
mod sweep;
mod tasks;
mod trouble;
mod webhooks;

use std::cell::Cell;

use tasker_domain::event::EventWait;
use tasker_domain::{
    Call, Claimed, JournalEntry, Lease, LogLine, Path, Run, RunId, RunLog, RunStatus, StackRun,
    Stop, TaskFunction,
};

pub use connection::{Connection, Failure, Param};
pub use statement::Statement;
pub use trouble::Trouble;

pub use crate::row::{Row, Value};
use crate::{
    Absorbed, Cancellation, Control, Error, Events, Failure as FailedWork, Finish, Frame,
    LeaseTerms, NewEntry, NewEvent, NewRun, Page, Pause, Progress, Publish, Result, RunQuery, Sent,
    Settled, Sleep, Slot, Store, Submitted, SweepReport, SweepTerms,
};
use connection::{Call as _, params};

/// The error of a connection that was not made, by what the driver says. What of it may be secret is left out.
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

impl<C: Connection> Store for Postgres<C> {
    fn publish(&self, task: &TaskFunction) -> Result<Publish> {
        tasks::publish(&self.connection, task)
    }

    fn task(&self, name: &str) -> Result<Option<TaskFunction>> {
        tasks::task(&self.connection, name)
    }

    fn tasks(&self, after: Option<&str>, limit: u32) -> Result<Page<TaskFunction>> {
        tasks::tasks(&self.connection, after, limit)
    }

    fn delete_task(&self, name: &str) -> Result<bool> {
        tasks::delete_task(&self.connection, name)
    }

    fn submit(&self, run: &NewRun, now: i64) -> Result<Submitted> {
        runs::submit(&self.connection, run, now)
    }

    fn run(&self, id: RunId) -> Result<Option<Run>> {
        runs::run(&self.connection, id)
    }

    fn progress(&self, id: RunId) -> Result<Option<Progress>> {
        runs::progress(&self.connection, id)
    }

    fn runs(&self, query: &RunQuery) -> Result<Page<Run>> {
        runs::runs(&self.connection, query)
    }

    fn journal(&self, run: RunId, offset: u32, limit: u32) -> Result<Page<JournalEntry>> {
        journal::history(&self.connection, run, offset, limit)
    }

    fn stack(&self, run: RunId) -> Result<Vec<StackRun>> {
        queue::stack(&self.connection, run)
    }

    fn logs(&self, run: RunId, after: u64, limit: u32) -> Result<Page<RunLog>> {
        logs::logs(&self.connection, run, after, limit)
    }

    fn cancel(
        &self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Result<Option<Cancellation>> {
        stop::cancel(&self.connection, run, stop, force, now)
    }

    fn set_paused(&self, run: RunId, paused: bool, now: i64) -> Result<Option<Pause>> {
        stop::set_paused(&self.connection, run, paused, now)
    }

    fn slot(&self, run: RunId) -> Result<Option<Slot>> {
        slots::of(&self.connection, run)
    }

    fn count_runs(&self) -> Result<Vec<(RunStatus, u64)>> {
        metering::count(&self.connection)
    }

    fn queue_depth(&self, now: i64) -> Result<(u64, i64)> {
        queue::depth(&self.connection, now)
    }

    fn claim(&self, frames: u32, calls: u32, terms: &LeaseTerms, now: i64) -> Result<Vec<Claimed>> {
        queue::claim(&self.connection, frames, calls, terms, now)
    }

    fn take_slot(&self, slots: u32, token: &str, expires_at: i64, now: i64) -> Result<Option<u32>> {
        queue::take_slot(&self.connection, slots, token, expires_at, now)
    }

    fn renew_slot(&self, slot: u32, token: &str, expires_at: i64) -> Result<bool> {
        queue::renew_slot(&self.connection, slot, token, expires_at)
    }

    fn release_slot(&self, slot: u32, token: &str, hand_over: bool, now: i64) -> Result<bool> {
        queue::release_slot(&self.connection, slot, token, hand_over, now)
    }

    fn next_due(&self) -> Result<Option<i64>> {
        queue::next_due(&self.connection)
    }

    fn sweep(&self, terms: &SweepTerms, now: i64) -> Result<SweepReport> {
        sweep::sweep(&self.connection, terms, now)
    }

    fn expire(&self, limit: u32, grace_ms: i64, now: i64) -> Result<u32> {
        stop::expire(&self.connection, limit, grace_ms, now)
    }

    fn last_sweep(&self) -> Result<i64> {
        sweep::last_sweep(&self.connection)
    }

    fn load(&self, lease: Lease, now: i64) -> Result<Frame> {
        frames::load(&self.connection, lease, now)
    }

    fn tail(&self, run: RunId, frame: &Path, after: u32, limit: u32) -> Result<Vec<JournalEntry>> {
        journal::tail(&self.connection, run, frame, after, limit)
    }

    fn append(&self, lease: Lease, entry: &NewEntry, logs: &[LogLine], _now: i64) -> Result<()> {
        journal::append(&self.connection, lease, entry, logs)
    }

    fn absorb(&self, lease: Lease, _now: i64) -> Result<Absorbed> {
        journal::absorb(&self.connection, lease)
    }

    fn was_lost(&self, lease: Lease) -> Result<bool> {
        attempts::was_lost(&self.connection, lease)
    }

    fn calls_out(&self) -> Result<u32> {
        queue::calls_out(&self.connection)
    }

    fn control(&self, lease: Lease) -> Result<Control> {
        stop::control(&self.connection, lease)
    }

    fn stop_calls(&self, lease: Lease, calls: &[Call], now: i64) -> Result<Absorbed> {
        stop::stop_calls(&self.connection, lease, calls, now)
    }

    fn sleep(
        &self,
        lease: Lease,
        sleep: &Sleep,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<Settled> {
        sleep::sleep(&self.connection, lease, sleep, claim, now)
    }

    fn finish(
        &self,
        lease: Lease,
        finish: &Finish,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<Settled> {
        finish::finish(&self.connection, lease, finish, claim, now)
    }

    fn give_back(
        &self,
        lease: Lease,
        run_after: i64,
        failure: Option<&FailedWork>,
        now: i64,
    ) -> Result<()> {
        queue::give_back(&self.connection, lease, run_after, failure, now)
    }

    fn renew(&self, lease: Lease, expires_at: i64) -> Result<()> {
        queue::renew(&self.connection, lease, expires_at)
    }
}

impl<C: Connection> Events for Postgres<C> {
    fn send_event(&self, event: &NewEvent, now: i64) -> Result<Sent> {
        events::send(&self.connection, event, now)
    }

    fn was_sent(&self, id: &str) -> Result<bool> {
        let sent = self.connection.value("event_was_sent", params![id]);
        sent?.boolean()
    }

    fn wait_for_event(
        &self,
        lease: Lease,
        wait: &EventWait,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<Settled> {
        events::wait(&self.connection, lease, wait, claim, now)
    }
}
