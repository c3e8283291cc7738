//! The store as a pure in-memory model: what every backend must do, in the simplest words.

mod events;
mod queue;
mod records;
mod retention;
mod retry;
mod schedules;
mod slices;
mod slots;
mod state;
mod stop;

use std::cell::RefCell;

use tasker_domain::event::EventWait;
use tasker_domain::{
    Call, Claimed, JournalEntry, Lease, LogLine, Path, Run, RunId, RunLog, RunStatus, StackRun,
    Stop, TaskFunction,
};
use tasker_store::{
    Absorbed, Cancellation, Control, Events, Failure, Finish, Frame, Keystore, LeaseTerms,
    NewEntry, NewEvent, NewRun, Page, Pause, Progress, Publish, Result, RunQuery, Sent, Settled,
    Sleep, Slot, Store, Submitted, SweepReport, SweepTerms,
};

use state::State;

/// The model; a failed operation leaves it as it was.
#[derive(Default)]
pub(crate) struct Model(RefCell<State>);

impl Model {
    /// Whether a lease holds at this moment.
    pub(crate) fn holds(&self, lease: Lease) -> bool {
        self.0.borrow().leased(lease).is_ok()
    }

    /// The path of a leased stack run and the last position of its journal.
    pub(crate) fn frame(&self, lease: Lease) -> Option<(RunId, Path, u32)> {
        let state = self.0.borrow();
        let row = state.leased(lease).ok()?;
        Some((
            row.run,
            row.path.clone(),
            state.last_position(row.run, &row.path),
        ))
    }

    /// What the stack run of a lease calls.
    pub(crate) fn call(&self, lease: Lease) -> Option<tasker_domain::Call> {
        self.0.borrow().claimed_call(lease.id)
    }

    fn write<T>(&self, change: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.0.borrow().clone();
        let answer = change(&mut state)?;
        self.0.replace(state);
        Ok(answer)
    }

    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> Result<T> {
        Ok(look(&self.0.borrow()))
    }
}

impl Store for Model {
    fn publish(&self, task: &TaskFunction) -> Result<Publish> {
        self.write(|state| Ok(state.publish(task)))
    }
    fn task(&self, name: &str) -> Result<Option<TaskFunction>> {
        self.read(|state| state.current(name).cloned())
    }
    fn tasks(&self, after: Option<&str>, limit: u32) -> Result<Page<TaskFunction>> {
        self.read(|state| state.tasks(after, limit))
    }
    fn delete_task(&self, name: &str) -> Result<bool> {
        self.write(|state| Ok(state.delete_task(name)))
    }
    fn submit(&self, run: &NewRun, now: i64) -> Result<Submitted> {
        self.write(|state| state.submit(run, now))
    }
    fn run(&self, id: RunId) -> Result<Option<Run>> {
        self.read(|state| state.shown(id))
    }
    fn progress(&self, id: RunId) -> Result<Option<Progress>> {
        self.read(|state| state.progress(id))
    }
    fn runs(&self, query: &RunQuery) -> Result<Page<Run>> {
        self.read(|state| state.list(query))
    }
    fn journal(&self, run: RunId, offset: u32, limit: u32) -> Result<Page<JournalEntry>> {
        self.read(|state| state.history(run, offset, limit))
    }
    fn stack(&self, run: RunId) -> Result<Vec<StackRun>> {
        self.read(|state| state.stack(run))
    }
    fn logs(&self, run: RunId, after: u64, limit: u32) -> Result<Page<RunLog>> {
        self.read(|state| state.log(run, after, limit))
    }
    fn cancel(
        &self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Result<Option<Cancellation>> {
        self.write(|state| Ok(state.cancel(run, stop, force, now)))
    }
    fn set_paused(&self, run: RunId, paused: bool, now: i64) -> Result<Option<Pause>> {
        self.write(|state| Ok(state.set_paused(run, paused, now)))
    }
    fn slot(&self, run: RunId) -> Result<Option<Slot>> {
        self.read(|state| state.limits.get(&run).map(|(slot, _)| slot.clone()))
    }
    fn count_runs(&self) -> Result<Vec<(RunStatus, u64)>> {
        self.read(State::count)
    }
    fn queue_depth(&self, now: i64) -> Result<(u64, i64)> {
        self.read(|state| state.depth(now))
    }
    fn claim(&self, frames: u32, calls: u32, terms: &LeaseTerms, now: i64) -> Result<Vec<Claimed>> {
        self.write(|state| Ok(state.claim(frames, calls, terms, now)))
    }
    fn take_slot(&self, slots: u32, token: &str, expires_at: i64, now: i64) -> Result<Option<u32>> {
        self.write(|state| Ok(state.take_slot(slots, token, expires_at, now)))
    }
    fn renew_slot(&self, slot: u32, token: &str, expires_at: i64) -> Result<bool> {
        self.write(|state| Ok(state.renew_slot(slot, token, expires_at)))
    }
    fn release_slot(&self, slot: u32, token: &str, hand_over: bool, now: i64) -> Result<bool> {
        self.write(|state| Ok(state.release_slot(slot, token, hand_over, now)))
    }
    fn next_due(&self) -> Result<Option<i64>> {
        self.read(State::next_due)
    }
    fn sweep(&self, terms: &SweepTerms, now: i64) -> Result<SweepReport> {
        self.write(|state| Ok(state.sweep(terms, now)))
    }
    fn expire(&self, limit: u32, grace_ms: i64, now: i64) -> Result<u32> {
        self.write(|state| Ok(state.expire(limit, grace_ms, now)))
    }
    fn last_sweep(&self) -> Result<i64> {
        self.read(|state| state.swept_at)
    }
    fn load(&self, lease: Lease, now: i64) -> Result<Frame> {
        self.write(|state| state.load(lease, now))
    }
    fn tail(&self, run: RunId, frame: &Path, after: u32, limit: u32) -> Result<Vec<JournalEntry>> {
        self.read(|state| state.tail(run, frame, after, limit))
    }
    fn append(&self, lease: Lease, entry: &NewEntry, logs: &[LogLine], _now: i64) -> Result<()> {
        self.write(|state| state.append(lease, entry, logs))
    }
    fn absorb(&self, lease: Lease, _now: i64) -> Result<Absorbed> {
        self.write(|state| state.absorb(lease))
    }
    fn control(&self, lease: Lease) -> Result<Control> {
        self.0.borrow().control(lease)
    }
    fn stop_calls(&self, lease: Lease, calls: &[Call], now: i64) -> Result<Absorbed> {
        self.write(|state| state.stop_calls(lease, calls, now))
    }
    fn sleep(
        &self,
        lease: Lease,
        sleep: &Sleep,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<Settled> {
        self.write(|state| state.sleep(lease, sleep, claim, now))
    }
    fn finish(
        &self,
        lease: Lease,
        finish: &Finish,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<Settled> {
        self.write(|state| state.finish(lease, finish, claim, now))
    }
    fn give_back(
        &self,
        lease: Lease,
        run_after: i64,
        failure: Option<&Failure>,
        now: i64,
    ) -> Result<()> {
        self.write(|state| state.give_back(lease, run_after, failure, now))
    }
    fn renew(&self, lease: Lease, expires_at: i64) -> Result<()> {
        self.write(|state| state.renew(lease, expires_at))
    }
}

impl Events for Model {
    fn send_event(&self, event: &NewEvent, now: i64) -> Result<Sent> {
        self.write(|state| Ok(state.send_event(event, now)))
    }
    fn was_sent(&self, id: &str) -> Result<bool> {
        self.read(|state| state.was_sent(id))
    }
    fn wait_for_event(
        &self,
        lease: Lease,
        wait: &EventWait,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<Settled> {
        self.write(|state| state.wait_for_event(lease, wait, claim, now))
    }
}

impl Keystore for Model {
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>> {
        self.read(|state| state.keys.get(&(namespace.into(), key.into())).cloned())
    }
    fn put(&self, namespace: &str, key: &str, ciphertext: &[u8], _now: i64) -> Result<bool> {
        self.write(|state| {
            let key = (namespace.into(), key.into());
            Ok(state.keys.insert(key, ciphertext.to_vec()).is_none())
        })
    }
    fn keys(&self, namespace: &str, after: Option<&str>, limit: u32) -> Result<Page<String>> {
        self.read(|state| {
            let names = state.keys.keys().filter(|(of, _)| of == namespace);
            let names = names.map(|(_, key)| key.clone());
            state::page(
                names.filter(|key| after.is_none_or(|after| key.as_str() > after)),
                limit,
            )
        })
    }
    fn remove(&self, namespace: &str, key: &str) -> Result<bool> {
        self.write(|state| Ok(state.keys.remove(&(namespace.into(), key.into())).is_some()))
    }
}
