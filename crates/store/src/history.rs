//! What a run did and has out: its journal, its stack, its log.

use ambassador::delegatable_trait;
use tasker_domain::{JournalEntry, RunId, RunLog, StackRun};

use crate::{Page, Result};

/// What a run did and has out.
#[delegatable_trait]
pub trait History {
    /// A run's history: the entries of all frames in the order in which they were settled, which
    /// never changes, skipping the first `offset`. Costs the same at any offset. A page may end early because its entries
    /// are large.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn journal(&self, run: RunId, offset: u32, limit: u32) -> Result<Page<JournalEntry>>;

    /// A run's live frames and queued calls whose path, as a text, comes after another: those that come first. Within the
    /// page each frame stands before its calls, and calls by number. It may end early because they are large.
    fn stack_page(&self, run: RunId, after: &str, limit: u32) -> Result<Page<StackRun>>;

    /// A run's log lines after `seq`.
    fn logs(&self, run: RunId, after: u64, limit: u32) -> Result<Page<RunLog>>;
}
