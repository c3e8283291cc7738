use crate::EngineHash;

/// What can go wrong between the executor and the VM. What goes wrong *inside* a task is not
/// here: that is a [`tasker_domain::Outcome`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The limits cannot hold a VM.
    #[error("limit `{name}` must be between {min} and {max}, not {value}")]
    Limit {
        /// The field of [`crate::Limits`].
        name: &'static str,
        /// Smallest value that works.
        min: usize,
        /// Largest value that works.
        max: usize,
        /// The value that was given.
        value: usize,
    },
    /// The engine could not be set up. A defect of the build, not of a task.
    #[error("the JavaScript engine did not start: {0}")]
    Boot(String),
    /// A delivery for a call that the task never made, or that has settled already.
    #[error("call {0} is not outstanding")]
    NotOutstanding(u32),
    /// A delivery whose value is not JSON text.
    #[error("the value of call {call} is not JSON: {message}")]
    NotJson {
        /// The call's number.
        call: u32,
        /// The parser's words.
        message: String,
    },
    /// A snapshot was asked for while the task was not asleep: not started, not pumped to
    /// quiescence, or finished.
    #[error("a snapshot can be taken only of a frame that waits")]
    NotWaiting,
    /// The frame's state is larger than the limit allows.
    #[error("the snapshot has {bytes} bytes; the limit is {limit}")]
    SnapshotTooLarge {
        /// Size after compression.
        bytes: usize,
        /// [`crate::Limits::snapshot_bytes`]
        limit: usize,
    },
}

/// Why a snapshot was not restored. In each case a replay from the start gives the same state.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It was made by another build of the engine.
    #[error("snapshot of engine {found}, this is engine {own}")]
    Engine {
        /// The engine named in the snapshot.
        found: EngineHash,
        /// The engine of this build.
        own: EngineHash,
    },
    /// Not a snapshot, or one of a format that this build does not know.
    #[error("not a snapshot of a known format")]
    Format,
    /// The bytes are not those that were saved.
    #[error("damaged snapshot: {0}")]
    Damaged(&'static str),
    /// The state needs more memory than the limits allow.
    #[error("the snapshot needs {needed} bytes of memory; the limit is {limit}")]
    Memory {
        /// Bytes of VM memory that the state spans.
        needed: usize,
        /// [`crate::Limits::memory_bytes`]
        limit: usize,
    },
    /// The VM to restore into could not be booted.
    #[error(transparent)]
    Boot(#[from] Error),
}
