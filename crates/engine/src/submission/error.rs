//! Why no run was made.

use std::fmt::Display;

use tasker_api::Problem;
use tasker_domain::ErrorCode;

/// Why no run was made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What is wanted cannot be had: what a client is told.
    #[error(transparent)]
    Refused(Box<Problem>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] tasker_store::Error),
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] tasker_world::config::Error),
    /// Something that should not happen.
    #[error("{0}")]
    Internal(String),
}

/// What making a run gives.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Problem::new(code, detail).into()
    }

    pub(crate) fn internal(error: impl Display) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

/// There is no such task.
#[must_use]
pub fn no_task(name: &str) -> Problem {
    Problem::new(
        ErrorCode::TaskNotFound,
        format!("no task `{name}` is published"),
    )
}
