//! The store as a pure in-memory model: what every backend must do, in the simplest words.

mod api_keys;
mod events;
mod keystore;
mod named_leases;
mod queue;
mod records;
mod retention;
mod retry;
mod schedules;
mod slices;
mod slots;
mod state;
mod stop;
mod tasks;

use std::cell::RefCell;

use tasker_domain::{Lease, Path, RunId};
use tasker_store::Result;

pub(crate) use named_leases::Leases;
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

    /// The run of a leased stack run.
    pub(crate) fn run_of(&self, lease: Lease) -> Option<RunId> {
        self.0.borrow().leased(lease).ok().map(|row| row.run)
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
