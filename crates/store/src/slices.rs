//! What a slice does with its frame while the VM is live: loading it, and journaling its calls.

use ambassador::delegatable_trait;
use tasker_domain::trace::TraceParent;
use tasker_domain::{Call, JournalEntry, Json, Lease, Outcome, Path, RunId, TaskFunction};

use crate::{Control, NewLog, Result, SnapshotRecord};

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
    /// What its slice is asked to do.
    pub control: Control,
    /// The last position in its journal. Every entry has one: this operation gave
    /// positions to those that had settled unseen, in the order in which they settled. A frame that
    /// is being stopped is the exception: [`crate::Stopping::stop_calls`] tells what it has not seen.
    pub last_position: u32,
    /// How many bytes the arguments, options and values of its run's journal have together.
    pub journal_bytes: u64,
    /// The journal entry after its snapshot, or the first one if it has none. Mostly that is all that a waking
    /// frame has not seen, so that [`crate::Slices::tail`] need not be asked.
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

/// What happened to a frame while it was in a VM.
#[derive(Debug, Clone, Default)]
pub struct Absorbed {
    /// Entries that settled meanwhile. They have positions now, after all earlier ones.
    pub entries: Vec<JournalEntry>,
    /// What the slice is asked to do. If it must not continue there are no entries.
    pub control: Control,
}

/// What a slice does with its frame while the VM is live.
#[delegatable_trait]
pub trait Slices {
    /// Everything that a slice of a claimed frame needs. Marks the run as processing; gives
    /// positions to entries that had settled unseen.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation that says nothing else.
    fn load(&self, lease: Lease, now: i64) -> Result<Frame>;

    /// A frame's journal entries after a position, in order of position.
    fn tail(&self, run: RunId, frame: &Path, after: u32, limit: u32) -> Result<Vec<JournalEntry>>;

    /// Appends a call that a live slice has settled, with the log lines since the last commit.
    fn append(&self, lease: Lease, entry: &NewEntry, logs: &NewLog, now: i64) -> Result<()>;

    /// Stores what a live frame has logged and said of its run's progress since the last commit, while it waits.
    fn tell(&self, lease: Lease, logs: &NewLog) -> Result<()>;

    /// Gives positions to entries that settled while the frame was live, and answers them and
    /// what the slice is asked to do.
    fn absorb(&self, lease: Lease, now: i64) -> Result<Absorbed>;
}
