//! The states of a run and of a stack run.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// Where a task run is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum RunStatus {
        /// Accepted; no slice has begun.
        Queued = "queued",
        /// A frame of it is in a VM, or is about to be.
        Processing = "processing",
        /// All its VMs sleep in the database.
        Suspended = "suspended",
        /// Nothing of it goes on until it is resumed.
        Paused = "paused",
        /// Ended with a result.
        Completed = "completed",
        /// Ended with an error.
        Failed = "failed",
        /// Ended because someone asked for it.
        Cancelled = "cancelled",
    }
}

impl RunStatus {
    /// Whether the run has ended: nothing about it changes any more.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

words! {
    /// Where a stack run is.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum StackStatus {
        /// May be claimed once its `run_after` has passed.
        Pending = "pending",
        /// Claimed: someone works on it under a lease.
        Processing = "processing",
        /// A frame that sleeps until one of its calls settles.
        Suspended = "suspended",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_sleeps_has_not_ended() {
        assert!(RunStatus::Cancelled.is_terminal() && !RunStatus::Suspended.is_terminal());
    }
}
