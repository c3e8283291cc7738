//! Publishing tasks, and withdrawing them. Each operation is one transaction, as in [`crate::Store`].

use ambassador::delegatable_trait;
use tasker_domain::TaskFunction;

use crate::{Result, SetSchedule, TaskSettings};

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

/// Publishing a version of a task with all that its code declares.
#[derive(Debug, Clone, Copy)]
pub struct Publication<'a> {
    /// The version.
    pub task: &'a TaskFunction,
    /// Its grants, as in [`Publishing::publish_granted`].
    pub grants: Option<&'a [String]>,
    /// What it says of its runs.
    pub settings: &'a TaskSettings,
    /// Its schedules: those that it no longer declares are removed, those made by the API are
    /// left alone.
    pub schedules: &'a [SetSchedule],
}

/// Publishing tasks, and withdrawing them.
#[delegatable_trait]
pub trait Publishing {
    /// Publishes a version of a task and makes it current. A version that was published before
    /// keeps its record.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn publish(&self, task: &TaskFunction) -> Result<Publish>;

    /// Publishes a version of a task with its [grants](crate::Grants); `None`: it declares none. Publishing
    /// a version again replaces its grants.
    fn publish_granted(&self, task: &TaskFunction, grants: Option<&[String]>) -> Result<Publish>;

    /// Publishes a version of a task with all that its code declares.
    fn publish_with(&self, publication: &Publication<'_>, now: i64) -> Result<Publish>;

    /// Withdraws a task: no more runs can be submitted, existing runs continue, and the schedules
    /// that its code declared are removed. Answers whether there was one.
    fn delete_task(&self, name: &str, now: i64) -> Result<bool>;
}
