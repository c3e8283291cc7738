//! Whether there is room for more: in the database, and for one more run in the queue of its task.

use tasker_domain::ErrorCode;
use tasker_settings::{DATABASE_MIB, TASK_QUEUE};
use tasker_store::prelude::*;
use tasker_world::{World, config};

use super::{Error, Result};

/// Refuses one more run of a task if too many of it have not begun, or the database is as large as it may be.
///
/// # Errors
/// `queue_full`, `database_limit`; if the store fails or a setting cannot be used.
pub fn check_room<W: World>(world: &W, store: &W::Store, task: &str) -> Result<()> {
    check_size(world, store)?;
    let bound = config::read(world, &TASK_QUEUE)?;
    if bound == 0 || store.queued_runs(task)? < bound {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::QueueFull,
        format!(
            "{bound} runs of the task `{task}` wait to begin; no more are accepted until some have"
        ),
    ))
}

/// Refuses what makes the database larger if it is as large as it may be.
///
/// # Errors
/// `database_limit`; if the store fails or a setting cannot be used.
pub fn check_size<W: World>(world: &W, store: &W::Store) -> Result<()> {
    let mib = config::read(world, &DATABASE_MIB)?;
    if mib == 0 || store.size()?.used() < mib << 20 {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::DatabaseLimit,
        format!(
            "the database has {mib} MiB or more, which is its bound: nothing new is accepted until there is room"
        ),
    ))
}
