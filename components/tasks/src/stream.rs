//! Answers that are made while they are sent.

use tasker_domain::RunId;
use tasker_host::http::Gone;
use tasker_host::log;

/// Why such an answer ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Gone(#[from] Gone),
    #[error(transparent)]
    Store(#[from] tasker_store::Error),
    #[error("a stored value is not JSON: {0}")]
    Json(#[from] serde_json::Error),
}

pub(crate) type Result<T = ()> = std::result::Result<T, Error>;

/// Logs why an answer about a run ended early. A client that has gone is not worth a line.
pub(crate) fn ended(what: &str, run: RunId, outcome: Result) {
    match outcome {
        Ok(()) | Err(Error::Gone(_)) => {}
        Err(error) => log::error(format!("{what}: {error}")).run(run).write(),
    }
}
