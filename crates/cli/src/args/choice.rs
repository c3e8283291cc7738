//! Commands that change runs: one, several, or all that fit a filter.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use tasker_api::Timestamp;

use crate::args::{Status, parse_duration, parse_moment};

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

/// Cancel runs and everything that they started
///
/// Their tasks learn of it within a second: what they wait for fails with the code `cancelled`, and they
/// may clean up for a short time (the variable cancel_grace_seconds). A run that has not begun ends
/// at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker cancel last
  tasker cancel last --reason 'wrong month' --by ada
  tasker cancel 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11 --force
  tasker cancel --task report --status queued --dry-run
  tasker cancel --all --reason 'maintenance' --yes")]
pub(crate) struct Cancel {
    #[command(flatten)]
    pub(crate) runs: Choice,
    /// Why; kept with the run and told to its tasks
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who cancels it; kept with the run
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// End it at once, without letting its tasks clean up
    #[arg(long)]
    pub(crate) force: bool,
}

/// Pause runs: nothing of them goes on until they are resumed
///
/// Calls that are under way are finished; a task that is awake sleeps within a second.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker pause last
  tasker pause --task report")]
pub(crate) struct Pause {
    #[command(flatten)]
    pub(crate) runs: Choice,
}

/// Let paused runs go on
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker resume last
  tasker resume --all --yes")]
pub(crate) struct Resume {
    #[command(flatten)]
    pub(crate) runs: Choice,
}

/// Run again what has ended, with the same input, at the newest versions
///
/// Prints the ids of the new runs. By a filter, those that failed are run again, or those of --status; a run
/// that was run again by a filter before is left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tasker retry last
  tasker retry 019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11
  tasker retry --task report --after 2h        what failed in the last two hours
  tasker retry last --same-version             with the code that it had then
  tasker retry --task report --status cancelled --yes")]
pub(crate) struct Retry {
    #[command(flatten)]
    pub(crate) runs: Choice,
    /// At the versions that the ended run had, of its task and of all nested ones
    #[arg(long)]
    pub(crate) same_version: bool,
}

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
