//! The records of runs.

use ambassador::delegatable_trait;
use tasker_domain::retry::RunRetry;
use tasker_domain::trace::TraceParent;
use tasker_domain::{Json, Progress, Run, RunId, RunStatus, StackRunId};

use crate::{Page, Result, TaskRef};

/// A run to submit.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// Id of the run.
    pub id: RunId,
    /// Id of its root frame.
    pub frame: StackRunId,
    /// The task, at the version that was current.
    pub task: TaskRef,
    /// Its input.
    pub input: Json,
    /// The client's idempotency key.
    pub idempotency_key: Option<String>,
    /// When it is to begin; at once if `None`.
    pub run_at: Option<i64>,
    /// When it is stopped if it has not ended by then.
    pub deadline: Option<i64>,
    /// The ended run that it repeats.
    pub retry_of: Option<RunId>,
    /// The schedule that makes it.
    pub schedule: Option<String>,
    /// In which order it begins, and how long it is kept.
    pub terms: RunTerms,
    /// Who is told when it ends: a URL.
    pub webhook: Option<String>,
    /// Its span in the trace that it is submitted with.
    pub trace: Option<TraceParent>,
    /// Its tags, each once, in their order.
    pub tags: Vec<String>,
}

/// In which order a run begins, and how long it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunTerms {
    /// -100 to 100: runs of a greater one are claimed first.
    pub priority: i32,
    /// How long it is kept after its end (ms); `None`: as long as the app's setting says.
    pub retention_ms: Option<i64>,
    /// The limit that it shares with other runs.
    pub concurrency: Option<ConcurrencyLimit>,
    /// How it is begun again if it fails.
    pub retry: RunRetry,
    /// When its idempotency key may be used again, unless the run is still live then.
    pub key_expires_at: i64,
    /// The run whose versions its nested tasks have too; `None`: those that are current now.
    pub versions_of: Option<RunId>,
    /// The run whose task starts it.
    pub starter: Option<Starter>,
}

/// A run whose task starts another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Starter {
    /// The run.
    pub run: RunId,
    /// How many runs it may start in all.
    pub at_most: u32,
}

/// A limit on the number of runs that go on at once. A run counts from when it may begin to its end;
/// runs beyond the limit wait, in the order of priority and age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrencyLimit {
    /// Names the runs that share the limit.
    pub scope: String,
    /// How many of them.
    pub at_once: u32,
}

/// What submitting did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// A run was made.
    Created,
    /// The idempotency key has been used for the same task and input: here is that run.
    Existing(Box<Run>),
    /// The idempotency key has been used for the same task with another input, by this run; or by
    /// this one, which was deleted since.
    Conflict(RunId),
    /// The run that starts it has started as many as it may.
    TooMany,
}

/// What differs whenever there is something new to tell of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Where the run is, by the rule of [`crate::Runs::run`].
    pub status: RunStatus,
    /// How many of its calls have settled.
    pub calls: u32,
    /// The number of its last log line; 0 if there is none.
    pub lines: u64,
    /// How many times what is kept of its progress has changed.
    pub progress: u64,
    /// How many tags it has: none is ever removed.
    pub tags: u32,
}

/// What tagging a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tagged {
    /// These are its tags now.
    Tags(Vec<String>),
    /// It may not have so many. Nothing has changed.
    TooMany,
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only those of this status.
    pub status: Option<RunStatus>,
    /// Only those of this task.
    pub task: Option<String>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// Without a status: only those that have not ended.
    pub live: bool,
}

/// A page of runs, newest first.
#[derive(Debug, Clone, Default)]
pub struct RunQuery {
    /// Which runs.
    pub filter: RunFilter,
    /// Only those older than this one.
    pub before: Option<RunId>,
    /// How many at most.
    pub limit: u32,
}

/// The records of runs.
#[delegatable_trait]
pub trait Runs {
    /// Submits a run: its record and its pending root frame.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn submit(&self, run: &NewRun, now: i64) -> Result<Submitted>;

    /// A run's record. It shows as suspended if it has begun and none of its stack runs is being
    /// processed at this moment.
    fn run(&self, id: RunId) -> Result<Option<Run>>;

    /// Whether there is something new to tell of a run, without reading any of what it did.
    fn mark(&self, id: RunId) -> Result<Option<Mark>>;

    /// How far the tasks of a run say that it is, and how many times that has changed; `None`: they have not said, or there is
    /// no such run.
    fn run_progress(&self, id: RunId) -> Result<Option<(u64, Progress)>>;

    /// Gives a run tags on top of those that it has; `None`: there is no such run.
    fn tag(&self, id: RunId, tags: &[String], now: i64) -> Result<Option<Tagged>>;

    /// The tags of a run, in their order; `None`: there is no such run.
    fn tags(&self, id: RunId) -> Result<Option<Vec<String>>>;

    /// A page of runs, newest first. Their inputs and results, which may be large, are left empty.
    fn runs(&self, query: &RunQuery) -> Result<Page<Run>>;

    /// The limit under which a run was submitted; `None`: under none, or there is no such run.
    fn concurrency_limit(&self, run: RunId) -> Result<Option<ConcurrencyLimit>>;

    /// How many runs there are of each status, by the rule of [`crate::Runs::run`].
    fn count_runs(&self) -> Result<Vec<(RunStatus, u64)>>;
}
