//! The lease of a stack run: prolonging it, giving it back, and what is asked of its holder.

use ambassador::delegatable_trait;
use tasker_domain::{ErrorValue, Lease};

use crate::Result;

/// How to take a lease.
#[derive(Debug, Clone)]
pub struct LeaseTerms {
    /// Who takes it; for people.
    pub owner: String,
    /// When it expires.
    pub expires_at: i64,
}

/// How an attempt failed after which another follows.
#[derive(Debug, Clone)]
pub struct Failure {
    /// When the attempt began.
    pub started_at: i64,
    /// How it failed.
    pub error: ErrorValue,
}

/// What a live slice is asked to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    #[default]
    Go,
    /// Tell the task that its run is being stopped, by [`crate::Stopping::stop_calls`].
    Stop,
    /// Put the frame to sleep: its run is paused.
    Pause,
}

/// What the holder of a lease on a stack run can do with it.
#[delegatable_trait]
pub trait Leases {
    /// Prolongs a lease.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn renew(&self, lease: Lease, expires_at: i64) -> Result<()>;

    /// Gives a claimed stack run back, to be claimed again from `run_after` on. With a failure it
    /// counts as a failed attempt, which is kept if it is one of a call.
    fn give_back(
        &self,
        lease: Lease,
        run_after: i64,
        failure: Option<&Failure>,
        now: i64,
    ) -> Result<()>;

    /// What the holder of a stack run's lease is asked to do.
    fn control(&self, lease: Lease) -> Result<Control>;

    /// Whether an attempt of a claimed call was lost with its worker, so that nobody knows how it ended.
    fn was_lost(&self, lease: Lease) -> Result<bool>;
}
