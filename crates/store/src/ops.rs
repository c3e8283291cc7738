//! The operations of the store on tasks, runs and their stack.

use ambassador::delegatable_trait;
use tasker_domain::{
    Call, Claimed, JournalEntry, Lease, LogLine, Path, Run, RunId, RunLog, RunStatus, StackRun,
    Stop, TaskFunction,
};

use crate::{
    Absorbed, Cancellation, Control, Failure, Finish, Frame, LeaseTerms, NewEntry, NewRun, Page,
    Pause, Progress, Publish, Result, RunQuery, Settled, Sleep, Slot, Submitted, SweepReport,
    SweepTerms,
};

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

    /// The limit under which a run was submitted; `None`: under none, or there is no such run.
    fn slot(&self, run: RunId) -> Result<Option<Slot>>;

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

    /// How many calls of the queue are being made, on all machines together.
    fn calls_out(&self) -> Result<u32>;

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
    /// is not being stopped is begun again as its [`crate::RunTerms::retry`] says, unless its deadline
    /// comes before. The new root frame has the number of attempts before it for its path, waits for its
    /// moment, and nothing of the attempt before can commit any more; events that it had taken may be
    /// taken again. So it is wherever a root frame is given up. Any other settles its call in the
    /// parent's journal and wakes the parent if it sleeps; with `claim`, a parent woken is claimed for
    /// the caller. What the ended frame had still out is dropped.
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

    /// Whether an attempt of a claimed call was lost with whoever made it, so that nobody knows how it ended.
    fn was_lost(&self, lease: Lease) -> Result<bool>;
}
