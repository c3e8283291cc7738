//! What goes into a VM and what comes out.

use tasker_domain::{Call, Json, LogLine, Outcome, Progress};

/// What a frame begins with. Everything that a task can see and that differs between runs is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The task's first argument, JSON text.
    pub input: Json,
    /// Seed of `Math.random`.
    pub seed: u64,
    /// The virtual clock's first reading, milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// Becomes `context.run.id`.
    pub run_id: String,
    /// Becomes `context.run.frame`.
    pub frame: String,
}

/// Where a frame stands when no job is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It continues when one of its calls settles.
    Waiting {
        /// Calls that are out, those of this turn included; at least 1.
        outstanding: usize,
    },
    /// It is over; calls that are still out are no longer needed.
    Finished(Outcome),
}

/// What one run to quiescence produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// New calls, by number.
    pub calls: Vec<Call>,
    /// Numbers of earlier calls that are no longer out: timers that the task has cleared, waits and sleeps that lost
    /// a race. One that has settled meanwhile must not be delivered.
    pub withdrawn: Vec<u32>,
    /// New log lines, by index; where there were too many, the first and the newest of them.
    pub logs: Vec<LogLine>,
    /// How far the task has last said in this turn that the run is.
    pub progress: Option<Progress>,
    /// Where the frame stands now.
    pub state: State,
}

/// A call that is out, and where the task made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCall {
    /// Its number.
    pub number: u32,
    /// `service.method.path`
    pub label: String,
    /// The lines of the stack at that moment that are in the task's files, the innermost first.
    pub stack: String,
}

/// A sleeping frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// As stored: header and compressed difference to the booted VM.
    pub bytes: Vec<u8>,
    /// Bytes of the difference before compression.
    pub raw_bytes: usize,
}
