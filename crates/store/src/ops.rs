//! The operations of the store, and what goes into and comes out of them.

use ambassador::delegatable_trait;
use tasker_domain::retry::RunRetry;
use tasker_domain::trace::TraceParent;
use tasker_domain::{
    Call, Claimed, ErrorValue, FailedAttempt, JournalEntry, Json, Lease, LogLine, Outcome, Path,
    Run, RunId, RunLog, RunStatus, StackRun, StackRunId, Stop, TaskFunction,
};

use crate::Result;

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
    /// The ended run that it is made of, to run it again.
    pub retry_of: Option<RunId>,
    /// The schedule that makes it.
    pub schedule: Option<String>,
    /// In which order it begins, and how long it is kept.
    pub terms: RunTerms,
    /// Who is told when it ends: a URL.
    pub webhook: Option<String>,
    /// Its span in the trace that it is submitted with.
    pub trace: Option<TraceParent>,
}

/// In which order a run begins, and how long it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunTerms {
    /// -100 to 100: runs of a greater one are claimed first.
    pub priority: i32,
    /// How long it is kept after its end (ms); `None`: as long as the app's setting says.
    pub retention_ms: Option<i64>,
    /// With what others it shares a limit.
    pub slot: Option<Slot>,
    /// How it is begun again should it fail.
    pub retry: RunRetry,
    /// When its idempotency key may be used again, unless the run still goes on then.
    pub key_expires_at: i64,
}

/// A limit on the number of runs that go on at once. A run counts from when it may begin to its end;
/// one too many waits, in the order of priority and age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Names those who share the limit.
    pub scope: String,
    /// So many of them.
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
}

/// What cancelling did to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancellation {
    /// It has ended.
    Ended,
    /// It is being stopped, perhaps since earlier: its tasks may clean up until then.
    Stopping {
        /// When it ends at the latest.
        grace_until: i64,
    },
    /// It had ended before; nothing changed.
    Finished,
}

/// What pausing or resuming did to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It is paused now, or goes on.
    Done,
    /// It was so before; nothing changed.
    Already,
    /// It is being stopped; nothing changed.
    Stopping,
    /// It has ended; nothing changed.
    Finished,
}

/// How far a run is: it differs whenever there is something new to tell of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Where the run is, by the rule of [`Store::run`].
    pub status: RunStatus,
    /// How many of its calls have settled.
    pub calls: u32,
    /// The number of its last log line; 0 if there is none.
    pub lines: u64,
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only those of this status.
    pub status: Option<RunStatus>,
    /// Only those of this task.
    pub task: Option<String>,
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
    /// At most so many.
    pub limit: u32,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether there are more after them.
    pub more: bool,
}

impl<T> Page<T> {
    /// The item after which the next page begins, if there is one.
    pub fn next_after(&self) -> Option<&T> {
        self.items.last().filter(|_| self.more)
    }
}

/// How a lease is to be taken.
#[derive(Debug, Clone)]
pub struct LeaseTerms {
    /// Who takes it; for people.
    pub owner: String,
    /// When it expires.
    pub expires_at: i64,
}

/// A stored snapshot of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// As the VM made it.
    pub bytes: Vec<u8>,
    /// Size of the difference before compression.
    pub raw_bytes: u64,
    /// The engine that made it.
    pub engine: String,
    /// The journal position at which it was taken.
    pub position: u32,
    /// The calls that were out at that moment and have no row of their own: the slice was making
    /// them itself.
    pub in_flight: Vec<Call>,
}

/// A claimed frame with what a slice needs.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Its run.
    pub run: RunId,
    /// Where it stands in the run.
    pub path: Path,
    /// Its code, at the version that the frame began with.
    pub task: TaskFunction,
    /// Its input.
    pub input: Json,
    /// The span of its run.
    pub trace: Option<TraceParent>,
    /// When its clock began: the moment of its first slice.
    pub started_at: i64,
    /// Its newest snapshot, if it ever slept.
    pub snapshot: Option<SnapshotRecord>,
    /// What is asked of its slice.
    pub control: Control,
    /// The last position in its journal. Every entry has one: those that had settled unseen were
    /// given theirs by this very operation, in the order in which they settled. But for a frame that
    /// is to be stopped: what it has not seen, [`Store::stop_calls`] tells.
    pub last_position: u32,
    /// The entry of its journal that follows its snapshot, or the first one if it has none: mostly all that a
    /// frame that wakes has not seen, so that [`Store::tail`] need not be asked.
    pub next: Option<JournalEntry>,
    /// The numbers of its calls that have a row in the queue.
    pub queued: Vec<u32>,
    /// How many of its log lines are stored.
    pub log_count: u32,
}

/// A call settled by a live slice.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// The call.
    pub call: Call,
    /// Its place in the order of delivery.
    pub position: u32,
    /// What came back.
    pub outcome: Outcome,
    /// When it was made.
    pub started_at: i64,
    /// When it settled.
    pub finished_at: i64,
}

/// A call that becomes a row of the queue.
#[derive(Debug, Clone)]
pub struct Child {
    /// Id of the row.
    pub id: StackRunId,
    /// The call.
    pub call: Call,
    /// For a nested task: which version of which task, and its input. `None` for a service call.
    pub task: Option<(TaskRef, Json)>,
    /// When it is due; at once if `None`. A timer is settled then.
    pub run_after: Option<i64>,
    /// Whether the slice goes on making this call itself, under a lease of its own.
    pub in_flight: bool,
    /// When the call fails if it has not settled by then.
    pub expires_at: Option<i64>,
    /// Its attempts that have failed.
    pub failures: Vec<FailedAttempt>,
}

impl Child {
    /// How many of its attempts have failed.
    pub(crate) fn failed(&self) -> u32 {
        u32::try_from(self.failures.len()).unwrap_or(u32::MAX)
    }
}

/// Putting a frame to sleep, or saving its state while it goes on.
#[derive(Debug, Clone)]
pub struct Sleep {
    /// The VM's state.
    pub snapshot: SnapshotRecord,
    /// Calls that become rows. One that has a row, or is in the journal, is left as it is.
    pub children: Vec<Child>,
    /// Numbers of calls that have a row and that are of no interest any more: timers that the task
    /// has cleared. Their rows go, whoever works on them.
    pub withdrawn: Vec<u32>,
    /// Log lines since the last commit of the frame. Lines that are stored already are skipped by
    /// their index.
    pub logs: Vec<LogLine>,
    /// What becomes of the frame.
    pub then: Suspend,
}

/// What becomes of a frame after its state was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suspend {
    /// Its slice goes on: the state was saved only to bound the tail. The lease stays.
    KeepRunning,
    /// It sleeps until a call settles; it is pending at once if one has settled unseen.
    UntilSettled,
    /// Its time is up: it is pending at once.
    Yield,
}

/// What a slice that slept or ended left to do, claimed for the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// The stack run that became runnable: claimed.
    pub next: Option<Claimed>,
    /// The rows in flight, claimed for the slice itself, in the order of `Sleep::children`.
    pub in_flight: Vec<Claimed>,
    /// Whether pending rows were left that nobody has claimed.
    pub more: bool,
}

/// How an attempt failed that is not the last.
#[derive(Debug, Clone)]
pub struct Failure {
    /// When the attempt began.
    pub started_at: i64,
    /// How it failed.
    pub error: ErrorValue,
}

/// The end of a frame or of a queued call.
#[derive(Debug, Clone)]
pub struct Finish {
    /// How it ended.
    pub outcome: Outcome,
    /// For a frame: log lines since its last commit.
    pub logs: Vec<LogLine>,
}

/// What a live slice is asked to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    #[default]
    Go,
    /// Tell the task that its run is being stopped, by [`Store::stop_calls`].
    Stop,
    /// Put the frame to sleep: its run is paused.
    Pause,
}

/// What happened to a frame while it was in a VM.
#[derive(Debug, Clone, Default)]
pub struct Absorbed {
    /// Entries that settled meanwhile. They have positions now, after all earlier ones.
    pub entries: Vec<JournalEntry>,
    /// What is asked of the slice. If it is not to go on there are no entries.
    pub control: Control,
}

/// How to sweep.
#[derive(Debug, Clone, Copy)]
pub struct SweepTerms {
    /// So many losses of its executor, and a stack run is given up.
    pub max_attempts: u32,
    /// At most so many rows of each kind are worked on.
    pub limit: u32,
    /// How long the tasks of a run whose deadline has passed may clean up, in milliseconds.
    pub grace_ms: i64,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Expired leases whose work was queued again.
    pub reclaimed: u32,
    /// Stack runs given up because their executor was lost too often.
    pub failed: u32,
    /// Sleeping frames that a settled call should have woken, woken now.
    pub woken: u32,
    /// Calls and runs that had had their time.
    pub expired: u32,
    /// Pending rows that are due now, counted up to 1,000.
    pub due: u32,
    /// Whether [`crate::Schedules::due_schedules`] has any.
    pub schedules_due: bool,
    /// When the run ended that ended the longest ago, of those that say nothing themselves of how
    /// long they are kept; of the others, when the time of the first one is up.
    pub oldest: (Option<i64>, Option<i64>),
    /// When the time of the first idempotency key is up.
    pub key_expires: Option<i64>,
}

/// Everything that can be done with the records of Tasker, but for the keystore.
///
/// Each operation is one transaction: it happens whole or not at all. Operations under a lease
/// fail with [`crate::Error::LeaseLost`] and write nothing once the lease has passed on. A lease
/// that has expired, but that nobody has reclaimed, still holds.
#[delegatable_trait]
pub trait Store {
    // Tasks

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

    /// Withdraws a task: no run can be submitted any more; runs that exist go on, and the schedules
    /// that its code declared go. Answers whether there was one.
    fn delete_task(&self, name: &str) -> Result<bool>;

    // Runs

    /// Submits a run: its record and its pending root frame.
    fn submit(&self, run: &NewRun, now: i64) -> Result<Submitted>;

    /// A run's record. It shows as suspended if it has begun and none of its stack runs is being
    /// processed at this moment.
    fn run(&self, id: RunId) -> Result<Option<Run>>;

    /// How far a run is, without reading any of what it did.
    fn progress(&self, id: RunId) -> Result<Option<Progress>>;

    /// A page of runs, newest first.
    fn runs(&self, query: &RunQuery) -> Result<Page<Run>>;

    /// A run's history: the entries of all frames in the order in which they were settled, which
    /// never changes, skipping the first `offset`. Costs the same at any offset.
    fn journal(&self, run: RunId, offset: u32, limit: u32) -> Result<Page<JournalEntry>>;

    /// A run's live frames and queued calls, by path: each frame before its calls, calls by number.
    fn stack(&self, run: RunId) -> Result<Vec<StackRun>>;

    /// A run's log lines after `seq`.
    fn logs(&self, run: RunId, after: u64, limit: u32) -> Result<Page<RunLog>>;

    /// Stops a run. One that has not begun ends at once. Else its queued calls settle with the
    /// error of `stop`, as do nested tasks that never began; frames that are awake learn of it by
    /// their slices; and whatever the task returns then, the run ends as `stop` says, at the end of
    /// its grace at the latest. With `force` there is no grace: it ends at once and its stack is
    /// dropped, so that nothing of it can commit any more. A run that is being stopped already
    /// keeps its first reason. `None`: there is no such run.
    fn cancel(
        &self,
        run: RunId,
        stop: &Stop,
        force: bool,
        now: i64,
    ) -> Result<Option<Cancellation>>;

    /// Pauses a run or lets it go on. Nothing of a paused run is claimed; what is under way goes on,
    /// and frames that are awake are asked to sleep. `None`: there is no such run.
    fn set_paused(&self, run: RunId, paused: bool, now: i64) -> Result<Option<Pause>>;

    /// How many runs there are of each status, by the rule of [`Store::run`].
    fn count_runs(&self) -> Result<Vec<(RunStatus, u64)>>;

    /// How many stack runs are pending and due, and how long the oldest of them has been (ms).
    fn queue_depth(&self, now: i64) -> Result<(u64, i64)>;

    // The queue

    /// Claims pending stack runs that are due: at most `frames` frames and `calls` calls. Those of
    /// runs with a greater priority come first; of one priority, each task in turn, beginning with
    /// the one of which the fewest are being processed; of one task, the longest due first. The
    /// cost depends on how many tasks have pending rows, not on how many rows there are.
    fn claim(&self, frames: u32, calls: u32, terms: &LeaseTerms, now: i64) -> Result<Vec<Claimed>>;

    /// Takes a drainer's slot among `slots`, until `expires_at`. `None`: all are taken.
    fn take_slot(&self, slots: u32, token: &str, expires_at: i64, now: i64) -> Result<Option<u32>>;

    /// Keeps a drainer's slot until `expires_at`. `false`: it had expired and was taken by another.
    fn renew_slot(&self, slot: u32, token: &str, expires_at: i64) -> Result<bool>;

    /// Gives a drainer's slot back, but only if nothing is pending and due: `false` means that
    /// there is work and the slot is still held. With `hand_over`, gives it back in any case.
    fn release_slot(&self, slot: u32, token: &str, hand_over: bool, now: i64) -> Result<bool>;

    /// When the next pending stack run is due, or the next has had its time; in the past if that is
    /// so already.
    fn next_due(&self) -> Result<Option<i64>>;

    /// Queues expired leases again, or gives their stack runs up after too many losses (a frame's
    /// run or call fails with `executor_lost`); wakes frames that missed their waking; does what
    /// [`Store::expire`] does. Any number may sweep at once; with nothing to do it is one statement.
    fn sweep(&self, terms: &SweepTerms, now: i64) -> Result<SweepReport>;

    /// Ends what has had its time, at most `limit` rows, and answers how many: a call fails with
    /// `call_timeout`; a run is stopped with `run_timeout`, and its tasks may clean up for
    /// `grace_ms`; a run that is being stopped ends.
    fn expire(&self, limit: u32, grace_ms: i64, now: i64) -> Result<u32>;

    /// When the queue was last swept; 0 if never.
    fn last_sweep(&self) -> Result<i64>;

    // Under a lease

    /// Everything that a slice of a claimed frame needs. Marks the run as processing; gives
    /// positions to entries that had settled unseen.
    fn load(&self, lease: Lease, now: i64) -> Result<Frame>;

    /// A frame's journal entries after a position, in order of position.
    fn tail(&self, run: RunId, frame: &Path, after: u32, limit: u32) -> Result<Vec<JournalEntry>>;

    /// Appends a call that a live slice has settled, with the log lines since the last commit.
    fn append(&self, lease: Lease, entry: &NewEntry, logs: &[LogLine], now: i64) -> Result<()>;

    /// Gives positions to entries that settled while the frame was live, and answers them; tells
    /// what is asked of the slice.
    fn absorb(&self, lease: Lease, now: i64) -> Result<Absorbed>;

    /// What is asked of whoever works on a stack run.
    fn control(&self, lease: Lease) -> Result<Control>;

    /// Tells a frame that its run is being stopped: those of `calls` that have no row and have not
    /// settled do so with the run's reason. Answers all that the frame has not seen, with positions.
    /// The frame is told once a rejection is among that (the answer's control is then to go on); from
    /// then on it may make calls, to clean up. If there was none, its next call is rejected.
    fn stop_calls(&self, lease: Lease, calls: &[Call], now: i64) -> Result<Absorbed>;

    /// Saves a frame's state and its new calls. A frame that has not been told that its run is being
    /// stopped cannot sleep over new calls: [`crate::Error::Stopping`]. With `claim`, the frame itself
    /// if it is pending at once, or else the first of its new pending children that is due, is claimed
    /// for the caller. Children in flight get the terms of `claim`, or without it those of the frame's
    /// own lease.
    fn sleep(
        &self,
        lease: Lease,
        sleep: &Sleep,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<Settled>;

    /// Ends a frame or a queued call. The root frame ends its run, or its attempt: a run that fails and
    /// is not being stopped is begun again as its [`RunRetry`] says, unless its deadline comes before. The
    /// new root frame has the number of attempts before it for its path, waits for its moment, and
    /// nothing of the attempt before can commit any more; events that it had taken may be taken again.
    /// So it is wherever a root frame is given up. Any other settles its call in
    /// the parent's journal and wakes the parent if it sleeps; with `claim`, a parent woken is
    /// claimed for the caller. What the ended frame had still out is dropped.
    fn finish(
        &self,
        lease: Lease,
        finish: &Finish,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<Settled>;

    /// Gives a claimed stack run back, to be claimed again from `run_after` on. With a failure it
    /// counts as a failed attempt, which is kept if it is one of a call.
    fn give_back(
        &self,
        lease: Lease,
        run_after: i64,
        failure: Option<&Failure>,
        now: i64,
    ) -> Result<()>;

    /// Prolongs a lease.
    fn renew(&self, lease: Lease, expires_at: i64) -> Result<()>;
}

/// Encrypted values by namespace and key. The store never sees a clear value.
#[delegatable_trait]
pub trait Keystore {
    /// The ciphertext of a key.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>>;

    /// Stores a ciphertext; answers whether the key is new.
    fn put(&self, namespace: &str, key: &str, ciphertext: &[u8], now: i64) -> Result<bool>;

    /// The keys of a namespace after a key, in order.
    fn keys(&self, namespace: &str, after: Option<&str>, limit: u32) -> Result<Page<String>>;

    /// Removes a key; answers whether there was one.
    fn remove(&self, namespace: &str, key: &str) -> Result<bool>;
}
