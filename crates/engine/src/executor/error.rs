//! Why a slice could not be run. Never the task's own fault: that is an outcome.

/// A failure of the executor.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] tasker_store::Error),
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] tasker_world::config::Error),
    /// The VM failed.
    #[error(transparent)]
    Vm(#[from] tasker_vm::Error),
    /// The modules of a task cannot be read.
    #[error("the modules of task `{task}` are not readable: {reason}")]
    Modules {
        /// The task.
        task: String,
        /// What is wrong with them.
        reason: serde_json::Error,
    },
    /// Nothing would ever settle a call.
    #[error("call {0} is out, but neither in the queue nor known to the slice")]
    LostCall(u32),
}

/// What a slice gives.
pub type Result<T> = std::result::Result<T, Error>;
