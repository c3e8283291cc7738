//! Errors of the API: RFC 9457, `application/problem+json`.

use std::fmt;

use serde::{Deserialize, Serialize};
use tasker_domain::ErrorCode;
use utoipa::ToSchema;

/// An answer that says what went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The page that explains this code: `/errors/<code>` of this very server.
    #[serde(rename = "type")]
    pub kind: String,
    /// One line, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What it was this time.
    pub detail: String,
    /// The stable code to match on.
    pub code: String,
    /// What is wrong where, if the input does not fit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The methods that the path takes: the header `Allow`, for a method that it does not take.
    #[serde(skip)]
    pub allow: Option<String>,
    /// After how many seconds another try may succeed: the header `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

/// One thing that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldError {
    /// Where: a JSON Pointer (RFC 6901) into the input; empty for the whole.
    pub path: String,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    /// Media type of the answer.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";

    /// A problem of this code.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/errors/{code}"),
            title: code.title().to_owned(),
            status: match (code, code.http_status()) {
                (ErrorCode::ServiceUnavailable, _) => 503,
                // An error inside a task has no status of its own: as an answer it is the
                // server's fault.
                (_, 0) => 500,
                (_, status) => status,
            },
            detail: detail.into(),
            code: code.as_str().to_owned(),
            errors: Vec::new(),
            allow: None,
            retry_after: None,
        }
    }

    /// An input that does not fit its task.
    #[must_use]
    pub fn input_invalid(task: &str, errors: Vec<FieldError>) -> Self {
        let listed: Vec<_> = errors
            .iter()
            .map(|FieldError { path, message }| {
                let place = if path.is_empty() { "it" } else { path };
                format!("{place} {message}")
            })
            .collect();
        let detail = format!(
            "the input does not fit the task `{task}`: {}",
            listed.join("; ")
        );
        Self {
            errors,
            ..Self::new(ErrorCode::InputInvalid, detail)
        }
    }

    /// Whether it has this code.
    #[must_use]
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code == code.as_str()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.detail, self.code)
    }
}

impl std::error::Error for Problem {}
