//! The queue: claiming stack runs, and how much is due.

use ambassador::delegatable_trait;
use tasker_domain::Claimed;

use crate::{LeaseTerms, Result};

/// How many stack runs are being worked on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtWork {
    /// Frames that are awake.
    pub frames: u32,
    /// Calls of the queue that are being made.
    pub calls: u32,
}

/// The queue of pending stack runs.
#[delegatable_trait]
pub trait Queue {
    /// Claims pending stack runs that are due: at most `frames` frames and `calls` calls. Those of
    /// runs with a greater priority come first; of one priority, each task in turn, beginning with
    /// the one of which the fewest are being processed; of one task, the longest due first. The
    /// cost depends on how many tasks have pending rows, not on how many rows there are.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn claim(&self, frames: u32, calls: u32, terms: &LeaseTerms, now: i64) -> Result<Vec<Claimed>>;

    /// Claims the frame that would be claimed next, were there only the tasks of which none is being processed.
    fn claim_other(&self, terms: &LeaseTerms, now: i64) -> Result<Option<Claimed>>;

    /// How many stack runs are pending and due, and how long the oldest of them has been (ms).
    fn queue_depth(&self, now: i64) -> Result<(u64, i64)>;

    /// When the next pending stack run is due or the next one expires, whichever is first; in the past if
    /// that has already happened.
    fn next_due(&self) -> Result<Option<i64>>;

    /// How many stack runs are being worked on, on all machines together.
    fn at_work(&self) -> Result<AtWork>;
}
