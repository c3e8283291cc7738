//! Why an operation of the store failed.

use crate::postgres::Trouble;

/// An error of the store. Nothing was written, whatever it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The lease has passed to someone else, or its row is gone: the caller must stop.
    #[error("the lease has passed to another worker or its stack run is gone")]
    LeaseLost,
    /// The run is being stopped and the frame has not been told: it cannot sleep over new calls.
    #[error("the run is being stopped")]
    Stopping,
    /// A text holds the character NUL, which not every database keeps.
    #[error("a text holds the character NUL")]
    NulInText,
    /// The database has no room for more: its disk or quota is full, or its file is as large as it may be.
    #[error("the database cannot grow: {0}")]
    Full(String),
    /// The database's file is damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The database cannot be reached or refuses to work.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database cannot be used until somebody does something about it.
    #[error("the database is unavailable: {trouble}{}{reason}", if reason.is_empty() { "" } else { ": " })]
    Unusable {
        /// What is wrong, in words that anybody may read.
        trouble: Trouble,
        /// What was said of it, for the log.
        reason: String,
    },
    /// The database holds something that this build cannot read.
    #[error("the database holds unexpected data: {0}")]
    Unexpected(String),
}

/// For work that is no loss when its lease has passed on: `None` then, because someone else
/// does it or nobody needs it any more.
///
/// # Errors
/// Every error but [`Error::LeaseLost`].
pub fn unless_lost<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::LeaseLost) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The result of an operation of the store.
pub type Result<T> = std::result::Result<T, Error>;
