//! The system itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /health`: the API answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// Tasker's version.
    pub version: String,
}

/// `POST /sweep`: what the sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SweepReport {
    /// Expired leases whose work was queued again.
    pub reclaimed: u32,
    /// Stack runs given up because their executor was lost too often.
    pub failed: u32,
    /// Sleeping frames that a settled call should have woken, woken now.
    pub woken: u32,
    /// Calls and runs whose time was up.
    pub expired: u32,
    /// Stack runs that are pending and due now, counted up to 1,000.
    pub due: u32,
    /// Runs that schedules made.
    #[serde(default)]
    pub scheduled: u32,
    /// Ended runs that were kept no longer.
    #[serde(default)]
    pub purged: u32,
}
