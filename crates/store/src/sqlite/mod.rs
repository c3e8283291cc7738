//! The SQLite backend: each operation is one statement, or one transaction of a few.
//!
//! It works over any [`Connection`]: `native` is a file of this machine; components have Spin's
//! own SQLite.

mod attempts;
mod connection;
mod diagnosis;
mod events;
mod finish;
mod frames;
mod grants;
mod journal;
mod keystore;
mod limits;
mod logs;
mod metering;
mod migrate;
#[cfg(all(feature = "native", not(target_family = "wasm")))]
pub mod native;
mod pause;
mod queue;
mod reseal;
mod retention;
mod retry;
mod runs;
mod schedules;
mod shared;
mod sleep;
mod slots;
mod stop;
mod sweep;
mod tasks;
mod webhooks;

use tasker_domain::event::EventWait;
use tasker_domain::{
    Call, Claimed, JournalEntry, Lease, LogLine, Path, Run, RunId, RunLog, RunStatus, StackRun,
    Stop, TaskFunction,
};

pub use crate::row::Row;
pub use connection::{Connection, Value, check, classify};

use crate::{
    Absorbed, Cancellation, Control, Events, Failure, Finish, Frame, Keystore, LeaseTerms,
    Namespace, NewEntry, NewEvent, NewRun, Page, Pause, Progress, Publish, Result, RunQuery, Sent,
    Settled, Sleep, Slot, Store, Submitted, SweepReport, SweepTerms,
};

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

impl<C: Connection> Store for Sqlite<C> {
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
        pause::set(&self.connection, run, paused, now)
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
        frames::append(&self.connection, lease, entry, logs)
    }

    fn absorb(&self, lease: Lease, _now: i64) -> Result<Absorbed> {
        frames::absorb(&self.connection, lease)
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
        failure: Option<&Failure>,
        now: i64,
    ) -> Result<()> {
        queue::give_back(&self.connection, lease, run_after, failure, now)
    }

    fn renew(&self, lease: Lease, expires_at: i64) -> Result<()> {
        queue::renew(&self.connection, lease, expires_at)
    }
}

impl<C: Connection> Events for Sqlite<C> {
    fn send_event(&self, event: &NewEvent, now: i64) -> Result<Sent> {
        events::send(&self.connection, event, now)
    }

    fn was_sent(&self, id: &str) -> Result<bool> {
        events::was_sent(&self.connection, id)
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

impl<C: Connection> Keystore for Sqlite<C> {
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>> {
        keystore::get(&self.connection, namespace, key)
    }

    fn put(&self, namespace: &str, key: &str, ciphertext: &[u8], now: i64) -> Result<bool> {
        keystore::put(&self.connection, namespace, key, ciphertext, now)
    }

    fn keys(&self, namespace: &str, after: Option<&str>, limit: u32) -> Result<Page<String>> {
        keystore::keys(&self.connection, namespace, after, limit)
    }

    fn namespaces(&self, after: Option<&str>, limit: u32) -> Result<Page<Namespace>> {
        keystore::namespaces(&self.connection, after, limit)
    }

    fn remove(&self, namespace: &str, key: &str) -> Result<bool> {
        keystore::remove(&self.connection, namespace, key)
    }
}
