//! What a slice gets of its frame and leaves of it, as it goes into and comes out of the store.

use tasker_domain::trace::TraceParent;
use tasker_domain::{
    Call, Claimed, ErrorValue, FailedAttempt, JournalEntry, Json, LogLine, Outcome, Path, RunId,
    StackRunId, TaskFunction,
};

use crate::TaskRef;

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
    /// is to be stopped: what it has not seen, [`crate::Store::stop_calls`] tells.
    pub last_position: u32,
    /// The entry of its journal that follows its snapshot, or the first one if it has none: mostly all that a
    /// frame that wakes has not seen, so that [`crate::Store::tail`] need not be asked.
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
    /// Tell the task that its run is being stopped, by [`crate::Store::stop_calls`].
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
