//! Stopping a run before it ends by itself.

use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{ErrorCode, ErrorValue, RunStatus};

/// Why a run is being stopped, or was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stop {
    /// What stops it.
    pub cause: StopCause,
    /// The reason, in the words of the one who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who asked for it, as they call themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it began, milliseconds since the Unix epoch.
    pub at: i64,
    /// The run's tasks may clean up until then.
    pub grace_until: i64,
}

words! {
    /// What stops a run.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum StopCause {
        /// Someone asked for it.
        Cancel = "cancel",
        /// Its time was up.
        Timeout = "timeout",
    }
}

impl Stop {
    /// That of a run whose tasks are told now and may clean up for the grace. Nobody has given a reason.
    #[must_use]
    pub const fn new(cause: StopCause, grace_ms: i64, now: i64) -> Self {
        Self {
            cause,
            reason: None,
            by: None,
            at: now,
            grace_until: now.saturating_add(grace_ms),
        }
    }

    /// How the run ends, whatever its task returns meanwhile.
    #[must_use]
    pub fn status(&self) -> RunStatus {
        match self.cause {
            StopCause::Cancel => RunStatus::Cancelled,
            StopCause::Timeout => RunStatus::Failed,
        }
    }

    /// The error that the run ends with, and that its calls which are out settle with.
    #[must_use]
    pub fn error(&self) -> ErrorValue {
        let (code, name, message) = match self.cause {
            StopCause::Cancel => (
                ErrorCode::Cancelled,
                "CancelledError",
                "the run was cancelled",
            ),
            StopCause::Timeout => (
                ErrorCode::RunTimeout,
                "TimeoutError",
                "the run did not end within its time",
            ),
        };
        let message = match &self.reason {
            Some(reason) => format!("{message}: {reason}"),
            None => message.to_owned(),
        };
        ErrorValue {
            name: name.to_owned(),
            ..ErrorValue::new(code, message)
        }
    }
}
