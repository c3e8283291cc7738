//! `schedules` and its commands.

use clap::{Args, Subcommand};

/// Manage schedules: tasks that are run by themselves
///
/// A task's code declares schedules with `@schedule "0 9 * * 1-5" Europe/Amsterdam`; those are named
/// after it, as in report:1. Others are made here.
#[derive(Debug, Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  tasker schedules set nightly --task report --cron '30 2 * * *' --time-zone Europe/Amsterdam
  tasker schedules list
  tasker schedules next nightly
  tasker schedules trigger nightly"
)]
pub(crate) struct Schedules {
    #[command(subcommand)]
    pub(crate) command: SchedulesCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SchedulesCommand {
    /// List the schedules
    #[command(after_help = "\
Examples:
  tasker schedules list
  tasker schedules list --json | jq '.items[] | select(.paused)'")]
    List,
    /// Make a schedule, or set it anew
    #[command(after_help = "\
Examples:
  tasker schedules set hourly --task sync --cron '0 * * * *'
  tasker schedules set nightly --task report --cron '30 2 * * *' --time-zone Europe/Amsterdam
  tasker schedules set probe --task ping --cron '*/10 * * * * *' --overlap skip --catch-up none
  tasker schedules set monthly --task bill --cron '0 6 L * *' --input @bill.json")]
    Set {
        /// The schedule's name
        name: String,
        /// The task to run
        #[arg(long)]
        task: String,
        /// When: minute, hour, day of month, month, day of week; with a sixth field, seconds first
        #[arg(long, value_name = "EXPRESSION", allow_hyphen_values = true)]
        cron: String,
        /// Time zone of the expression, such as Europe/Amsterdam [default: UTC]
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// What each run is given: JSON, @FILE, or - for standard input [default: {}]
        #[arg(long, short, value_name = "JSON", allow_hyphen_values = true)]
        input: Option<String>,
        /// When a run of it still goes on: skip, queue, allow or cancel-previous [default: skip]
        #[arg(long, value_name = "POLICY")]
        overlap: Option<String>,
        /// What was missed while the app was down: none, last or all [default: last]
        #[arg(long, value_name = "POLICY")]
        catch_up: Option<String>,
        /// Make it paused
        #[arg(long)]
        paused: bool,
    },
    /// Delete a schedule
    ///
    /// Runs that it made go on. One that a task's code declares goes with its tag.
    #[command(after_help = "\
Examples:
  tasker schedules delete nightly")]
    Delete {
        /// The schedule's name
        name: String,
    },
    /// Keep a schedule from firing
    #[command(after_help = "\
Examples:
  tasker schedules pause nightly
  tasker schedules pause report:1")]
    Pause {
        /// The schedule's name
        name: String,
    },
    /// Let a paused schedule fire again; what passed meanwhile is not made up for
    #[command(after_help = "\
Examples:
  tasker schedules resume nightly")]
    Resume {
        /// The schedule's name
        name: String,
    },
    /// Run a schedule's task now, though it is paused or a run of it still goes on
    #[command(after_help = "\
Examples:
  tasker schedules trigger nightly")]
    Trigger {
        /// The schedule's name
        name: String,
    },
    /// Show the next times at which a schedule fires
    #[command(after_help = "\
Examples:
  tasker schedules next nightly
  tasker schedules next nightly --limit 20")]
    Next {
        /// The schedule's name
        name: String,
        /// How many times
        #[arg(long, short = 'n', value_name = "COUNT", default_value_t = 5,
            value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
    },
}
