//! Schedules. Each operation is one transaction, as in [`crate::Store`]. The caller computes a schedule's
//! moments: the store keeps the next one, and lets only one sweep fire it.

use ambassador::delegatable_trait;
use tasker_domain::{CatchUp, Json, Overlap, RunId, Schedule, Skipped, StackRunId, Stop};

use crate::{Page, Result, RunTerms, TaskRef};

/// A schedule to set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSchedule {
    /// Its name.
    pub name: String,
    /// The task that it runs.
    pub task: String,
    /// The cron expression.
    pub cron: String,
    /// The time zone of the expression.
    pub time_zone: String,
    /// What each run is given.
    pub input: Json,
    /// What happens when a run of it is still going on.
    pub overlap: Overlap,
    /// What happens to moments that passed while nobody swept.
    pub catch_up: CatchUp,
    /// Whether it is paused; `None`: as it was, or not if it is new.
    pub paused: Option<bool>,
    /// Its first moment after now; `None`: it never fires.
    pub next_at: Option<i64>,
}

/// What setting a schedule did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleSet {
    /// It is new.
    Created,
    /// It was there, and is now as asked for.
    Replaced,
    /// A task's code declares it; nothing changed.
    OfCode,
}

/// What removing a schedule did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleRemoved {
    /// It is gone. Runs that it made go on.
    Removed,
    /// There was none.
    NotFound,
    /// A task's code declares it; nothing changed.
    OfCode,
}

/// The moment for which a schedule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Its next moment, which has come.
    Next(i64),
    /// The first of the moments whose runs wait for the run before them.
    Queued(i64),
}

/// Firing a schedule.
#[derive(Debug, Clone)]
pub struct Firing {
    /// The schedule.
    pub name: String,
    /// What it fires for, as it was read: if another sweep was faster, nothing happens.
    pub moment: Moment,
    /// When it fires next; only for [`Moment::Next`].
    pub next_at: Option<i64>,
    /// The last moment that has passed.
    pub last_at: i64,
    /// The runs to make, in the order of their moments.
    pub runs: Vec<ScheduledRun>,
    /// The moments that make none, whatever goes on.
    pub skipped: Option<Skipped>,
    /// The task at its current version; without it no run is made.
    pub task: Option<TaskRef>,
    /// The terms of the runs.
    pub terms: RunTerms,
    /// Why no run is made, if one should be.
    pub problem: Option<String>,
    /// How to stop a run that is cancelled for a new one.
    pub stop: Stop,
    /// How long a run may take (ms) before it is stopped.
    pub timeout_ms: Option<i64>,
    /// Who is told when a run ends: a URL.
    pub webhook: Option<String>,
}

/// A run that a schedule makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledRun {
    /// Id of the run.
    pub id: RunId,
    /// Id of its root frame.
    pub frame: StackRunId,
    /// The moment that it is for.
    pub at: i64,
}

/// What firing did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fired {
    /// The runs that were made.
    pub started: Vec<RunId>,
    /// Runs that were cancelled for them.
    pub cancelled: u32,
    /// Moments that made no run because of others, besides those that the caller knew of.
    pub skipped: u32,
    /// Whether a run now waits for the one before it.
    pub queued: bool,
}

/// Which task is run by itself, and when.
#[delegatable_trait]
pub trait Schedules {
    /// A schedule.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn schedule(&self, name: &str) -> Result<Option<Schedule>>;

    /// The schedules whose name is greater than `after`, by name.
    fn schedules(&self, after: Option<&str>, limit: u32) -> Result<Page<Schedule>>;

    /// Schedules whose next moment has come, the longest due first, and then those whose waiting
    /// run may begin.
    fn due_schedules(&self, limit: u32, now: i64) -> Result<Vec<Schedule>>;

    /// When a schedule is due next; in the past if one is due now.
    fn next_schedule(&self) -> Result<Option<i64>>;

    /// Pauses a schedule: it does not fire, and runs that wait are dropped. Answers whether there is
    /// one.
    fn pause_schedule(&self, name: &str, now: i64) -> Result<bool>;

    /// Resumes a schedule if it is paused; `next_at` is its first moment after now, since moments that
    /// passed meanwhile are not made up for. Answers whether there is one.
    fn resume_schedule(&self, name: &str, next_at: Option<i64>, now: i64) -> Result<bool>;

    /// Removes a schedule.
    fn remove_schedule(&self, name: &str) -> Result<ScheduleRemoved>;
}

/// Setting schedules, and firing them.
#[delegatable_trait]
pub trait Scheduling {
    /// Makes a schedule, or sets it anew. One that keeps its expression and time zone keeps its
    /// next moment.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn set_schedule(&self, schedule: &SetSchedule, now: i64) -> Result<ScheduleSet>;

    /// Fires a schedule. `None`: it has changed since the caller read it; nothing happened. Of the runs
    /// that may not go on side by side, the one of the first moment begins if nothing goes on, and the
    /// others wait as far as there is room: for one, or with [`CatchUp::All`] for
    /// [`QUEUED_MAX`](tasker_domain::QUEUED_MAX).
    fn fire(&self, firing: &Firing, now: i64) -> Result<Option<Fired>>;
}
