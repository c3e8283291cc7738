//! Schedules: those that code declares, firing those that are due, and what endpoints share.

use http::StatusCode;
use tasker_api::{RawJson, SCHEDULES_MAX, Schedule, policies};
use tasker_domain::figures::Metric;
use tasker_domain::{self as domain, ErrorCode, Skipped, Stop, StopCause, WhySkipped};
use tasker_host::{HostStore, figures, new_run_id, new_stack_run_id, time};
use tasker_jsdoc::ScheduleTag;
use tasker_schedule::{Cron, due};
use tasker_store::prelude::*;
use tasker_store::{Firing, Moment, RunTerms, ScheduledRun, SetSchedule, TaskRef};

use crate::answer::Answer;
use crate::content::Json;
use crate::error::{Error, Result, internal, no_task};
use crate::submit;

/// Schedules that are read at once; a sweep continues while there are more.
const BATCH: u32 = 50;
/// The most batches of a sweep; the next sweep continues.
const BATCHES: u32 = 20;

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
        input: submit::input(&input, schema, task)?,
        overlap,
        catch_up,
        paused: None,
        next_at,
    })
}

/// Fires every schedule that is due and returns how many runs that made. A run that is cancelled for
/// one of them may clean up for `grace_ms`.
pub(crate) fn fire_due(store: &HostStore, grace_ms: i64) -> tasker_store::Result<u32> {
    let mut started = 0;
    for _ in 0..BATCHES {
        let now = time::now_ms();
        let due = store.due_schedules(BATCH, now)?;
        let more = u32::try_from(due.len()).is_ok_and(|count| count == BATCH);
        for schedule in due {
            let firing = firing(store, schedule, grace_ms, now)?;
            if let Some(fired) = store.fire(&firing, now)? {
                started += u32::try_from(fired.started.len()).unwrap_or(u32::MAX);
                figures::count(
                    Metric::ScheduleFailure,
                    "",
                    u64::from(firing.problem.is_some()),
                );
            }
        }
        if !more {
            break;
        }
    }
    figures::store(store);
    Ok(started)
}

/// What a due schedule must do.
fn firing(
    store: &HostStore,
    schedule: domain::Schedule,
    grace_ms: i64,
    now: i64,
) -> tasker_store::Result<Firing> {
    let mut firing = Firing {
        name: schedule.name,
        moment: Moment::Queued(schedule.queued.first().copied().unwrap_or_default()),
        next_at: schedule.next_at,
        last_at: schedule.last_at.unwrap_or_default(),
        runs: Vec::new(),
        skipped: None,
        task: None,
        terms: RunTerms::default(),
        problem: None,
        stop: Stop {
            cause: StopCause::Cancel,
            reason: Some("its schedule's next moment had come".to_owned()),
            by: None,
            at: now,
            grace_until: now.saturating_add(grace_ms),
        },
        timeout_ms: None,
        webhook: None,
    };
    let mut moments: Vec<i64> = schedule.queued.into_iter().take(1).collect();
    if let Some(next_at) = schedule.next_at.filter(|next_at| *next_at <= now) {
        firing.moment = Moment::Next(next_at);
        match Cron::parse(&schedule.cron, &schedule.time_zone) {
            Ok(cron) => {
                if let Some(due) = due(&cron, next_at, schedule.catch_up, now) {
                    (firing.last_at, firing.next_at) = (due.last_at, due.next_at);
                    (moments, firing.skipped) = (due.moments, due.skipped);
                }
            }
            // It was valid once: this build no longer knows its time zone.
            Err(error) => {
                firing.next_at = None;
                firing.problem = Some(error.to_string());
                return Ok(firing);
            }
        }
    }
    if moments.is_empty() {
        firing.problem = Some("its moment was missed: nobody swept then".to_owned());
        return Ok(firing);
    }
    let (task, terms) = match to_run(store, &schedule.task, &schedule.input)? {
        Ok(found) => found,
        Err(problem) => return Ok(without_run(firing, &moments, &problem)),
    };
    firing.terms = terms;
    let version = TaskRef {
        name: task.name,
        version: task.version,
    };
    firing.timeout_ms = task.timeout_ms;
    firing.task = Some(version);
    firing.runs = moments
        .into_iter()
        .map(|at| ScheduledRun {
            id: new_run_id(),
            frame: new_stack_run_id(),
            at,
        })
        .collect();
    Ok(firing)
}

/// The task that a schedule runs and the terms of its runs, or why it cannot be run.
fn to_run(
    store: &HostStore,
    name: &str,
    input: &str,
) -> tasker_store::Result<Result<(domain::TaskFunction, RunTerms)>> {
    let Some(task) = store.task(name)? else {
        return Ok(Err(no_task(name)));
    };
    let schema = task.input_schema.as_deref();
    let version = TaskRef {
        name: task.name.clone(),
        version: task.version.clone(),
    };
    let terms = submit::fits(input, schema, &task.name)
        .and_then(|()| submit::given(input, schema))
        .and_then(|given| submit::terms(store, &version, &given, None));
    Ok(terms.map(|terms| (task, terms)))
}

/// A firing whose moments make no run because of a problem.
fn without_run(mut firing: Firing, moments: &[i64], problem: &Error) -> Firing {
    firing.problem = Some(problem.detail.clone());
    let these = moments.last().map(|last_at| Skipped {
        moments: moments.len() as u64,
        last_at: *last_at,
        why: WhySkipped::Problem,
    });
    firing.skipped = firing
        .skipped
        .map_or(these, |before| Some(before.and(these)));
    firing
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
