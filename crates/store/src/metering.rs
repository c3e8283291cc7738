//! What is kept for `GET /metrics`.

use ambassador::delegatable_trait;
use tasker_domain::figures::Figure;
use tasker_domain::trace::TraceParent;
use tasker_domain::{RunId, RunStatus};

use crate::Result;

/// How many runs of a task have a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCount {
    /// The task.
    pub task: String,
    /// The status, by the rule of [`crate::Runs::run`].
    pub status: RunStatus,
    /// How many.
    pub runs: u64,
}

/// How large the database is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DatabaseSize {
    /// All of it, in bytes.
    pub bytes: u64,
    /// How much of it is free, as far as the database tells.
    pub free: u64,
}

impl DatabaseSize {
    /// How much of it is filled, in bytes.
    #[must_use]
    pub fn used(self) -> u64 {
        self.bytes.saturating_sub(self.free)
    }
}

/// What components measure.
#[delegatable_trait]
pub trait Metering {
    /// Adds to what is stored.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn add_figures(&self, figures: &[Figure]) -> Result<()>;

    /// How large the database is. Cheap.
    fn size(&self) -> Result<DatabaseSize>;
}

/// What was measured, and what there is. It outlives the components.
#[delegatable_trait]
pub trait Metrics {
    /// All figures that were added, without what only another build knows how to measure.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn figures(&self) -> Result<Vec<Figure>>;

    /// How many drainers are at work.
    fn drainers(&self, now: i64) -> Result<u32>;

    /// The span of a run in its trace; one of its own if it was submitted with none.
    fn run_trace(&self, run: RunId) -> Result<Option<TraceParent>>;

    /// How many runs of a task have not begun. It costs the same however many there are.
    fn queued_runs(&self, task: &str) -> Result<u64>;

    /// How many runs there are by task and status; those without a run are left out. It costs the same
    /// however many have ended.
    fn count_runs_by_task(&self) -> Result<Vec<RunCount>>;
}
