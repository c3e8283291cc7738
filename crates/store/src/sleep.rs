//! Putting a frame to sleep, or saving the state of one that stays awake.

use ambassador::delegatable_trait;
use tasker_domain::{Call, FailedAttempt, Json, Lease, StackRunId};

use crate::{FollowUp, LeaseTerms, NewLog, Result, SnapshotRecord, TaskRef};

/// Putting a frame to sleep, or saving the state of one that stays awake.
#[derive(Debug, Clone)]
pub struct Sleep {
    /// The VM's state.
    pub snapshot: SnapshotRecord,
    /// Calls that become rows. One that has a row, or is in the journal, is left as it is.
    pub children: Vec<Child>,
    /// How many frames the run may have. A nested task that would be one more gets no row: it settles with
    /// `frames_limit`, and so wakes the frame.
    pub frames: u32,
    /// Numbers of calls that have a row and are no longer needed: timers that the task
    /// has cleared. Their rows go, even if somebody works on them.
    pub withdrawn: Vec<u32>,
    /// Log lines since the last commit of the frame.
    pub logs: NewLog,
    /// What becomes of the frame.
    pub then: Suspend,
}

/// What becomes of a frame after its state was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspend {
    /// Its slice continues: the state was saved only to bound the tail. The lease stays.
    KeepRunning,
    /// It sleeps until a call settles; it is pending at once if one has settled unseen.
    UntilSettled,
    /// Its time is up: it is pending at once.
    Yield,
    /// The same, before it has come as far as a worker that was lost may have: those that were lost still count.
    YieldBehind,
}

/// A call that becomes a row of the queue.
#[derive(Debug, Clone)]
pub struct Child {
    /// Id of the row.
    pub id: StackRunId,
    /// The call.
    pub call: Call,
    /// For a nested task: which version of which task, and its input. `None` for a service call.
    pub task: Option<(TaskRef, Json)>,
    /// When it is due; at once if `None`. A timer is settled then.
    pub run_after: Option<i64>,
    /// Whether the slice continues to make this call itself, under a lease of its own.
    pub in_flight: bool,
    /// When the call fails if it has not settled by then.
    pub expires_at: Option<i64>,
    /// Its attempts that have failed.
    pub failures: Vec<FailedAttempt>,
    /// Whether a worker that was lost may have made it. That counts as an attempt too.
    pub was_lost: bool,
}

impl Child {
    /// How many attempts it has had.
    pub(crate) fn attempts(&self) -> u32 {
        let failed = u32::try_from(self.failures.len()).unwrap_or(u32::MAX);
        failed.saturating_add(u32::from(self.was_lost))
    }
}

/// Putting a frame to sleep, or saving the state of one that stays awake.
#[delegatable_trait]
pub trait Sleeping {
    /// Saves a frame's state and its new calls. A frame that has not been told that its run is being
    /// stopped cannot sleep over new calls: [`crate::Error::Stopping`]. With `claim`, the frame itself
    /// if it is pending at once, or else the first of its new pending children that is due, is claimed
    /// for the caller. Children in flight get the terms of `claim`, or without it those of the frame's
    /// own lease.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn sleep(
        &self,
        lease: Lease,
        sleep: &Sleep,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp>;
}
