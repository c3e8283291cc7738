//! Stopping runs, and ending what has reached its time limit.

use ambassador::delegatable_trait;
use tasker_domain::{Call, Lease, RunId, Stop};

use crate::{Absorbed, Result};

/// What cancelling did to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// It has ended.
    Ended,
    /// It is being stopped, perhaps since earlier: its tasks may clean up until then.
    Stopping {
        /// When it ends at the latest.
        grace_until: i64,
    },
    /// It had ended before; nothing changed.
    Finished,
}

/// Stopping runs, and ending what has reached its time limit.
#[delegatable_trait]
pub trait Stopping {
    /// Stops a run. One that has not begun ends at once. Else its queued calls settle with the
    /// error of `stop`, as do nested tasks that never began; frames that are awake learn of it by
    /// their slices; and whatever the task returns then, the run ends as `stop` says, at the end of
    /// its grace at the latest. With `force` there is no grace: it ends at once and its stack is
    /// dropped, so that nothing of it can commit any more. A run that is being stopped already
    /// keeps its first reason. `None`: there is no such run.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn cancel(
        &self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Result<Option<Cancellation>>;

    /// Tells a frame that its run is being stopped: those of `calls` that have no row and have not
    /// settled do so with the run's reason. Answers all that the frame has not seen, with positions.
    /// A rejection among these tells the frame (then the answer's control says to go on), and from then on
    /// it may make calls to clean up. If there was none, its next call is rejected.
    fn stop_calls(&self, lease: Lease, calls: &[Call], now: i64) -> Result<Absorbed>;

    /// Ends what is out of time, at most `limit` rows, and answers how many: a call fails with
    /// `call_timeout`; a run is stopped with `run_timeout`, and its tasks may clean up for
    /// `grace_ms`; a run that is being stopped ends.
    fn expire(&self, limit: u32, grace_ms: i64, now: i64) -> Result<u32>;
}
