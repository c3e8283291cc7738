//! Changing many runs at once: those that fit a filter.

use serde::{Deserialize, Serialize};
use tasker_domain::{ErrorCode, RunId, RunStatus};
use utoipa::ToSchema;

use crate::{
    CancelRun, Cursor, PAGE_MAX, Problem, RawJson, Timestamp, Versions, check_cancel,
    check_task_name, schema,
};

/// Runs that one request changes if the client does not say.
pub const BULK_DEFAULT: u32 = 100;

/// A run's id is made a moment after its record's times, on a clock that may have been set back in between.
const ID_TOLERANCE_MS: i64 = 60_000;

/// What is done to runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    /// Cancels what has not ended.
    Cancel,
    /// Pauses what has not ended and is not paused.
    Pause,
    /// Lets what is paused go on.
    Resume,
    /// Runs again what has ended: what failed, if the filter has no status.
    Retry,
}

/// Which runs: those that fit all of what is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunsFilter {
    /// Only runs of this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::run_status_or_null, required = false)]
    pub status: Option<RunStatus>,
    /// Only runs of this task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Only runs of this schedule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Only runs that were submitted at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_after: Option<Timestamp>,
    /// Only runs that were submitted before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_before: Option<Timestamp>,
}

/// `POST /runs/pause` and `/runs/resume`: which runs are changed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeRuns {
    /// Which runs. Read apart, so that what is wrong with it has a code of its own.
    #[serde(default = "RawJson::empty_object")]
    #[schema(value_type = RunsFilter, required = false)]
    pub filter: RawJson,
    /// All runs that this call can change; there is no filter then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub all: bool,
    /// Tells which runs fit and changes none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub dry_run: bool,
    /// How many runs at most: 1 to 200, else 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u32>,
    /// `nextCursor` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// `POST /runs/cancel`: which runs are cancelled, and how.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CancelRuns {
    /// Which runs.
    #[serde(default = "RawJson::empty_object")]
    #[schema(value_type = RunsFilter, required = false)]
    pub filter: RawJson,
    /// All runs that have not ended; there is no filter then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub all: bool,
    /// Tells which runs fit and changes none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub dry_run: bool,
    /// How many runs at most: 1 to 200, else 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u32>,
    /// `nextCursor` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Why; at most 1,000 characters. Kept with each run, and told to its tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who asks for it, in their own words; at most 200 characters. Kept with each run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Ends the runs at once: their tasks cannot clean up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub force: bool,
}

/// `POST /runs/retry`: which runs are run again, and at which versions.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryRuns {
    /// Which runs. Read apart, so that what is wrong with it has a code of its own.
    #[serde(default = "RawJson::empty_object")]
    #[schema(value_type = RunsFilter, required = false)]
    pub filter: RawJson,
    /// All runs that this call can run again; there is no filter then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub all: bool,
    /// Tells which runs fit and makes none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub dry_run: bool,
    /// How many runs at most: 1 to 200, else 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 200, default = 100)]
    pub limit: Option<u32>,
    /// `nextCursor` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// At which versions.
    #[serde(default, skip_serializing_if = "Versions::is_newest")]
    #[schema(required = false)]
    pub version: Versions,
}

/// What one request did to the runs that fit, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangedRuns {
    /// How many runs fitted.
    pub matched: u32,
    /// How many of them were changed.
    pub changed: u32,
    /// How many were left as they are: they had ended meanwhile, were being stopped, had been run
    /// again by such a call before, or do not fit the newest version of their task.
    pub skipped: u32,
    /// The runs that were changed; for a retry the new ones, for a dry run those that would be.
    #[schema(schema_with = schema::ids)]
    pub task_run_ids: Vec<RunId>,
    /// Whether there may be more: ask again with `nextCursor` as `cursor`.
    pub more: bool,
    /// Where the next request goes on; `null` if this was the last.
    #[schema(required = true)]
    pub next_cursor: Option<String>,
}

/// Which runs one request changes, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    action: BulkAction,
    /// What runs must fit.
    pub filter: RunsFilter,
    /// How many at most.
    pub limit: u32,
    /// Only runs older than this one.
    pub before: Option<RunId>,
    /// Whether nothing is changed.
    pub dry_run: bool,
}

impl CancelRuns {
    /// How to cancel, and which runs.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`], [`ErrorCode::FilterInvalid`].
    pub fn check(self) -> Result<(CancelRun, Selection), Problem> {
        let cancel = CancelRun {
            reason: self.reason,
            by: self.by,
            force: self.force,
        };
        check_cancel(&cancel)?;
        let runs = ChangeRuns {
            filter: self.filter,
            all: self.all,
            dry_run: self.dry_run,
            limit: self.limit,
            cursor: self.cursor,
        };
        Ok((cancel, runs.check(BulkAction::Cancel)?))
    }
}

impl RetryRuns {
    /// At which versions to run again, and which runs.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`], [`ErrorCode::FilterInvalid`].
    pub fn check(self) -> Result<(Versions, Selection), Problem> {
        let runs = ChangeRuns {
            filter: self.filter,
            all: self.all,
            dry_run: self.dry_run,
            limit: self.limit,
            cursor: self.cursor,
        };
        Ok((self.version, runs.check(BulkAction::Retry)?))
    }
}

impl ChangeRuns {
    /// Which runs are to be changed.
    ///
    /// # Errors
    /// [`ErrorCode::BadRequest`], [`ErrorCode::FilterInvalid`].
    pub fn check(self, action: BulkAction) -> Result<Selection, Problem> {
        let mut filter: RunsFilter = self
            .filter
            .read()
            .map_err(|error| invalid(format!("`filter`: {error}")))?;
        match (filter == RunsFilter::default(), self.all) {
            (true, false) => {
                return Err(invalid(
                    "`filter` is empty: to change all runs, say `\"all\": true`",
                ));
            }
            (false, true) => return Err(invalid("give `filter` or `all`, not both")),
            _ => {}
        }
        if let Some(status) = filter.status
            && !action.fits(status)
        {
            return Err(invalid(format!(
                "`status`: a run that is {status} cannot be {}",
                action.done()
            )));
        }
        if let Some(task) = &filter.task {
            check_task_name(task)
                .map_err(|problem| invalid(format!("`task`: {}", problem.detail)))?;
        }
        if let (Some(after), Some(before)) = (filter.created_after, filter.created_before)
            && after >= before
        {
            return Err(invalid("`createdBefore` must be after `createdAfter`"));
        }
        if action == BulkAction::Retry {
            filter.status.get_or_insert(RunStatus::Failed);
        }
        let limit = self.limit.unwrap_or(BULK_DEFAULT);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(invalid(format!("`limit` must be 1 to {PAGE_MAX}")));
        }
        let cursor = self.cursor.map(|cursor| cursor.parse::<Cursor<RunId>>());
        let cursor = cursor
            .transpose()
            .map_err(|error| invalid(format!("`cursor` is {error}")))?;
        let newest = filter
            .created_before
            .map(|moment| id_at(moment.millis().saturating_add(ID_TOLERANCE_MS)));
        Ok(Selection {
            action,
            limit,
            before: cursor.map(|Cursor(id)| id).into_iter().chain(newest).min(),
            dry_run: self.dry_run,
            filter,
        })
    }
}

impl Selection {
    /// Whether a run fits. `created_at` is in milliseconds since the Unix epoch.
    #[must_use]
    pub fn fits(&self, status: RunStatus, schedule: Option<&str>, created_at: i64) -> bool {
        let RunsFilter {
            created_after,
            created_before,
            ..
        } = &self.filter;
        self.filter
            .status
            .map_or_else(|| self.action.fits(status), |of| of == status)
            && self
                .filter
                .schedule
                .as_deref()
                .is_none_or(|of| schedule == Some(of))
            && created_after.is_none_or(|moment| created_at >= moment.millis())
            && created_before.is_none_or(|moment| created_at < moment.millis())
    }

    /// Whether this run and all older ones were submitted too early to fit.
    #[must_use]
    pub fn is_past(&self, run: RunId) -> bool {
        let moment = self.filter.created_after;
        moment.is_some_and(|moment| run < id_at(moment.millis().saturating_sub(ID_TOLERANCE_MS)))
    }
}

impl BulkAction {
    /// Whether it can do something with a run of this status.
    fn fits(self, status: RunStatus) -> bool {
        match self {
            Self::Cancel => !status.is_terminal(),
            Self::Pause => !status.is_terminal() && status != RunStatus::Paused,
            Self::Resume => status == RunStatus::Paused,
            Self::Retry => status.is_terminal(),
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Cancel => "cancelled",
            Self::Pause => "paused",
            Self::Resume => "resumed",
            Self::Retry => "run again",
        }
    }
}

/// The first id of a moment.
fn id_at(millis: i64) -> RunId {
    RunId::new(millis, [0; 10])
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(ErrorCode::FilterInvalid, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(body: serde_json::Value) -> ChangeRuns {
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn filters_are_checked() {
        use BulkAction::{Cancel, Pause, Resume, Retry};
        use serde_json::json;

        for (action, body) in [
            (Cancel, json!({})),
            (Cancel, json!({"filter": {}})),
            (Cancel, json!({"filter": {"task": "a"}, "all": true})),
            (Cancel, json!({"filter": {"task": ""}})),
            (Cancel, json!({"filter": {"task": 1}})),
            (Cancel, json!({"filter": {"tsak": "a"}})),
            (Cancel, json!({"filter": []})),
            (Cancel, json!({"filter": null})),
            (Cancel, json!({"filter": {"status": "completed"}})),
            (Cancel, json!({"filter": {"status": "done"}})),
            (Pause, json!({"filter": {"status": "paused"}})),
            (Resume, json!({"filter": {"status": "queued"}})),
            (Retry, json!({"filter": {"status": "processing"}})),
            (Retry, json!({"filter": {"createdAfter": "yesterday"}})),
            (
                Retry,
                json!({"filter": {"createdAfter": "2026-01-31T00:00:00Z", "createdBefore": "2026-01-31T00:00:00Z"}}),
            ),
            (Retry, json!({"all": true, "limit": 0})),
            (Retry, json!({"all": true, "limit": 201})),
            (Retry, json!({"all": true, "cursor": "x"})),
        ] {
            let problem = change(body.clone()).check(action).unwrap_err();
            assert!(problem.is(ErrorCode::FilterInvalid), "{body}: {problem}");
        }

        let all = |action| change(json!({"all": true})).check(action).unwrap();
        let fitting = |selection: &Selection| {
            let fits = |status: &&RunStatus| selection.fits(**status, None, 0);
            RunStatus::ALL
                .iter()
                .filter(fits)
                .map(|status| status.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            fitting(&all(Cancel)),
            ["queued", "processing", "suspended", "paused"]
        );
        assert_eq!(fitting(&all(Pause)), ["queued", "processing", "suspended"]);
        assert_eq!(fitting(&all(Resume)), ["paused"]);
        assert_eq!(fitting(&all(Retry)), ["failed"]);
        let cancelled = change(json!({"filter": {"status": "cancelled"}}))
            .check(Retry)
            .unwrap();
        assert_eq!(fitting(&cancelled), ["cancelled"]);
    }

    #[test]
    fn times_bound_what_is_looked_at() {
        let day = 86_400_000;
        let selection = change(serde_json::json!({"filter": {
            "createdAfter": "1970-01-02T00:00:00Z", "createdBefore": "1970-01-03T00:00:00Z", "schedule": "s",
        }}));
        let selection = selection.check(BulkAction::Pause).unwrap();
        let fits = |at| selection.fits(RunStatus::Queued, Some("s"), at);
        assert_eq!(
            [day - 1, day, 2 * day - 1, 2 * day].map(fits),
            [false, true, true, false]
        );
        assert!(!selection.fits(RunStatus::Queued, None, day));
        assert!(selection.before.unwrap() > RunId::new(2 * day, [0; 10]));
        assert!(!selection.is_past(RunId::new(day - 1, [0; 10])));
        assert!(selection.is_past(RunId::new(day - 120_000, [0; 10])));
        // The further on, the older.
        let on = ChangeRuns {
            cursor: Some(Cursor(RunId::new(day, [0; 10])).to_string()),
            ..change(serde_json::json!({"filter": {"createdBefore": "1970-01-03T00:00:00Z"}}))
        };
        let on = on.check(BulkAction::Pause).unwrap();
        assert_eq!(on.before, Some(RunId::new(day, [0; 10])));
    }
}
