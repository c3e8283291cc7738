//! Schedules: what is asked about them, and firing those that are due.

use tasker_api::{
    BODY_MAX_BYTES, Cursor, NoQuery, PageQuery, Problem, SCHEDULES_MAX, Schedule, TIMES_DEFAULT,
    TIMES_MAX, TimesQuery, catch_up, check_schedule_name, overlap, page_limit, parse_cursor,
};
use tasker_domain::figures::Metric;
use tasker_domain::{self as domain, ErrorCode, RunStatus, Stop, StopCause};
use tasker_host::{HostStore, figures, new_run_id, new_stack_run_id, time};
use tasker_jsdoc::ScheduleTag;
use tasker_schedule::{Cron, due};
use tasker_store::prelude::*;
use tasker_store::{
    Firing, Moment, NewRun, RunTerms, ScheduleRemoved, ScheduleSet, ScheduledRun, SetSchedule,
    Submitted, TaskRef,
};

use crate::Result;
use crate::answer::{After, Answer};
use crate::error::{internal, no_task, store, store_failed};
use crate::request::Request;
use crate::submit::{self, accepted};

/// So many schedules are fired in one go; a sweep goes on while there are more.
const BATCH: u32 = 50;
/// A sweep fires at most so many batches; the next one goes on.
const BATCHES: u32 = 20;

/// `GET /schedules`
pub(crate) fn list(request: &Request) -> Result {
    let query: PageQuery = request.query()?;
    let limit = page_limit(query.limit)?;
    let after: Option<String> = parse_cursor(query.cursor.as_deref())?;
    let page = store()?
        .schedules(after.as_deref(), limit)
        .map_err(store_failed)?;
    let next_cursor = page.next_after().map(|last| Cursor(&last.name).to_string());
    Answer::page::<_, Schedule>(page.items, next_cursor)
}

/// `GET /schedules/{name}`
pub(crate) fn show(request: &Request) -> Result {
    let query: TimesQuery = request.query()?;
    let times = query.times.unwrap_or(TIMES_DEFAULT);
    if times > TIMES_MAX {
        return Err(Problem::new(
            ErrorCode::BadRequest,
            format!("the query: `times` must be 0 to {TIMES_MAX}"),
        ));
    }
    let schedule = find(&store()?, request.param(0))?;
    shown(200, schedule, times)
}

/// `PUT /schedules/{name}`
pub(crate) async fn set(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    let name = request.param(0).to_owned();
    let body: tasker_api::SetSchedule = request.json(BODY_MAX_BYTES).await?;
    let store = store()?;
    // Only the code of a task gives names that may not be given here.
    if check_schedule_name(&name).is_err() && store.schedule(&name).map_err(store_failed)?.is_some()
    {
        return Err(of_code(&name));
    }
    check_schedule_name(&name)?;
    let now = time::now_ms();
    let time_zone = body.time_zone.unwrap_or_else(utc);
    let next_at = moments(&body.cron, &time_zone)?.next_after(now);
    let (overlap, catch_up) = (
        overlap(body.overlap.as_deref())?,
        catch_up(body.catch_up.as_deref())?,
    );
    let task = store
        .task(&body.task_name)
        .map_err(store_failed)?
        .ok_or_else(|| no_task(&body.task_name))?;
    let schedule = SetSchedule {
        input: submit::input(&body.input, task.input_schema.as_deref(), &task.name)?,
        name,
        task: task.name,
        cron: body.cron,
        time_zone,
        overlap,
        catch_up,
        paused: body.paused,
        next_at,
    };
    let status = match store.set_schedule(&schedule, now).map_err(store_failed)? {
        ScheduleSet::Created => 201,
        ScheduleSet::Replaced => 200,
        ScheduleSet::OfCode => return Err(of_code(&schedule.name)),
    };
    shown(status, find(&store, &schedule.name)?, TIMES_DEFAULT)
}

/// `DELETE /schedules/{name}`
pub(crate) fn delete(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let name = request.param(0);
    match store()?.remove_schedule(name).map_err(store_failed)? {
        ScheduleRemoved::Removed => Ok(Answer::empty(204)),
        ScheduleRemoved::OfCode => Err(of_code(name)),
        ScheduleRemoved::NotFound => Err(no_schedule(name)),
    }
}

/// `POST /schedules/{name}/trigger`
pub(crate) fn trigger(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let store = store()?;
    let schedule = find(&store, request.param(0))?;
    let task = store
        .task(&schedule.task)
        .map_err(store_failed)?
        .ok_or_else(|| no_task(&schedule.task))?;
    let schema = task.input_schema.as_deref();
    submit::fits(&schedule.input, schema, &task.name)
        .map_err(|problem| about(&schedule.name, None, problem))?;
    let given = submit::given(&schedule.input, schema)?.into_owned();
    let version = TaskRef {
        name: task.name,
        version: task.version,
    };
    let now = time::now_ms();
    let run = NewRun {
        id: new_run_id(),
        frame: new_stack_run_id(),
        deadline: task.timeout_ms.map(|timeout| now.saturating_add(timeout)),
        retry_of: None,
        webhook: None,
        trace: None,
        terms: submit::terms(&store, &version, &given, None)?,
        task: version,
        input: schedule.input,
        idempotency_key: None,
        run_at: None,
        schedule: Some(schedule.name),
    };
    match store.submit(&run, now).map_err(store_failed)? {
        Submitted::Created => Ok(accepted(run.id, RunStatus::Queued)?.with_after(After::Drain)),
        other => Err(internal(format!(
            "a run without a key was refused: {other:?}"
        ))),
    }
}

/// `POST /schedules/{name}/pause`
pub(crate) fn pause(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let (store, name) = (store()?, request.param(0));
    if !store
        .pause_schedule(name, time::now_ms())
        .map_err(store_failed)?
    {
        return Err(no_schedule(name));
    }
    shown(200, find(&store, name)?, TIMES_DEFAULT)
}

/// `POST /schedules/{name}/resume`
pub(crate) fn resume(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let (store, name, now) = (store()?, request.param(0), time::now_ms());
    let schedule = find(&store, name)?;
    let next_at = moments(&schedule.cron, &schedule.time_zone)?.next_after(now);
    if !store
        .resume_schedule(name, next_at, now)
        .map_err(store_failed)?
    {
        return Err(no_schedule(name));
    }
    shown(200, find(&store, name)?, TIMES_DEFAULT)
}

/// The schedules that a task's code declares, named after the task.
pub(crate) fn declared(
    tags: &[ScheduleTag],
    task: &str,
    schema: Option<&str>,
    now: i64,
) -> Result<Vec<SetSchedule>> {
    if tags.len() > SCHEDULES_MAX {
        return Err(Problem::new(
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
fn about(schedule: &str, cron: Option<&str>, problem: Problem) -> Problem {
    let tag = cron.map(|cron| {
        let cron: String = cron.chars().take(80).collect();
        format!(" (`@schedule \"{cron}\"`)")
    });
    let detail = format!(
        "the schedule `{schedule}`{}: {}",
        tag.unwrap_or_default(),
        problem.detail
    );
    Problem { detail, ..problem }
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
    let (mut overlaps, mut catches_up) = (overlap(None)?, catch_up(None)?);
    for (option, value) in &tag.options {
        match option.as_str() {
            "overlap" => overlaps = overlap(Some(value))?,
            "catchUp" => catches_up = catch_up(Some(value))?,
            other => {
                return Err(Problem::new(
                    ErrorCode::SchedulePolicyInvalid,
                    format!("it takes `overlap=`, `catchUp=` and `input=`, not `{other}`"),
                ));
            }
        }
    }
    let input = tasker_api::RawJson::parse(tag.input.clone().unwrap_or_else(|| "{}".to_owned()))
        .map_err(|error| {
            Problem::new(
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
        overlap: overlaps,
        catch_up: catches_up,
        paused: None,
        next_at,
    })
}

/// Fires every schedule that is due; answers how many runs that made. A run that is cancelled for
/// one of them may clean up for so long.
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

/// What a due schedule is to do.
fn firing(
    store: &HostStore,
    schedule: domain::Schedule,
    grace_ms: i64,
    now: i64,
) -> tasker_store::Result<Firing> {
    let mut firing = Firing {
        name: schedule.name,
        moment: Moment::Queued(schedule.queued_for.unwrap_or_default()),
        next_at: schedule.next_at,
        last_at: schedule.last_at.unwrap_or_default(),
        runs: Vec::new(),
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
    let mut moments: Vec<i64> = schedule.queued_for.into_iter().collect();
    if let Some(next_at) = schedule.next_at.filter(|next_at| *next_at <= now) {
        firing.moment = Moment::Next(next_at);
        match Cron::parse(&schedule.cron, &schedule.time_zone) {
            Ok(cron) => {
                if let Some(due) = due(&cron, next_at, schedule.catch_up, now) {
                    (firing.last_at, firing.next_at) = (due.last_at, due.next_at);
                    moments = due.moments;
                }
            }
            // It was fine once: this build knows its time zone no more.
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
    let Some(task) = store.task(&schedule.task)? else {
        firing.problem = Some(no_task(&schedule.task).detail);
        return Ok(firing);
    };
    if let Err(problem) = submit::fits(&schedule.input, task.input_schema.as_deref(), &task.name) {
        firing.problem = Some(problem.detail);
        return Ok(firing);
    }
    let version = TaskRef {
        name: task.name,
        version: task.version,
    };
    let terms = submit::given(&schedule.input, task.input_schema.as_deref())
        .and_then(|given| submit::terms(store, &version, &given, None));
    match terms {
        Ok(terms) => firing.terms = terms,
        Err(problem) => {
            firing.problem = Some(problem.detail);
            return Ok(firing);
        }
    }
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

fn moments(cron: &str, time_zone: &str) -> Result<Cron> {
    Cron::parse(cron, time_zone).map_err(|error| {
        let code = match error {
            tasker_schedule::Error::TimeZone(_) => ErrorCode::TimeZoneUnknown,
            tasker_schedule::Error::Cron { .. } | tasker_schedule::Error::Never(_) => {
                ErrorCode::CronInvalid
            }
        };
        Problem::new(code, error.to_string())
    })
}

fn utc() -> String {
    "UTC".to_owned()
}

fn find(store: &HostStore, name: &str) -> Result<domain::Schedule> {
    store
        .schedule(name)
        .map_err(store_failed)?
        .ok_or_else(|| no_schedule(name))
}

fn shown(status: u16, schedule: domain::Schedule, times: u32) -> Result {
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

fn no_schedule(name: &str) -> Problem {
    Problem::new(
        ErrorCode::ScheduleNotFound,
        format!("there is no schedule `{name}`"),
    )
}

fn of_code(name: &str) -> Problem {
    Problem::new(
        ErrorCode::ScheduleOfCode,
        format!(
            "`{name}` is declared by `@schedule` in the code of its task: change it there, or pause it"
        ),
    )
}
