//! Schedules: those that code declares, and what endpoints share.

use http::StatusCode;
use tasker_api::{RawJson, SCHEDULES_MAX, Schedule, policies};
use tasker_domain::{self as domain, ErrorCode};
use tasker_engine::submission;
use tasker_host::{HostStore, time};
use tasker_jsdoc::ScheduleTag;
use tasker_schedule::Cron;
use tasker_store::SetSchedule;
use tasker_store::prelude::*;

use crate::answer::Answer;
use crate::content::Json;
use crate::error::{Error, Result, internal};

/// The schedules that a task's code declares, named after the task.
pub(crate) fn declared(
    tags: &[ScheduleTag],
    task: &str,
    schema: Option<&str>,
    now: i64,
) -> Result<Vec<SetSchedule>> {
    if tags.len() > SCHEDULES_MAX {
        return Err(Error::new(
            ErrorCode::TaskInvalid,
            format!("a task declares at most {SCHEDULES_MAX} schedules"),
        ));
    }
    let tags = tags.iter().enumerate();
    tags.map(|(index, tag)| {
        let name = format!("{task}:{}", index + 1);
        declare(tag, name.clone(), task, schema, now)
            .map_err(|problem| about(&name, Some(&tag.cron), problem))
    })
    .collect()
}

/// The problem with a schedule, saying which one is meant.
pub(crate) fn about(schedule: &str, cron: Option<&str>, mut problem: Error) -> Error {
    let tag = cron.map(|cron| {
        let cron: String = cron.chars().take(80).collect();
        format!(" (`@schedule \"{cron}\"`)")
    });
    problem.detail = format!(
        "the schedule `{schedule}`{}: {}",
        tag.unwrap_or_default(),
        problem.detail
    );
    problem
}

fn declare(
    tag: &ScheduleTag,
    name: String,
    task: &str,
    schema: Option<&str>,
    now: i64,
) -> Result<SetSchedule> {
    let time_zone = tag.time_zone.clone().unwrap_or_else(utc);
    let next_at = moments(&tag.cron, &time_zone)?.next_after(now);
    let (mut overlap, mut catch_up) = (None, None);
    for (option, value) in &tag.options {
        match option.as_str() {
            "overlap" => overlap = Some(value.as_str()),
            "catchUp" => catch_up = Some(value.as_str()),
            other => {
                return Err(Error::new(
                    ErrorCode::SchedulePolicyInvalid,
                    format!("it takes `overlap=`, `catchUp=` and `input=`, not `{other}`"),
                ));
            }
        }
    }
    let (overlap, catch_up) = policies(overlap, catch_up)?;
    let input =
        RawJson::parse(tag.input.clone().unwrap_or_else(|| "{}".to_owned())).map_err(|error| {
            Error::new(
                ErrorCode::TaskInvalid,
                format!("its input is not JSON: {error}"),
            )
        })?;
    Ok(SetSchedule {
        name,
        task: task.to_owned(),
        cron: tag.cron.clone(),
        time_zone,
        input: submission::input(&input, schema, task)?,
        overlap,
        catch_up,
        paused: None,
        next_at,
    })
}

pub(crate) fn moments(cron: &str, time_zone: &str) -> Result<Cron> {
    Cron::parse(cron, time_zone).map_err(|error| {
        let code = match error {
            tasker_schedule::Error::TimeZone(_) => ErrorCode::TimeZoneUnknown,
            tasker_schedule::Error::Cron { .. } | tasker_schedule::Error::Never(_) => {
                ErrorCode::CronInvalid
            }
        };
        Error::new(code, error.to_string())
    })
}

pub(crate) fn utc() -> String {
    "UTC".to_owned()
}

pub(crate) fn find(store: &HostStore, name: &str) -> Result<domain::Schedule> {
    store.schedule(name)?.ok_or_else(|| no_schedule(name))
}

pub(crate) fn shown(
    status: StatusCode,
    schedule: domain::Schedule,
    times: u32,
) -> Result<Answer<Json<Schedule>>> {
    let count = usize::try_from(times).unwrap_or(usize::MAX);
    let next_times = match (
        schedule.next_at,
        Cron::parse(&schedule.cron, &schedule.time_zone),
    ) {
        // While it is paused, what it would do.
        (Some(_), Ok(cron)) if schedule.paused => cron.after(time::now_ms()).take(count).collect(),
        (Some(next_at), Ok(cron)) => std::iter::once(next_at)
            .chain(cron.after(next_at))
            .take(count)
            .collect(),
        _ => Vec::new(),
    };
    Answer::json(
        status,
        &Schedule::new(schedule, next_times).map_err(internal)?,
    )
}

pub(crate) fn no_schedule(name: &str) -> Error {
    Error::new(
        ErrorCode::ScheduleNotFound,
        format!("there is no schedule `{name}`"),
    )
}

pub(crate) fn of_code(name: &str) -> Error {
    Error::new(
        ErrorCode::ScheduleOfCode,
        format!(
            "`{name}` is declared by `@schedule` in the code of its task: change it there, or pause it"
        ),
    )
}
