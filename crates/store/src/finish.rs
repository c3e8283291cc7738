//! The end of a frame or of a queued call.

use ambassador::delegatable_trait;
use tasker_domain::{Claimed, Lease, Outcome};

use crate::{LeaseTerms, NewLog, Result};

/// The end of a frame or of a queued call.
#[derive(Debug, Clone)]
pub struct Finish {
    /// How it ended.
    pub outcome: Outcome,
    /// For a frame: log lines since its last commit.
    pub logs: NewLog,
}

/// What a slice that slept or ended left to do, claimed for the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowUp {
    /// The stack run that became runnable: claimed.
    pub next: Option<Claimed>,
    /// The rows in flight, claimed for the slice itself, in the order of `Sleep::children`.
    pub in_flight: Vec<Claimed>,
    /// Whether pending rows are left that nobody has claimed.
    pub more: bool,
}

/// The end of a frame or of a queued call.
#[delegatable_trait]
pub trait Finishing {
    /// Ends a frame or a queued call. The root frame ends its run, or its attempt: a run that fails and
    /// is not being stopped is begun again as its [`crate::RunTerms::retry`] says, unless its deadline
    /// comes first. The path of the new root frame is the number of attempts before it. It waits for its
    /// moment, and nothing of the attempt before can commit any more; events which that had taken may be
    /// taken again. The same applies wherever a root frame is given up. Any other settles its call in the
    /// parent's journal and wakes the parent if it sleeps; with `claim`, a parent woken is claimed for
    /// the caller. What the ended frame still had out is dropped.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn finish(
        &self,
        lease: Lease,
        finish: &Finish,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp>;
}
