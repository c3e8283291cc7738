//! Which runs a command changes: one, several, or all that fit a filter.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use tasker_api::Timestamp;

use crate::options::{Status, parse_duration, parse_moment};

/// Which runs.
#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// The runs: their ids, beginnings of their ids, or `last` for the newest
    #[arg(
        value_name = "RUN",
        required_unless_present_any = FILTERS,
        conflicts_with_all = FILTERS
    )]
    pub(crate) runs: Vec<String>,
    /// Instead of ids: the runs of this status
    #[arg(long, help_heading = FILTER)]
    pub(crate) status: Option<Status>,
    /// The runs of this task
    #[arg(long, help_heading = FILTER)]
    pub(crate) task: Option<String>,
    /// The runs of this schedule
    #[arg(long, help_heading = FILTER)]
    pub(crate) schedule: Option<String>,
    /// Those submitted before this moment, such as 2026-01-31T09:30:00Z, or so long ago: 2h, 7d
    #[arg(long, value_name = "MOMENT", value_parser = parse_past, help_heading = FILTER)]
    pub(crate) before: Option<Timestamp>,
    /// Those submitted at this moment or later, or not longer ago than this time
    #[arg(long, value_name = "MOMENT", value_parser = parse_past, help_heading = FILTER)]
    pub(crate) after: Option<Timestamp>,
    /// All runs that the command can change
    #[arg(long, conflicts_with_all = ["status", "task", "schedule", "before", "after"],
        help_heading = FILTER)]
    pub(crate) all: bool,
    /// Print the ids of the runs that fit and change none
    #[arg(long, conflicts_with = "runs", help_heading = FILTER)]
    pub(crate) dry_run: bool,
    /// Do not ask before runs are changed
    #[arg(long, short, conflicts_with = "runs", help_heading = FILTER)]
    pub(crate) yes: bool,
}

const FILTER: &str = "Filter";
const FILTERS: [&str; 6] = ["status", "task", "schedule", "before", "after", "all"];

/// A moment, or how long ago it was.
fn parse_past(text: &str) -> Result<Timestamp, String> {
    if let Ok(ago) = parse_duration(text) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let then = now.unwrap_or_default().saturating_sub(ago);
        return Ok(Timestamp::from_millis(millis(then)));
    }
    parse_moment(text).map_err(|error| format!("{error}, or how long ago, as in 2h"))
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
