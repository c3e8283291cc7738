//! Values that cross between task code, the journal and services.

use serde::{Deserialize, Serialize};

use crate::ErrorCode;

/// JSON text that is known to be well-formed. Values stay text from the VM to the database and
/// back: nothing between them needs their structure.
pub type Json = String;

/// An error as JavaScript sees it. Thrown in a child, journaled, and thrown again in the parent
/// with everything that a `catch` block may look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorValue {
    /// The class of the error, such as `TypeError`. Becomes `error.name`.
    pub name: String,
    /// What went wrong, for people.
    pub message: String,
    /// A stable code from [`crate::ErrorCode`] or from a service; `None` for an author's own
    /// exception that has no string `code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Where it was thrown: task files and lines only, never engine internals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// HTTP status of the upstream's answer, for errors of wrapped services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of the upstream's answer, cut to a bound, for errors of wrapped services: JSON text,
    /// a string if the body was no JSON. Becomes `error.body`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Json>,
    /// How often the call was tried, if more than once. Becomes `error.attempts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// What brought it about. Becomes `error.cause`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Reason>>,
    /// All that went wrong, of an `AggregateError`. Becomes `error.errors`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<Reason>>,
    /// An object of the other properties that its author gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Json>,
}

/// What an error came from: another error, or any value that was thrown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// An error.
    Error(ErrorValue),
    /// A value that is none.
    Value(Json),
}

impl ErrorValue {
    /// An error of Tasker's own, named `Error`.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code: Some(code.as_str().to_owned()),
            ..Self::plain(message)
        }
    }

    /// An error named `Error` with a message alone.
    #[must_use]
    pub fn plain(message: impl Into<String>) -> Self {
        Self {
            name: "Error".to_owned(),
            message: message.into(),
            code: None,
            stack: None,
            status: None,
            body: None,
            attempts: None,
            cause: None,
            errors: None,
            own: None,
        }
    }

    /// Whether this is the given error of Tasker's.
    #[must_use]
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code.as_deref() == Some(code.as_str())
    }
}

/// How a call, a frame or a run ended: a JSON value, or an error.
pub type Outcome = Result<Json, ErrorValue>;
