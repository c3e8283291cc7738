//! Schedules: when which task is run by itself.

use serde::{Deserialize, Serialize};
use tasker_domain::{self as domain, CatchUp, ErrorCode, Origin, Overlap, RunId, Skipped};
use utoipa::ToSchema;

use crate::{Problem, RawJson, TASK_NAME_MAX, Timestamp, schema};

/// Most schedules that a task's code may declare.
pub const SCHEDULES_MAX: usize = 20;
/// Most next times that are shown of a schedule.
pub const TIMES_MAX: u32 = 100;
/// Next times that are shown if the client does not say how many.
pub const TIMES_DEFAULT: u32 = 5;

/// `PUT /schedules/{name}`: when a task is to be run by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SetSchedule {
    /// The task to run, at the version that is current then.
    #[schema(example = "nested-calls-test")]
    pub task_name: String,
    /// When: a cron expression of five fields, or six with seconds first.
    #[schema(example = "0 9 * * 1-5")]
    pub cron: String,
    /// The time zone in which the expression is meant: a name of the IANA database; `UTC` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "Europe/Amsterdam")]
    pub time_zone: Option<String>,
    /// What each run is given; an empty object if absent.
    #[serde(default = "RawJson::empty_object")]
    #[schema(required = false)]
    pub input: RawJson,
    /// What happens when a run of the schedule still goes on: `skip` (the default), `queue`, `allow`
    /// or `cancel-previous`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlap: Option<String>,
    /// What happens to moments that passed while the app was down: `none`, `last` (the default: one
    /// run for the last of them) or `all` (a run for each, up to 100; not with `cancel-previous`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<String>,
    /// Whether it is paused; absent: as it was, or not if it is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// The task that it runs.
    pub task_name: String,
    /// `code` if the task declares it with `@schedule`, `api` if it was made here.
    #[schema(schema_with = schema::origin)]
    pub origin: String,
    /// The cron expression.
    pub cron: String,
    /// The time zone of the expression.
    pub time_zone: String,
    /// What each run is given.
    pub input: RawJson,
    /// What happens when a run of it still goes on.
    #[schema(schema_with = schema::overlap)]
    pub overlap: String,
    /// What happens to moments that passed while the app was down.
    #[schema(schema_with = schema::catch_up)]
    pub catch_up: String,
    /// Whether it is paused.
    pub paused: bool,
    /// When it fires next; `null` if it is paused or never does again.
    #[schema(required = true)]
    pub next_at: Option<Timestamp>,
    /// The next times at which it fires, in order. Not in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next_times: Vec<Timestamp>,
    /// The moment whose run waits for the one before to end; of several, the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queued_for: Option<Timestamp>,
    /// How many runs wait, at most 100.
    #[serde(default)]
    pub queued: u32,
    /// The last of its moments that has passed.
    #[schema(required = true)]
    pub last_at: Option<Timestamp>,
    /// The last run that it made.
    #[schema(required = true, value_type = Option<String>)]
    pub last_run_id: Option<RunId>,
    /// Why its last moment made no run, if it should have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_problem: Option<String>,
    /// Its moments that made no run since it was made, and why the last of them made none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<SkippedMoments>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last set, paused or resumed.
    pub updated_at: Timestamp,
}

/// Moments of a schedule that made no run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SkippedMoments {
    /// How many; of those that are skipped at once, 1,000 are counted at most.
    pub moments: u64,
    /// The last of them.
    pub last_at: Timestamp,
    /// Why that one made none.
    #[schema(schema_with = schema::why_skipped)]
    pub why: String,
}

impl From<Skipped> for SkippedMoments {
    fn from(skipped: Skipped) -> Self {
        Self {
            moments: skipped.moments,
            last_at: Timestamp::from_millis(skipped.last_at),
            why: skipped.why.to_string(),
        }
    }
}

impl Schedule {
    /// A schedule with its next times.
    ///
    /// # Errors
    /// If its stored input is not JSON.
    pub fn new(schedule: domain::Schedule, next_times: Vec<i64>) -> serde_json::Result<Self> {
        let at = |moment: Option<i64>| moment.map(Timestamp::from_millis);
        Ok(Self {
            name: schedule.name,
            task_name: schedule.task,
            origin: schedule.origin.to_string(),
            cron: schedule.cron,
            time_zone: schedule.time_zone,
            input: RawJson::parse(schedule.input)?,
            overlap: schedule.overlap.to_string(),
            catch_up: schedule.catch_up.to_string(),
            paused: schedule.paused,
            next_at: at(schedule.next_at.filter(|_| !schedule.paused)),
            next_times: next_times.into_iter().map(Timestamp::from_millis).collect(),
            queued_for: at(schedule.queued.first().copied()),
            queued: u32::try_from(schedule.queued.len()).unwrap_or(u32::MAX),
            last_at: at(schedule.last_at),
            last_run_id: schedule.last_run,
            last_problem: schedule.last_problem,
            skipped: schedule.skipped.map(SkippedMoments::from),
            created_at: Timestamp::from_millis(schedule.created_at),
            updated_at: Timestamp::from_millis(schedule.updated_at),
        })
    }

    /// Whether the task's code declares it.
    #[must_use]
    pub fn is_of_code(&self) -> bool {
        self.origin == Origin::Code.as_str()
    }
}

impl TryFrom<domain::Schedule> for Schedule {
    type Error = serde_json::Error;

    fn try_from(schedule: domain::Schedule) -> serde_json::Result<Self> {
        Self::new(schedule, Vec::new())
    }
}

/// Checks the name of a schedule: as that of a task. Names with a colon are those of schedules that
/// a task's code declares.
///
/// # Errors
/// [`ErrorCode::BadRequest`].
pub fn check_schedule_name(name: &str) -> Result<(), Problem> {
    crate::check_task_name(name).map_err(|_| {
        Problem::new(
            ErrorCode::BadRequest,
            format!(
                "a schedule's name has 1 to {TASK_NAME_MAX} letters, digits, '.', '_', '-' or '/' \
                 and begins with neither '/' nor '.'"
            ),
        )
    })
}

/// The policies that two words mean; `skip` and `last` without them.
///
/// # Errors
/// [`ErrorCode::SchedulePolicyInvalid`], also for two that contradict each other.
pub fn policies(
    overlaps: Option<&str>,
    catches_up: Option<&str>,
) -> Result<(Overlap, CatchUp), Problem> {
    match (overlap(overlaps)?, catch_up(catches_up)?) {
        (Overlap::CancelPrevious, CatchUp::All) => Err(Problem::new(
            ErrorCode::SchedulePolicyInvalid,
            "`overlap` is `cancel-previous` and `catchUp` is `all`: each missed moment would make a run only to \
             cancel it for the next one; use `catchUp` `last`, or `overlap` `queue` or `allow`",
        )),
        policies => Ok(policies),
    }
}

/// The overlap policy that a word means; `skip` without one.
fn overlap(word: Option<&str>) -> Result<Overlap, Problem> {
    policy(
        "overlap",
        word,
        Overlap::Skip,
        Overlap::parse,
        &words(Overlap::ALL),
    )
}

/// The catch-up policy that a word means; `last` without one.
fn catch_up(word: Option<&str>) -> Result<CatchUp, Problem> {
    policy(
        "catchUp",
        word,
        CatchUp::Last,
        CatchUp::parse,
        &words(CatchUp::ALL),
    )
}

fn policy<T>(
    name: &str,
    word: Option<&str>,
    default: T,
    parse: impl FnOnce(&str) -> Option<T>,
    words: &str,
) -> Result<T, Problem> {
    let Some(word) = word else {
        return Ok(default);
    };
    parse(word).ok_or_else(|| {
        let shown: String = word.chars().take(40).collect();
        Problem::new(
            ErrorCode::SchedulePolicyInvalid,
            format!("`{name}` is `{shown}`; it may be {words}"),
        )
    })
}

/// The words of a policy, for people.
fn words<T: ToString>(all: &[T]) -> String {
    let words: Vec<_> = all
        .iter()
        .map(|word| format!("`{}`", word.to_string()))
        .collect();
    words.join(", ")
}
