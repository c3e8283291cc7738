//! Why a slice could not be run. Never the task's own fault: that is an outcome.

/// A failure of the executor.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Store(#[from] tasker_store::Error),
    #[error(transparent)]
    Config(#[from] tasker_host::config::Error),
    #[error(transparent)]
    Vm(#[from] tasker_vm::Error),
    #[error("the modules of task `{task}` are not readable: {reason}")]
    Modules {
        task: String,
        reason: serde_json::Error,
    },
    #[error("call {0} is out, but neither in the queue nor known to the slice")]
    LostCall(u32),
}

pub(crate) type Result<T> = std::result::Result<T, Error>;
