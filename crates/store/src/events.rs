//! Events that are sent to runs, and the calls that wait for them.

use ambassador::delegatable_trait;
use tasker_domain::event::EventWait;
use tasker_domain::{Json, Lease, NEVER, RunId};

use crate::{FollowUp, LeaseTerms, Result};

/// When a row is due that waits for an event for ever.
pub const FOREVER: i64 = NEVER + 999;

/// An event to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Sending another event with this id does nothing.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The run that it is for; `None`: every run that waits for it.
    pub run: Option<RunId>,
    /// What it says.
    pub data: Json,
    /// Until when it is kept for those that begin to wait later.
    pub expires_at: i64,
}

/// What sending an event did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is stored.
    Created {
        /// How many calls waited for it and have it.
        delivered: u32,
        /// Further calls are due to look at it.
        more: bool,
    },
    /// This very event was sent before.
    Existing,
    /// Another event was sent with this id.
    Conflict,
    /// There is no such run.
    NoRun,
    /// The run has ended.
    RunEnded,
}

/// Events. Each operation is one transaction, as in [`crate::Store`].
#[delegatable_trait]
pub trait Events {
    /// Sends an event. The calls that wait for it settle with `{id, name, data, sentAt}`: of the run
    /// that it is for the first one that it fits, else the first one of every run.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn send_event(&self, event: &NewEvent, now: i64) -> Result<Sent>;

    /// Whether an event with this id was sent and is kept.
    fn was_sent(&self, id: &str) -> Result<bool>;

    /// Settles a claimed call that waits for an event, if one that fits was sent before: the first
    /// one that is for its run, or that was sent to all since the run was submitted, and that the run
    /// has not taken yet. If it has waited for long enough it fails with `event_timeout`. Else it is
    /// given back, to be due when its time is up. With `claim`, a frame woken is claimed for the caller.
    fn wait_for_event(
        &self,
        lease: Lease,
        wait: &EventWait,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp>;
}
