//! `schedules`.

use clap::Args;
use serde_json::json;
use tasker_api::{RawJson, Schedule, SetSchedule, Submitted};

use crate::Error;
use crate::client::{self, Client, encode};
use crate::commands::{Execute, source};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::{self, Output};

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
    command: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
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

impl Execute for Schedules {
    fn execute(&self, context: &Context<'_>) -> Result<Exit, Error> {
        let (client, output) = (&context.client()?, context.output);
        match &self.command {
            Subcommand::List => list(client, output),
            Subcommand::Set {
                name,
                task,
                cron,
                time_zone,
                input,
                overlap,
                catch_up,
                paused,
            } => {
                let input = match input {
                    Some(option) => source::json("--input", option)?,
                    None => RawJson::empty_object(),
                };
                let body = SetSchedule {
                    task_name: task.clone(),
                    cron: cron.clone(),
                    time_zone: time_zone.clone(),
                    input,
                    overlap: overlap.clone(),
                    catch_up: catch_up.clone(),
                    paused: paused.then_some(true),
                };
                let raw: RawJson = client.put(&path(name), &body)?;
                show(output, &raw)
            }
            Subcommand::Delete { name } => {
                client.delete(&path(name))?;
                if output.json {
                    output.value(&json!({ "name": name, "deleted": true }))?;
                } else {
                    output.line(format!("{name} is deleted"))?;
                }
                Ok(Exit::Done)
            }
            Subcommand::Pause { name } => show(
                output,
                &client.post_empty(&format!("{}/pause", path(name)))?,
            ),
            Subcommand::Resume { name } => show(
                output,
                &client.post_empty(&format!("{}/resume", path(name)))?,
            ),
            Subcommand::Trigger { name } => {
                let raw: RawJson = client.post_empty(&format!("{}/trigger", path(name)))?;
                if output.json {
                    output.value(&raw)?;
                } else {
                    output.line(client::read::<Submitted>(&raw)?.task_run_id)?;
                }
                Ok(Exit::Done)
            }
            Subcommand::Next { name, limit } => {
                let raw: RawJson = client.get(&format!("{}?times={limit}", path(name)))?;
                if output.json {
                    output.value(&raw)?;
                    return Ok(Exit::Done);
                }
                let schedule: Schedule = client::read(&raw)?;
                if schedule.paused {
                    output.note("it is paused; resumed, it would fire at these times");
                }
                for at in &schedule.next_times {
                    output.line(output::moment(*at))?;
                }
                Ok(Exit::Done)
            }
        }
    }
}

fn list(client: &Client, output: Output) -> Result<Exit, Error> {
    if output.json {
        output.value(&client.list::<RawJson>("/schedules", &[], None)?)?;
        return Ok(Exit::Done);
    }
    let schedules = client.list::<Schedule>("/schedules", &[], None)?.items;
    if schedules.is_empty() {
        output.note("there is no schedule; `tasker schedules set --help` shows how to make one");
        return Ok(Exit::Done);
    }
    let rows = schedules.into_iter().map(|schedule| {
        [
            schedule.name.clone(),
            schedule.task_name.clone(),
            schedule.cron.clone(),
            schedule.time_zone.clone(),
            next(&schedule),
            schedule.last_at.map(output::moment).unwrap_or_default(),
            waiting(&schedule),
            skipped(&schedule),
            output::brief(schedule.last_problem.as_deref().unwrap_or(""), 60),
        ]
    });
    output.table(
        &[
            "SCHEDULE",
            "TASK",
            "CRON",
            "TIME ZONE",
            "NEXT",
            "LAST",
            "WAIT",
            "SKIPPED",
            "PROBLEM",
        ],
        rows,
    )?;
    Ok(Exit::Done)
}

fn show(output: Output, raw: &RawJson) -> Result<Exit, Error> {
    if output.json {
        output.value(raw)?;
        return Ok(Exit::Done);
    }
    let schedule: Schedule = client::read(raw)?;
    output.line(format!(
        "{}: {} at \"{}\" {}, {}",
        schedule.name,
        schedule.task_name,
        schedule.cron,
        schedule.time_zone,
        match schedule.paused {
            true => next(&schedule),
            false => format!("next {}", next(&schedule)),
        }
    ))?;
    Ok(Exit::Done)
}

/// When it fires next, for people.
fn next(schedule: &Schedule) -> String {
    match schedule.next_at {
        _ if schedule.paused => "paused".to_owned(),
        Some(at) => output::moment(at),
        None => "never".to_owned(),
    }
}

/// How many runs wait, for people.
fn waiting(schedule: &Schedule) -> String {
    match schedule.queued {
        0 => String::new(),
        waiting => waiting.to_string(),
    }
}

/// How many moments made no run, and why the last of them, for people.
fn skipped(schedule: &Schedule) -> String {
    let skipped = schedule.skipped.as_ref();
    skipped.map_or_else(String::new, |skipped| {
        format!("{}: {}", skipped.moments, skipped.why)
    })
}

fn path(name: &str) -> String {
    format!("/schedules/{}", encode(name))
}
