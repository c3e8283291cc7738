//! Published tasks.

use ambassador::delegatable_trait;
use tasker_domain::{RunId, TaskFunction};

use crate::{Page, Result};

/// A task at one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRef {
    /// The task's name.
    pub name: String,
    /// The version's hash.
    pub version: String,
}

/// What publishing did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publish {
    /// The task is new, or had been withdrawn.
    Created,
    /// A version became current: a new one, or an older one again.
    Updated,
    /// This very version was current already; nothing changed.
    Unchanged,
}

/// Published tasks.
#[delegatable_trait]
pub trait Tasks {
    /// Publishes a version of a task and makes it current. A version that was published before
    /// keeps its record.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn publish(&self, task: &TaskFunction) -> Result<Publish>;

    /// The current version of a task.
    fn task(&self, name: &str) -> Result<Option<TaskFunction>>;

    /// The current versions of all tasks whose name is greater than `after`, by name. Their code
    /// and modules are left empty.
    fn tasks(&self, after: Option<&str>, limit: u32) -> Result<Page<TaskFunction>>;

    /// The version of a task that a run meets: the one that was current when the run was submitted, or
    /// at the moment that it has from [another run](crate::RunTerms::versions_of). Of a task that had no
    /// version then: the current one.
    fn task_of_run(&self, name: &str, run: RunId) -> Result<Option<TaskFunction>>;

    /// Withdraws a task: no more runs can be submitted, existing runs continue, and the schedules
    /// that its code declared are removed. Answers whether there was one.
    fn delete_task(&self, name: &str, now: i64) -> Result<bool>;
}
