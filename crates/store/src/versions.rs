//! The versions of a task that are kept, and those that no run needs any more.

use ambassador::delegatable_trait;

use crate::{Result, TaskRef};

/// By how much the clocks of processes may differ that make runs (ms): a version is kept for so much longer.
pub const CLOCKS_DIFFER_MS: i64 = 86_400_000;

/// Versions of tasks, beside the current ones.
#[delegatable_trait]
pub trait Versions {
    /// How many versions of a task there are besides this one.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn other_versions(&self, task: &TaskRef) -> Result<u64>;

    /// The oldest version of a task that no run needs: it is not current, was not so at a moment whose versions a run meets that is
    /// kept, by [`CLOCKS_DIFFER_MS`], and has no run itself. `None`: there is none.
    fn spare_version(&self, name: &str) -> Result<Option<TaskRef>>;

    /// Removes a version with all that is known of it, unless it is current; answers whether it was there. While a run has it
    /// nothing is removed, and that is an error.
    fn drop_version(&self, task: &TaskRef) -> Result<bool>;
}
