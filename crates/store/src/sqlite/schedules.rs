//! Schedules.

use tasker_domain::{Origin, Overlap, RunId, Schedule};

use crate::page::page;
use crate::records::schedules::{read_schedule, read_schedules};
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::{grants, retention, runs, stop};
use crate::{
    Error, Fired, Firing, Moment, NewRun, Page, Publication, Publish, Result, ScheduleRemoved,
    ScheduleSet, ScheduledRun, Schedules, SetSchedule, TaskRef,
};

macro_rules! schedule_columns {
    () => {
        "name, task_name, origin, cron, time_zone, overlap, catch_up, is_paused, next_at, queued_for,
         last_at, last_run, last_problem, created_at, updated_at, input"
    };
}

/// Whether a run of schedule `s` is live.
macro_rules! goes_on {
    () => {
        "EXISTS (SELECT 1 FROM task_runs r
                 WHERE r.schedule = s.name AND r.schedule IS NOT NULL AND r.finished_at IS NULL)"
    };
}

/// Whether there is anything to fire at moment ?1: two looks into an index.
macro_rules! any_due {
    () => {
        concat!(
            "EXISTS (SELECT 1 FROM schedules s INDEXED BY schedules_due
                     WHERE s.is_paused = 0 AND s.next_at <= ?1)
             OR EXISTS (SELECT 1 FROM schedules s INDEXED BY schedules_queued
                        WHERE s.queued_for IS NOT NULL AND NOT ",
            $crate::sqlite::schedules::goes_on!(),
            ")"
        )
    };
}
pub(super) use {any_due, goes_on};

/// ?8: whether it is paused, or NULL to leave that as it is. A schedule is never taken from the one
/// who made it.
const SET: &str = "
    INSERT INTO schedules
        (name, task_name, origin, cron, time_zone, overlap, catch_up, is_paused, next_at, created_at,
         updated_at, input)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(?8, 0), ?9, ?10, ?10, ?11)
    ON CONFLICT (name) DO UPDATE SET
        task_name = excluded.task_name, cron = excluded.cron, time_zone = excluded.time_zone,
        overlap = excluded.overlap, catch_up = excluded.catch_up, input = excluded.input,
        is_paused = coalesce(?8, schedules.is_paused), updated_at = excluded.updated_at,
        queued_for = CASE WHEN excluded.overlap = 'queue' AND coalesce(?8, schedules.is_paused) = 0
            THEN schedules.queued_for END,
        next_at = CASE WHEN schedules.cron = excluded.cron AND schedules.time_zone = excluded.time_zone
                            AND schedules.is_paused = 0
                  THEN schedules.next_at ELSE excluded.next_at END
    WHERE schedules.origin = excluded.origin
    RETURNING 1";
const SCHEDULE: &str = concat!(
    "SELECT ",
    schedule_columns!(),
    " FROM schedules WHERE name = ?1"
);
const SCHEDULES: &str = concat!(
    "SELECT ",
    schedule_columns!(),
    " FROM schedules WHERE name > ?1 ORDER BY name LIMIT ?2"
);
const REMOVE: &str = "DELETE FROM schedules WHERE name = ?1 AND origin = 'api' RETURNING 1";
const EXISTS: &str = "SELECT 1 FROM schedules WHERE name = ?1";
const PAUSE: &str = "
    UPDATE schedules SET is_paused = 1, queued_for = NULL, updated_at = ?2
    WHERE name = ?1 AND is_paused = 0";
const RESUME: &str = "
    UPDATE schedules SET is_paused = 0, next_at = ?2, updated_at = ?3
    WHERE name = ?1 AND is_paused = 1";
const OF_CODE: &str = "SELECT name FROM schedules WHERE task_name = ?1 AND origin = 'code'";
const DROP_OF_CODE: &str = "DELETE FROM schedules WHERE name = ?1 AND origin = 'code'";
const DROP_ALL_OF_CODE: &str = "DELETE FROM schedules WHERE task_name = ?1 AND origin = 'code'";
const DUE: &str = concat!(
    "SELECT ",
    schedule_columns!(),
    " FROM schedules INDEXED BY schedules_due WHERE is_paused = 0 AND next_at <= ?1
      ORDER BY next_at, name LIMIT ?2"
);
const QUEUED: &str = concat!(
    "SELECT ",
    schedule_columns!(),
    " FROM schedules s INDEXED BY schedules_queued WHERE queued_for IS NOT NULL AND NOT ",
    goes_on!(),
    " ORDER BY name LIMIT ?1"
);
/// The first to name a moment takes it.
const TAKE_NEXT: &str = "
    UPDATE schedules SET next_at = ?3, last_at = ?4, last_problem = ?5
    WHERE name = ?1 AND next_at = ?2 AND is_paused = 0 RETURNING overlap, queued_for, input";
const TAKE_QUEUED: &str = "
    UPDATE schedules SET queued_for = NULL, last_problem = ?3
    WHERE name = ?1 AND queued_for = ?2 AND is_paused = 0 RETURNING overlap, queued_for, input";
const GOING_ON: &str = "
    SELECT id FROM task_runs INDEXED BY task_runs_schedule
    WHERE schedule = ?1 AND schedule IS NOT NULL AND finished_at IS NULL ORDER BY id";
const FIRED: &str = "
    UPDATE schedules SET last_run = coalesce(?2, last_run), queued_for = ?3 WHERE name = ?1";

impl<C: Connection> Schedules for Sqlite<C> {
    fn publish_with(&self, publication: &Publication<'_>, now: i64) -> Result<Publish> {
        let Publication {
            task,
            grants,
            settings,
            schedules,
        } = *publication;
        self.connection.transaction(|db| {
            let published = grants::publish_within(db, task, grants)?;
            let changed = retention::set_settings(db, &task.name, &task.version, settings)?
                | declare(db, &task.name, schedules, now)?;
            Ok(match published {
                Publish::Unchanged if changed => Publish::Updated,
                other => other,
            })
        })
    }

    fn set_schedule(&self, schedule: &SetSchedule, now: i64) -> Result<ScheduleSet> {
        self.connection.transaction(|db| {
            let is_new = db.one(EXISTS, params![schedule.name.as_str()])?.is_none();
            Ok(match set(db, Origin::Api, schedule, now)? {
                false => ScheduleSet::OfCode,
                true if is_new => ScheduleSet::Created,
                true => ScheduleSet::Replaced,
            })
        })
    }

    fn schedule(&self, name: &str) -> Result<Option<Schedule>> {
        self.connection
            .one(SCHEDULE, params![name])?
            .map(read_schedule)
            .transpose()
    }

    fn schedules(&self, after: Option<&str>, limit: u32) -> Result<Page<Schedule>> {
        page(limit, |limit| {
            read_schedules(
                self.connection
                    .execute(SCHEDULES, params![after.unwrap_or_default(), limit])?,
            )
        })
    }

    fn remove_schedule(&self, name: &str) -> Result<ScheduleRemoved> {
        self.connection.transaction(|db| {
            Ok(if db.one(REMOVE, params![name])?.is_some() {
                ScheduleRemoved::Removed
            } else if db.one(EXISTS, params![name])?.is_some() {
                ScheduleRemoved::OfCode
            } else {
                ScheduleRemoved::NotFound
            })
        })
    }

    fn pause_schedule(&self, name: &str, now: i64) -> Result<bool> {
        self.connection.transaction(|db| {
            db.execute(PAUSE, params![name, now])?;
            Ok(db.one(EXISTS, params![name])?.is_some())
        })
    }

    fn resume_schedule(&self, name: &str, next_at: Option<i64>, now: i64) -> Result<bool> {
        self.connection.transaction(|db| {
            db.execute(RESUME, params![name, next_at, now])?;
            Ok(db.one(EXISTS, params![name])?.is_some())
        })
    }

    fn due_schedules(&self, limit: u32, now: i64) -> Result<Vec<Schedule>> {
        let mut due = read_schedules(self.connection.execute(DUE, params![now, limit])?)?;
        // One that is in both lists fires for its next moment first.
        let queued = read_schedules(self.connection.execute(QUEUED, params![limit])?)?;
        due.extend(
            queued
                .into_iter()
                .filter(|schedule| schedule.next_at.is_none_or(|next_at| next_at > now)),
        );
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(due)
    }

    fn fire(&self, firing: &Firing, now: i64) -> Result<Option<Fired>> {
        self.connection.transaction(|db| fire(db, firing, now))
    }
}

/// Sets a schedule; answers whether it may be: one of another origin is left as it is.
fn set<C: Connection>(db: &C, origin: Origin, schedule: &SetSchedule, now: i64) -> Result<bool> {
    let set = db.one(
        SET,
        params![
            schedule.name.as_str(),
            schedule.task.as_str(),
            origin.as_str(),
            schedule.cron.as_str(),
            schedule.time_zone.as_str(),
            schedule.overlap.as_str(),
            schedule.catch_up.as_str(),
            schedule.paused,
            schedule.next_at,
            now,
            schedule.input.as_str(),
        ],
    )?;
    Ok(set.is_some())
}

/// Makes the schedules of a task's code those that it declares; answers whether anything changed.
fn declare<C: Connection>(db: &C, task: &str, schedules: &[SetSchedule], now: i64) -> Result<bool> {
    let mut changed = false;
    for row in db.execute(OF_CODE, params![task])? {
        let name = row.only().text()?;
        if !schedules.iter().any(|schedule| schedule.name == name) {
            db.execute(DROP_OF_CODE, params![name])?;
            changed = true;
        }
    }
    for schedule in schedules {
        let before = db
            .one(SCHEDULE, params![schedule.name.as_str()])?
            .map(read_schedule)
            .transpose()?;
        if before.is_some_and(|before| is_as_declared(&before, schedule)) {
            continue;
        }
        changed |= set(db, Origin::Code, schedule, now)?;
    }
    Ok(changed)
}

fn is_as_declared(before: &Schedule, schedule: &SetSchedule) -> bool {
    before.task == schedule.task
        && before.cron == schedule.cron
        && before.time_zone == schedule.time_zone
        && before.overlap == schedule.overlap
        && before.catch_up == schedule.catch_up
        && before.input == schedule.input
}

/// Removes the schedules that a withdrawn task's code declared, within the caller's transaction.
pub(super) fn withdraw<C: Connection>(db: &C, task: &str) -> Result<()> {
    db.execute(DROP_ALL_OF_CODE, params![task])?;
    Ok(())
}

fn fire<C: Connection>(db: &C, firing: &Firing, now: i64) -> Result<Option<Fired>> {
    let (name, problem) = (firing.name.as_str(), firing.problem.as_deref());
    let taken = match firing.moment {
        Moment::Next(at) => db.one(
            TAKE_NEXT,
            params![name, at, firing.next_at, firing.last_at, problem],
        ),
        Moment::Queued(at) => db.one(TAKE_QUEUED, params![name, at, problem]),
    }?;
    let Some(mut row) = taken else {
        return Ok(None);
    };
    let overlap = row.get("overlap").word(Overlap::parse)?;
    let mut queued_for = row.get("queued_for").opt_int()?;
    let input = row.get("input").text()?;
    let (Some(task), [.., last]) = (&firing.task, &firing.runs[..]) else {
        return Ok(Some(Fired {
            queued: queued_for.is_some(),
            ..Fired::default()
        }));
    };
    let mut fired = Fired::default();
    let going_on = db
        .execute(GOING_ON, params![name])?
        .into_iter()
        .map(|row| row.only().parsed())
        .collect::<Result<Vec<RunId>>>()?;
    let begin: &[ScheduledRun] = match overlap {
        Overlap::Allow => &firing.runs,
        Overlap::CancelPrevious => {
            for run in going_on {
                stop::cancel_within(db, run, &firing.stop, false, now)?;
                fired.cancelled += 1;
            }
            std::slice::from_ref(last)
        }
        Overlap::Skip | Overlap::Queue if !going_on.is_empty() => &[],
        Overlap::Skip | Overlap::Queue => &firing.runs[..1],
    };
    let left = firing.runs.len() - begin.len();
    let waits = overlap == Overlap::Queue && queued_for.is_none() && left > 0;
    if waits {
        queued_for = firing.runs.get(begin.len()).map(|run| run.at);
    }
    for run in begin {
        start(db, firing, task, input.as_str(), *run, now)?;
        fired.started.push(run.id);
    }
    fired.skipped = u32::try_from(left - usize::from(waits)).unwrap_or(u32::MAX);
    fired.queued = queued_for.is_some();
    db.execute(
        FIRED,
        params![
            name,
            fired.started.last().map(ToString::to_string),
            queued_for
        ],
    )?;
    Ok(Some(fired))
}

fn start<C: Connection>(
    db: &C,
    firing: &Firing,
    task: &TaskRef,
    input: &str,
    run: ScheduledRun,
    now: i64,
) -> Result<()> {
    let run = NewRun {
        id: run.id,
        frame: run.frame,
        task: task.clone(),
        input: input.to_owned(),
        idempotency_key: None,
        run_at: Some(run.at),
        schedule: Some(firing.name.clone()),
        terms: firing.terms.clone(),
        deadline: firing
            .timeout_ms
            .map(|timeout| run.at.max(now).saturating_add(timeout)),
        retry_of: None,
        webhook: firing.webhook.clone(),
        trace: None,
    };
    if runs::begin(db, &run, now)? {
        Ok(())
    } else {
        Err(Error::Unexpected("a scheduled run was refused".to_owned()))
    }
}
