//! Setting schedules, and firing them.

use tasker_domain::{Origin, WhySkipped};

use crate::firing::Turn;
use crate::portable::Database;
use crate::portable::schedules::{DROP_QUEUED, GOING_ON, SCHEDULE};
use crate::records::schedules::{read_ids, read_schedule};
use crate::row::to_json;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::{Sqlite, Within, runs, stop};
use crate::{Error, Fired, Firing, Result, ScheduleSet, Scheduling, SetSchedule};

/// Whether there is anything to fire at moment ?1: two looks into an index.
macro_rules! any_due {
    () => {
        concat!(
            "EXISTS (SELECT 1 FROM schedules s INDEXED BY schedules_due
                     WHERE s.is_paused = 0 AND s.next_at <= ?1)
             OR EXISTS (SELECT 1 FROM schedules s INDEXED BY schedules_queued
                        WHERE s.queued_for IS NOT NULL AND NOT ",
            $crate::portable::schedules::goes_on!(),
            ")"
        )
    };
}
pub(super) use any_due;

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
        next_at = CASE WHEN schedules.cron = excluded.cron AND schedules.time_zone = excluded.time_zone
                            AND schedules.is_paused = 0
                  THEN schedules.next_at ELSE excluded.next_at END
    WHERE schedules.origin = excluded.origin
    RETURNING 1";
const EXISTS: &str = "SELECT 1 FROM schedules WHERE name = ?1";
/// What the code of a task no longer declares: ?2 are the names of what it does.
const DROP_OF_CODE: &str = "
    DELETE FROM schedules
    WHERE task_name = ?1 AND origin = 'code' AND name NOT IN (SELECT value FROM json_each(?2)) RETURNING 1";
const IS_AS_DECLARED: &str = "
    SELECT 1 FROM schedules
    WHERE name = ?1 AND task_name = ?2 AND cron = ?3 AND time_zone = ?4 AND overlap = ?5 AND catch_up = ?6 AND input = ?7";
const FIRED: &str = "
    UPDATE schedules SET next_at = ?2, last_at = ?3, last_problem = ?4, last_run = coalesce(?5, last_run),
        queued_for = ?6, queued_more = ?7, skipped = skipped + ?8, skipped_at = coalesce(?9, skipped_at),
        skipped_why = coalesce(?10, skipped_why)
    WHERE name = ?1";

impl<C: Connection> Scheduling for Sqlite<C> {
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
    let why = match schedule.paused {
        Some(true) => WhySkipped::Paused,
        _ => WhySkipped::Changed,
    };
    if set.is_some() {
        let params = [schedule.name.as_str().into(), why.as_str().into()];
        Within(db).apply(&DROP_QUEUED, &params)?;
    }
    Ok(set.is_some())
}

/// Makes the schedules of a task's code those that it declares, within the caller's transaction; answers whether
/// anything changed.
pub(super) fn declare<C: Connection>(
    db: &C,
    task: &str,
    schedules: &[SetSchedule],
    now: i64,
) -> Result<bool> {
    let names: Vec<_> = schedules.iter().map(|schedule| &schedule.name).collect();
    let dropped = db.execute(DROP_OF_CODE, params![task, to_json(&names)?])?;
    let mut changed = !dropped.is_empty();
    for schedule in schedules {
        let declared = params![
            schedule.name.as_str(),
            schedule.task.as_str(),
            schedule.cron.as_str(),
            schedule.time_zone.as_str(),
            schedule.overlap.as_str(),
            schedule.catch_up.as_str(),
            schedule.input.as_str(),
        ];
        if db.one(IS_AS_DECLARED, declared)?.is_none() {
            changed |= set(db, Origin::Code, schedule, now)?;
        }
    }
    Ok(changed)
}

fn fire<C: Connection>(db: &C, firing: &Firing, now: i64) -> Result<Option<Fired>> {
    let name = firing.name.as_str();
    let Some(row) = db.one(SCHEDULE.sql, params![name])? else {
        return Ok(None);
    };
    let schedule = read_schedule(row)?;
    let going_on = read_ids(db.execute(GOING_ON.sql, params![name])?)?;
    let Some(turn) = Turn::of(firing, &schedule, &going_on) else {
        return Ok(None);
    };
    for run in &turn.cancel {
        stop::cancel(db, *run, &firing.stop, false, now)?;
    }
    for run in turn.runs(firing, &schedule, now) {
        if !runs::begin(db, &run, now)? {
            return Err(Error::Unexpected("a scheduled run was refused".to_owned()));
        }
    }
    let skipped = turn.all_skipped(firing);
    let moments = skipped.map_or(0, |skipped| skipped.moments);
    db.execute(
        FIRED,
        params![
            name,
            turn.next_at,
            turn.last_at,
            firing.problem.as_deref(),
            turn.begin.last().map(|run| run.id),
            turn.queued.first().copied(),
            to_json(turn.queued.get(1..).unwrap_or_default())?,
            i64::try_from(moments).unwrap_or(i64::MAX),
            skipped.map(|skipped| skipped.last_at),
            skipped.map(|skipped| skipped.why.as_str()),
        ],
    )?;
    Ok(Some(turn.fired()))
}
