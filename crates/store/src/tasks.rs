//! Published tasks.

use ambassador::delegatable_trait;
use tasker_domain::reach::Reach;
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

/// What is known of a version besides its code: what that says of its runs, and what it may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskSettings {
    /// How long a run is kept after its end (ms); `None`: as long as the app's setting says.
    pub retention_ms: Option<i64>,
    /// The priority of its runs, -100 to 100.
    pub priority: Option<i32>,
    /// How many of its runs may go on at once.
    pub concurrency: Option<Concurrency>,
    /// How often a run is tried, whatever it fails with; `None`: as the app's setting says, and only
    /// after faults.
    pub attempts: Option<u32>,
    /// What it may call and hear.
    pub reach: Reach,
}

/// How many runs may go on at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concurrency {
    /// How many.
    pub at_once: u32,
    /// For each value at this path of the input; `None`: of all runs of the task.
    pub per: Option<String>,
}

/// Published tasks, and what is known of them.
#[delegatable_trait]
pub trait Tasks {
    /// The current version of a task.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn task(&self, name: &str) -> Result<Option<TaskFunction>>;

    /// The current versions of all tasks whose name is greater than `after`, by name. Their code
    /// and modules are left empty.
    fn tasks(&self, after: Option<&str>, limit: u32) -> Result<Page<TaskFunction>>;

    /// The version of a task that a run meets: the one that was current when the run was submitted, or
    /// at the moment that it has from [another run](crate::RunTerms::versions_of). Of a task that had no
    /// version then: the first one that it has had since.
    fn task_of_run(&self, name: &str, run: RunId) -> Result<Option<TaskFunction>>;

    /// What the code of a version says of its runs, and what it may reach.
    fn task_settings(&self, task: &TaskRef) -> Result<TaskSettings>;
}
