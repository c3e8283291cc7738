//! Records that must exist.

use tasker_domain::{Run, RunId, TaskFunction};
use tasker_host::HostStore;
use tasker_store::Mark;
use tasker_store::prelude::*;

use crate::error::{Result, no_run, no_task};

/// The current version of a task.
pub(crate) fn task(store: &HostStore, name: &str) -> Result<TaskFunction> {
    store.task(name)?.ok_or_else(|| no_task(name))
}

pub(crate) fn run(store: &HostStore, id: RunId) -> Result<Run> {
    store.run(id)?.ok_or_else(|| no_run(id))
}

/// What differs whenever there is something new to tell of a run.
pub(crate) fn mark(store: &HostStore, id: RunId) -> Result<Mark> {
    store.mark(id)?.ok_or_else(|| no_run(id))
}

/// Refuses a run that does not exist. Only an empty list leaves that open.
pub(crate) fn must_exist(store: &HostStore, id: RunId, is_empty: bool) -> Result<()> {
    if is_empty {
        run(store, id)?;
    }
    Ok(())
}
