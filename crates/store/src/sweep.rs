//! Putting right what lost workers left behind.

use ambassador::delegatable_trait;

use crate::Result;

/// How to sweep.
#[derive(Debug, Clone, Copy)]
pub struct SweepTerms {
    /// After this many losses of its executor a stack run is given up.
    pub max_attempts: u32,
    /// How many rows of each kind are worked on at most.
    pub limit: u32,
    /// How long the tasks of a run whose deadline has passed may clean up, in milliseconds.
    pub grace_ms: i64,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Expired leases whose work was queued again.
    pub reclaimed: u32,
    /// Stack runs given up because their executor was lost too often.
    pub failed: u32,
    /// Sleeping frames that a settled call should have woken, woken now.
    pub woken: u32,
    /// Calls and runs whose time was up.
    pub expired: u32,
    /// Pending rows that are due now, counted up to 1,000.
    pub due: u32,
    /// Whether [`crate::Schedules::due_schedules`] has any.
    pub schedules_due: bool,
    /// Of the runs that do not say how long they are kept: when the one that ended longest ago ended.
    /// Of the others: when the time of the first one is up.
    pub oldest: (Option<i64>, Option<i64>),
    /// When the time of the first idempotency key is up.
    pub key_expires: Option<i64>,
}

/// Putting right what lost workers left behind.
#[delegatable_trait]
pub trait Sweeping {
    /// Queues expired leases again, or gives their stack runs up after too many losses (a frame's
    /// run or call fails with `executor_lost`); wakes frames that missed their waking; does what
    /// [`crate::Stopping::expire`] does. Any number may sweep at once; with nothing to do it is one statement.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn sweep(&self, terms: &SweepTerms, now: i64) -> Result<SweepReport>;

    /// When the queue was last swept; 0 if never.
    fn last_sweep(&self) -> Result<i64>;
}
