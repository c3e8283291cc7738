//! A run as the holder of a public token sees it.

use serde::{Deserialize, Serialize};
use tasker_domain::{self as domain, ErrorCode, ErrorValue, RunId, RunStatus};
use utoipa::ToSchema;

use crate::{RawJson, Timestamp, schema};

/// A run as `GET /runs/{id}` answers it to a public token: members of `Run`, without what concerns only those who run the
/// app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicRun {
    /// Its id.
    #[schema(schema_with = schema::id)]
    pub task_run_id: RunId,
    /// Where it is.
    #[schema(schema_with = schema::run_status)]
    pub status: RunStatus,
    /// Its result; `null` unless it completed.
    #[schema(required = true, value_type = RawJson)]
    pub result: Option<RawJson>,
    /// Why it ended; `null` unless it failed or was cancelled.
    #[schema(required = true)]
    pub error: Option<PublicError>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When its first slice began.
    #[schema(required = true)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(required = true)]
    pub finished_at: Option<Timestamp>,
}

/// An error as the holder of a public token sees it: without its stack and what an upstream answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicError {
    /// The class of the error, such as `TypeError`.
    pub name: String,
    /// What the task's author wrote; of an error with a code what the code means, and no more.
    pub message: String,
    /// A stable code; absent for an author's own exception without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl PublicRun {
    /// What of a run may be seen.
    ///
    /// # Errors
    /// If a stored value is not JSON.
    pub fn of(run: domain::Run) -> serde_json::Result<Self> {
        Ok(Self {
            task_run_id: run.id,
            status: run.status,
            result: run.result.map(RawJson::parse).transpose()?,
            error: run.error.map(PublicError::from),
            created_at: Timestamp::from_millis(run.created_at),
            started_at: run.started_at.map(Timestamp::from_millis),
            finished_at: run.finished_at.map(Timestamp::from_millis),
        })
    }
}

impl From<ErrorValue> for PublicError {
    fn from(error: ErrorValue) -> Self {
        let ErrorValue {
            name,
            message,
            code,
            ..
        } = error;
        Self {
            name,
            message: match &code {
                // Messages of services name hosts, and repeat what upstreams said.
                Some(code) => meaning(code).to_owned(),
                None => message,
            },
            code,
        }
    }
}

fn meaning(code: &str) -> &'static str {
    let known = ErrorCode::ALL.iter().find(|known| known.as_str() == code);
    known.map_or("The task failed", |code| code.title())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_its_author_wrote_and_nothing_of_the_inside() {
        let seen = |code: Option<&str>| {
            let error = ErrorValue {
                name: "Error".to_owned(),
                code: code.map(str::to_owned),
                stack: Some("at secret.js:1:1".to_owned()),
                body: Some("\"secret\"".to_owned()),
                status: Some(500),
                ..ErrorValue::new(ErrorCode::UpstreamFailed, "https://inside said: secret")
            };
            let shown = serde_json::to_value(PublicError::from(error)).unwrap();
            let members = shown.as_object().unwrap().len();
            (shown["message"].as_str().unwrap().to_owned(), members)
        };
        assert_eq!(seen(None), ("https://inside said: secret".to_owned(), 2));
        assert_eq!(
            seen(Some("upstream_failed")),
            ("The upstream answered with an error".to_owned(), 3)
        );
        assert_eq!(
            seen(Some("card_declined")),
            ("The task failed".to_owned(), 3)
        );
    }
}
