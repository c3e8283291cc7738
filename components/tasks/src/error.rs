//! Failures as clients may see them. What an operator alone may see goes to the log.

use std::fmt::Display;

use tasker_api::Problem;
use tasker_domain::ErrorCode;
use tasker_host::{HostStore, log};
use tasker_store::Error as StoreError;

use crate::Result;

/// The store, ready for use.
pub(crate) fn store() -> Result<HostStore> {
    tasker_host::open_store().map_err(store_failed)
}

pub(crate) fn store_failed(error: StoreError) -> Problem {
    match error {
        StoreError::Unavailable(_) | StoreError::Unusable { .. } => {
            log::error(format!("store: {error}")).write();
            Problem::new(
                ErrorCode::StoreUnavailable,
                "the database does not answer at the moment; try again",
            )
        }
        StoreError::Full(reason) => {
            log::error(format!("store: {reason}")).write();
            Problem::new(
                ErrorCode::StoreFull,
                "the database has no room to grow: nothing was done; make room, and try again",
            )
        }
        StoreError::Damaged(reason) => {
            log::error(format!("store: {reason}")).write();
            Problem::new(
                ErrorCode::StoreDamaged,
                "the database's file is damaged: nothing was done; this error's page says how to get it back",
            )
        }
        StoreError::NulInText => Problem::new(
            ErrorCode::TextInvalid,
            "a text of the request holds the character NUL",
        ),
        error => internal(error),
    }
}

/// Something that should not happen.
pub(crate) fn internal(error: impl Display) -> Problem {
    log::error(format!("internal error: {error}")).write();
    Problem::new(ErrorCode::Internal, "Tasker failed; its log says why")
}

pub(crate) fn no_run(id: impl Display) -> Problem {
    Problem::new(ErrorCode::RunNotFound, format!("there is no run `{id}`"))
}

pub(crate) fn no_task(name: &str) -> Problem {
    Problem::new(
        ErrorCode::TaskNotFound,
        format!("no task `{name}` is published"),
    )
}
