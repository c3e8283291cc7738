//! Query strings.

use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tasker_domain::{ErrorCode, RunId, RunStatus};
use utoipa::IntoParams;

use crate::{Cursor, Problem};

/// The query of a call that takes none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

/// The query of `GET /tasks/status/{taskRunId}` and `GET /runs/{id}`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// How many seconds to wait for the run to end, at most; more than 60 waits 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 0, maximum = 60)]
    pub wait: Option<f64>,
}

/// The query of a list that has no filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items at most: 1 to 200, else 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The query of a call that is made step by step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CursorQuery {
    /// `nextCursor` of the step before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The query of `GET /runs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RunsQuery {
    /// Only runs of this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(schema_with = crate::schema::run_status)]
    pub status: Option<RunStatus>,
    /// Only runs of this task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Only runs with this tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Only runs whose id begins so, as in `019c2a5e-7d`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(min_length = 1, max_length = 36)]
    pub id: Option<String>,
    /// How many items at most: 1 to 200, else 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The query of `GET /runs/{id}/logs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LogsQuery {
    /// How many lines at most: 1 to 200, else 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// Only lines whose `seq` is greater. Following a log: ask again with the last `seq` seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
}

/// The query of `GET /runs/{id}/events`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Whether settled calls are told; `true` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(default = true)]
    pub calls: Option<bool>,
    /// Whether log lines are told; `true` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(default = true)]
    pub logs: Option<bool>,
}

/// The query of `GET /schedules/{name}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TimesQuery {
    /// How many next times are shown: 0 to 100, else 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 0, maximum = 100, default = 5)]
    pub times: Option<u32>,
}

/// The ids that begin as a query says.
///
/// # Errors
/// [`ErrorCode::BadRequest`] if no id can begin so.
pub fn id_range(beginning: &str) -> Result<RangeInclusive<RunId>, Problem> {
    let range = RunId::beginning(beginning).filter(|_| !beginning.is_empty());
    range.ok_or_else(|| {
        Problem::new(
            ErrorCode::BadRequest,
            "the query: `id` is no beginning of a run's id",
        )
    })
}

/// Reads the cursor of a query.
///
/// # Errors
/// [`ErrorCode::BadRequest`] if no page of this list gave it out.
pub fn parse_cursor<K: FromStr>(cursor: Option<&str>) -> Result<Option<K>, Problem> {
    cursor
        .map(|cursor| cursor.parse().map(|Cursor(key)| key))
        .transpose()
        .map_err(|error| {
            Problem::new(
                ErrorCode::BadRequest,
                format!("the query: `cursor` is {error}"),
            )
        })
}

/// Reads a query string (without its `?`).
///
/// # Errors
/// [`ErrorCode::BadRequest`] for a parameter that the call does not take, that stands twice, or
/// whose value cannot be read.
pub fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    serde_urlencoded::from_str(query)
        .map_err(|error| Problem::new(ErrorCode::BadRequest, format!("the query: {error}")))
}
