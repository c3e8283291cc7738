//! Schedules: when which task is run by itself.

use crate::words::words;
use crate::{Json, RunId};

/// When a task is run by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// The task that it runs, at the version that is current then.
    pub task: String,
    /// Who made it.
    pub origin: Origin,
    /// The cron expression.
    pub cron: String,
    /// The time zone in which the expression is meant: a name of the IANA database.
    pub time_zone: String,
    /// What each run is given.
    pub input: Json,
    /// What happens when a run of it is still going on.
    pub overlap: Overlap,
    /// What happens to moments that passed while nobody swept.
    pub catch_up: CatchUp,
    /// Whether it is paused: it does not fire until it is resumed.
    pub paused: bool,
    /// When it fires next; `None`: never again.
    pub next_at: Option<i64>,
    /// The moment whose run waits for the run before it to end; only with [`Overlap::Queue`].
    pub queued_for: Option<i64>,
    /// The last moment that it was looked at for, whether that made a run or not.
    pub last_at: Option<i64>,
    /// The last run that it made.
    pub last_run: Option<RunId>,
    /// Why its last moment made no run, if it should have.
    pub last_problem: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it was last set, paused or resumed.
    pub updated_at: i64,
}

words! {
    /// Who made a schedule.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Origin {
        /// The API: it stays whatever is published.
        Api = "api",
        /// The task's code: publishing the task sets it anew, or removes it.
        Code = "code",
    }
}

words! {
    /// What happens when a schedule's moment comes while a run of it is still going on.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Overlap {
        /// The moment makes no run.
        Skip = "skip",
        /// One run waits for the one before to end; further moments make none while it waits.
        Queue = "queue",
        /// The moment makes a run all the same.
        Allow = "allow",
        /// The run that goes on is cancelled.
        CancelPrevious = "cancel-previous",
    }
}

words! {
    /// What happens to moments that passed while nobody swept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum CatchUp {
        /// They make no run.
        None = "none",
        /// The last of them makes one.
        Last = "last",
        /// Each makes one, up to a bound.
        All = "all",
    }
}
