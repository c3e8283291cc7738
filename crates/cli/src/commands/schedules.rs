//! `schedules`.

use serde_json::json as document;
use tasker_api::{RawJson, Schedule, SetSchedule, Submitted};

use crate::Error;
use crate::args::SchedulesCommand;
use crate::client::{self, Client, encode};
use crate::commands::json;
use crate::exit::Exit;
use crate::output::{self, Output};

/// Manages schedules.
pub(crate) fn schedules(
    client: &Client,
    output: Output,
    command: &SchedulesCommand,
) -> Result<Exit, Error> {
    match command {
        SchedulesCommand::List => list(client, output),
        SchedulesCommand::Set {
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
                Some(option) => json::option("--input", option)?,
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
        SchedulesCommand::Delete { name } => {
            client.delete(&path(name))?;
            if output.json {
                output.value(&document!({ "name": name, "deleted": true }))?;
            } else {
                output.line(format!("{name} is deleted"))?;
            }
            Ok(Exit::Done)
        }
        SchedulesCommand::Pause { name } => show(
            output,
            &client.post_empty(&format!("{}/pause", path(name)))?,
        ),
        SchedulesCommand::Resume { name } => show(
            output,
            &client.post_empty(&format!("{}/resume", path(name)))?,
        ),
        SchedulesCommand::Trigger { name } => {
            let raw: RawJson = client.post_empty(&format!("{}/trigger", path(name)))?;
            if output.json {
                output.value(&raw)?;
            } else {
                output.line(client::read::<Submitted>(&raw)?.task_run_id)?;
            }
            Ok(Exit::Done)
        }
        SchedulesCommand::Next { name, limit } => {
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
