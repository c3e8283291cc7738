//! The states of a run and of a stack run.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! status {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in the database, the API and the command line.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The state with this word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|status| status.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

status! {
    /// Where a task run is.
    RunStatus {
        /// Accepted; no slice has begun.
        Queued => "queued",
        /// A frame of it is in a VM, or is about to be.
        Processing => "processing",
        /// All its VMs sleep in the database.
        Suspended => "suspended",
        /// Nothing of it goes on until it is resumed.
        Paused => "paused",
        /// Ended with a result.
        Completed => "completed",
        /// Ended with an error.
        Failed => "failed",
        /// Ended because someone asked for it.
        Cancelled => "cancelled",
    }
}

impl RunStatus {
    /// Whether the run has ended: nothing about it changes any more.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

status! {
    /// Where a stack run is.
    StackStatus {
        /// May be claimed once its `run_after` has passed.
        Pending => "pending",
        /// Claimed: someone works on it under a lease.
        Processing => "processing",
        /// A frame that sleeps until one of its calls settles.
        Suspended => "suspended",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip() {
        for status in RunStatus::ALL {
            assert_eq!(RunStatus::parse(status.as_str()), Some(*status));
        }
        assert_eq!(StackStatus::parse("completed"), None);
        assert!(RunStatus::Cancelled.is_terminal() && !RunStatus::Suspended.is_terminal());
    }
}
