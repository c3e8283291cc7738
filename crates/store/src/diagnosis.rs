//! What an operator asks of the store when something seems wrong.

use ambassador::delegatable_trait;
use tasker_domain::diagnosis::{Backlog, Damage, DamageKind, DatabaseState, Wait};
use tasker_domain::{Path, RunId, StackRunId, StackStatus, TaskFunction};

use crate::{Page, Result, SnapshotRecord};

/// No lease lasts this long: one that expires later was taken while the clock was ahead.
pub const LEASE_MAX_MS: i64 = 3_600_000;

/// Clocks may differ by this much before it counts as a jump.
pub const CLOCK_TOLERANCE_MS: i64 = 60_000;

/// A frame with what is stored of its VM, for looking at.
#[derive(Debug, Clone)]
pub struct StoredFrame {
    /// Its row.
    pub id: StackRunId,
    /// Its run.
    pub run: RunId,
    /// Where it stands in the run.
    pub path: Path,
    /// Where it is.
    pub status: StackStatus,
    /// Its task, at the version that it runs.
    pub task: TaskFunction,
    /// When its row last changed.
    pub updated_at: i64,
    /// How many journal entries it has seen.
    pub last_position: u32,
    /// The numbers of its calls that have a row.
    pub queued: Vec<u32>,
    /// The numbers of its calls that have settled since its snapshot.
    pub settled: Vec<u32>,
    /// Its snapshot, if it ever slept.
    pub snapshot: Option<SnapshotRecord>,
}

/// Looking at the records as a whole, and putting right what no operation leaves behind.
///
/// All of it may walk over every live row, but not over ended runs.
#[delegatable_trait]
pub trait Diagnosis {
    /// How the database is, after a real write to it unless one has succeeded within the last `fresh_ms`.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn database(&self, fresh_ms: i64, now: i64) -> Result<DatabaseState>;

    /// Looks through the whole file, if it is not larger than `most` bytes: what is damaged, or `None` if nothing is or it was
    /// not looked at.
    fn integrity(&self, most: u64) -> Result<Option<String>>;

    /// Whether room that nothing fills is given back to the disk.
    fn can_shrink(&self) -> Result<bool>;

    /// What is due, counted up to `bound`. Cheap at any length of the queue.
    fn backlog(&self, bound: u32, now: i64) -> Result<Backlog>;

    /// Damage that the records alone show, at most `limit` of each kind, the oldest first.
    fn damage(&self, limit: u32, now: i64) -> Result<Vec<Damage>>;

    /// Repairs what [`Diagnosis::damage`] finds of a kind, at most `limit` of it; answers how much.
    /// Work of expired leases is left to [`crate::Sweeping::sweep`].
    fn repair(&self, kind: DamageKind, limit: u32, now: i64) -> Result<u32>;

    /// What the runs wait for that have not moved since a moment, at most `limit`, the oldest first.
    fn waits(&self, unmoved_since: i64, limit: u32) -> Result<Vec<Wait>>;

    /// The frames of a run, or of all runs, after one, by id.
    fn frames(
        &self,
        run: Option<RunId>,
        after: Option<StackRunId>,
        limit: u32,
    ) -> Result<Page<StoredFrame>>;

    /// Drops the snapshot of a frame that is in no VM, so that it replays its journal when it
    /// wakes; with `wake`, wakes it. Answers whether it was there and not in a VM.
    fn drop_snapshot(&self, frame: StackRunId, wake: bool, now: i64) -> Result<bool>;
}
