//! Pausing runs.

use ambassador::delegatable_trait;
use tasker_domain::RunId;

use crate::Result;

/// What pausing or resuming did to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It is paused now, or goes on.
    Done,
    /// It was so before; nothing changed.
    Already,
    /// It is being stopped; nothing changed.
    Stopping,
    /// It has ended; nothing changed.
    Finished,
}

/// Pausing runs and letting them go on.
#[delegatable_trait]
pub trait Pausing {
    /// Pauses a run or lets it go on. Nothing of a paused run is claimed; what is under way goes on,
    /// and frames that are awake are asked to sleep. `None`: there is no such run.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn set_paused(&self, run: RunId, paused: bool, now: i64) -> Result<Option<Pause>>;
}
