//! Failures as clients may see them. What only an operator may see goes to the log.

use std::cell::Cell;
use std::fmt::Display;
use std::ops::{Deref, DerefMut};

use tasker_api::Problem;
use tasker_domain::ErrorCode;
use tasker_engine::submission;
use tasker_host::{HostStore, log};
use tasker_store::Error as StoreError;

use crate::route::NoMatch;

/// Why a call was not done: the problem that is its answer.
#[derive(Debug)]
pub(crate) struct Error(Box<Problem>);

/// What a call gives, or why it was not done.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Problem::new(code, detail).into()
    }
}

impl Deref for Error {
    type Target = Problem;

    fn deref(&self) -> &Problem {
        &self.0
    }
}

impl DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Problem {
        &mut self.0
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<NoMatch> for Error {
    fn from(no_match: NoMatch) -> Self {
        Problem::from(no_match).into()
    }
}

impl From<submission::Error> for Error {
    fn from(error: submission::Error) -> Self {
        match error {
            submission::Error::Refused(problem) => Self(problem),
            submission::Error::Store(error) => error.into(),
            error => internal(error),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Unusable { .. } => {
                log::error(format!("store: {error}")).write();
                Self::new(
                    ErrorCode::StoreUnavailable,
                    "the database does not answer at the moment; try again",
                )
            }
            StoreError::Full(reason) => {
                log::error(format!("store: {reason}")).write();
                Self::new(
                    ErrorCode::StoreFull,
                    "the database has no room to grow: nothing was done; make room, and try again",
                )
            }
            StoreError::Damaged(reason) => {
                log::error(format!("store: {reason}")).write();
                Self::new(
                    ErrorCode::StoreDamaged,
                    "the database's file is damaged: nothing was done; this error's page says how to get it back",
                )
            }
            StoreError::NulInText => Self::new(
                ErrorCode::TextInvalid,
                "a text of the request holds the character NUL",
            ),
            error => internal(error),
        }
    }
}

thread_local! {
    /// A store that is open and not in use: an instance serves one request.
    static KEPT: Cell<Option<HostStore>> = const { Cell::new(None) };
}

/// The store, ready for use.
pub(crate) fn store() -> Result<HostStore> {
    match KEPT.take() {
        Some(store) => Ok(store),
        None => Ok(tasker_host::open_store()?),
    }
}

/// Keeps a store for the next one who wants it.
pub(crate) fn keep_store(store: HostStore) {
    KEPT.set(Some(store));
}

/// Something that should not happen.
pub(crate) fn internal(error: impl Display) -> Error {
    log::error(format!("internal error: {error}")).write();
    Error::new(ErrorCode::Internal, "Tasker failed; its log says why")
}

pub(crate) fn no_run(id: impl Display) -> Error {
    Error::new(ErrorCode::RunNotFound, format!("there is no run `{id}`"))
}

pub(crate) fn no_task(name: &str) -> Error {
    submission::no_task(name).into()
}

/// Refuses texts that the store cannot hold.
pub(crate) fn refuse_nul(texts: &[String]) -> Result<()> {
    match texts.iter().any(|text| text.contains('\0')) {
        true => Err(StoreError::NulInText.into()),
        false => Ok(()),
    }
}
