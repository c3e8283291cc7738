//! How long ended runs are kept. Each operation is one transaction, as in [`crate::Store`].

use ambassador::delegatable_trait;
use tasker_domain::RunId;

use crate::Result;

/// Which ended runs to remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Those that ended up to this moment, unless their task says how long they are kept.
    pub ended_until: i64,
    /// How many of each task's newest runs stay; `None`: all.
    pub runs_per_task: Option<u32>,
}

/// What removing a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunRemoved {
    /// It is gone with its journal and its log.
    Removed,
    /// There was none.
    NotFound,
    /// It has not ended; nothing changed.
    Live,
}

/// What a purge did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// How many runs were removed.
    pub runs: u32,
    /// Whether there may be more to remove: a batch was full, or a very large run is removed in parts.
    pub more: bool,
}

/// Removing what is no longer kept.
#[delegatable_trait]
pub trait Purge {
    /// Removes an ended run with its journal and its log.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn remove_run(&self, run: RunId) -> Result<RunRemoved>;

    /// Removes a batch of ended runs: those that ended longest ago, and those of the next task that are
    /// too many; it stays with that task while there are more. At most `limit` of each kind, and only
    /// a part of very large runs. Forgets idempotency keys whose time is up.
    fn purge(&self, retention: &Retention, limit: u32, now: i64) -> Result<Purged>;

    /// Gives free room back to the disk, at most `pages` pages of the file, unless it is so little that it
    /// will soon be filled again. Answers how many; 0 where the database sees to it by itself.
    fn shrink(&self, pages: u32) -> Result<u32>;
}
