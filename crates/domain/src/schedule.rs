//! Schedules: when which task is run by itself.

use crate::words::words;
use crate::{Json, RunId};

/// Most moments of a schedule whose runs wait.
pub const QUEUED_MAX: usize = 100;

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
    /// The moments whose runs wait for the run before them to end, in order; at most [`QUEUED_MAX`].
    pub queued: Vec<i64>,
    /// The last moment that it was looked at for, whether that made a run or not.
    pub last_at: Option<i64>,
    /// The last run that it made.
    pub last_run: Option<RunId>,
    /// Why its last moment made no run, if it should have.
    pub last_problem: Option<String>,
    /// Its moments that made no run since it was made.
    pub skipped: Option<Skipped>,
    /// When it was made.
    pub created_at: i64,
    /// When it was last set, paused or resumed.
    pub updated_at: i64,
}

/// Moments of a schedule that made no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skipped {
    /// How many.
    pub moments: u64,
    /// The last of them.
    pub last_at: i64,
    /// Why that one made none.
    pub why: WhySkipped,
}

impl Skipped {
    /// What is known of these and of others that were skipped after them.
    #[must_use]
    pub fn and(self, later: Option<Self>) -> Self {
        later.map_or(self, |later| Self {
            moments: self.moments.saturating_add(later.moments),
            ..later
        })
    }
}

words! {
    /// Why a moment of a schedule made no run.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum WhySkipped {
        /// It was looked at too late: [`CatchUp::None`].
        Late = "late",
        /// A later moment had come as well, and only the last one makes a run.
        Superseded = "superseded",
        /// More moments were missed than are caught up with.
        TooMany = "too-many",
        /// A run was going on: [`Overlap::Skip`].
        GoingOn = "going-on",
        /// As many runs as may were waiting already.
        QueueFull = "queue-full",
        /// The schedule was paused while its run waited.
        Paused = "paused",
        /// The schedule was set anew while its run waited.
        Changed = "changed",
        /// No run could be made: the schedule's problem says why.
        Problem = "problem",
    }
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
        /// One run waits for the one before to end; further moments make none while it waits. With
        /// [`CatchUp::All`] each moment waits.
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
        /// Each makes one, up to a bound: one after the other, unless they may go on side by side.
        All = "all",
    }
}
