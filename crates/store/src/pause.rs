//! Pausing and resuming runs.

use ambassador::delegatable_trait;
use tasker_domain::RunId;

use crate::Result;

/// What pausing or resuming did to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It is now paused, or resumed.
    Done,
    /// It was so before; nothing changed.
    Already,
    /// It is being stopped; nothing changed.
    Stopping,
    /// It has ended; nothing changed.
    Finished,
}

/// Pausing and resuming runs.
#[delegatable_trait]
pub trait Pausing {
    /// Pauses or resumes a run. Nothing of a paused run is claimed; what is under way continues,
    /// and frames that are awake are asked to sleep. `None`: there is no such run.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn set_paused(&self, run: RunId, paused: bool, now: i64) -> Result<Option<Pause>>;
}
