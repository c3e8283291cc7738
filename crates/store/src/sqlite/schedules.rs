//! Schedules.

use tasker_domain::{CatchUp, Origin, Overlap, QUEUED_MAX, RunId, Schedule, Skipped, WhySkipped};

use crate::page::page;
use crate::records::schedules::{read_queued, read_schedule, read_schedules};
use crate::row::to_json;
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
         queued_more, last_at, last_run, last_problem, skipped, skipped_at, skipped_why, created_at,
         updated_at, input"
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
        next_at = CASE WHEN schedules.cron = excluded.cron AND schedules.time_zone = excluded.time_zone
                            AND schedules.is_paused = 0
                  THEN schedules.next_at ELSE excluded.next_at END
    WHERE schedules.origin = excluded.origin
    RETURNING 1";
/// The runs that wait are dropped, if its policies no longer let them or it is paused now.
const DROP_QUEUED: &str = "
    UPDATE schedules SET queued_for = NULL, queued_more = '[]',
        skipped = skipped + 1 + json_array_length(queued_more),
        skipped_at = coalesce(json_extract(queued_more, '$[#-1]'), queued_for), skipped_why = ?2
    WHERE name = ?1 AND queued_for IS NOT NULL
        AND (is_paused = 1 OR NOT (overlap = 'queue' OR (overlap = 'skip' AND catch_up = 'all')))";
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
    UPDATE schedules SET is_paused = 1, updated_at = ?2
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
const NEXT: &str = concat!(
    "SELECT min(at) FROM (
         SELECT min(s.next_at) AS at FROM schedules s INDEXED BY schedules_due WHERE s.is_paused = 0
         UNION ALL
         SELECT min(s.queued_for) FROM schedules s INDEXED BY schedules_queued WHERE s.queued_for IS NOT NULL AND NOT ",
    goes_on!(),
    ")"
);
/// The first to name a moment takes it.
const TAKE_NEXT: &str = "
    UPDATE schedules SET next_at = ?3, last_at = ?4, last_problem = ?5
    WHERE name = ?1 AND next_at = ?2 AND is_paused = 0
    RETURNING overlap, catch_up, queued_for, queued_more, input";
const TAKE_QUEUED: &str = "
    UPDATE schedules SET last_problem = ?3
    WHERE name = ?1 AND queued_for = ?2 AND is_paused = 0
    RETURNING overlap, catch_up, queued_for, queued_more, input";
const GOING_ON: &str = "
    SELECT id FROM task_runs INDEXED BY task_runs_schedule
    WHERE schedule = ?1 AND schedule IS NOT NULL AND finished_at IS NULL ORDER BY id";
const FIRED: &str = "
    UPDATE schedules SET last_run = coalesce(?2, last_run), queued_for = ?3, queued_more = ?4,
        skipped = skipped + ?5, skipped_at = coalesce(?6, skipped_at), skipped_why = coalesce(?7, skipped_why)
    WHERE name = ?1";

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
            db.execute(DROP_QUEUED, params![name, WhySkipped::Paused.as_str()])?;
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

    fn next_schedule(&self) -> Result<Option<i64>> {
        match self.connection.one(NEXT, params![])? {
            Some(row) => row.only().opt_int(),
            None => Ok(None),
        }
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
        db.execute(DROP_QUEUED, params![schedule.name.as_str(), why.as_str()])?;
    }
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
    let policies = (
        row.get("overlap").word(Overlap::parse)?,
        row.get("catch_up").word(CatchUp::parse)?,
    );
    let (queued, input) = (read_queued(&mut row)?, row.get("input").text()?);
    let going_on = db
        .execute(GOING_ON, params![name])?
        .into_iter()
        .map(|row| row.only().parsed())
        .collect::<Result<Vec<RunId>>>()?;
    let turn = turn(firing, policies, queued, going_on.is_empty());
    let mut fired = Fired {
        skipped: turn.skipped.map_or(0, |skipped| {
            u32::try_from(skipped.moments).unwrap_or(u32::MAX)
        }),
        queued: !turn.queued.is_empty(),
        ..Fired::default()
    };
    if policies.0 == Overlap::CancelPrevious && !turn.begin.is_empty() {
        for run in going_on {
            stop::cancel_within(db, run, &firing.stop, false, now)?;
            fired.cancelled += 1;
        }
    }
    if let Some(task) = &firing.task {
        for run in turn.begin {
            start(db, firing, task, input.as_str(), run, now)?;
            fired.started.push(run.id);
        }
    }
    let skipped = firing
        .skipped
        .map(|skipped| skipped.and(turn.skipped))
        .or(turn.skipped);
    db.execute(
        FIRED,
        params![
            name,
            fired.started.last().map(ToString::to_string),
            turn.queued.first().copied(),
            to_json(turn.queued.get(1..).unwrap_or_default())?,
            skipped.map_or(0, |skipped| i64::try_from(skipped.moments)
                .unwrap_or(i64::MAX)),
            skipped.map(|skipped| skipped.last_at),
            skipped.map(|skipped| skipped.why.as_str()),
        ],
    )?;
    Ok(Some(fired))
}

/// What becomes of the moments of a firing.
struct Turn {
    begin: Vec<ScheduledRun>,
    queued: Vec<i64>,
    skipped: Option<Skipped>,
}

/// What becomes of the moments of a firing, and of those that waited before it. Nothing goes on if `free`.
fn turn(
    firing: &Firing,
    (overlap, catch_up): (Overlap, CatchUp),
    mut queued: Vec<i64>,
    free: bool,
) -> Turn {
    let runs = match &firing.task {
        Some(_) => &firing.runs[..],
        None => &[],
    };
    let all_after = |count: usize, why| {
        let left = runs.get(count..).unwrap_or_default();
        left.last().map(|last| Skipped {
            moments: left.len() as u64,
            last_at: last.at,
            why,
        })
    };
    let (mut begin, mut skipped) = (Vec::new(), None);
    match (firing.moment, overlap) {
        (Moment::Queued(_), _) if runs.is_empty() => drop(queued.remove(0)),
        (Moment::Queued(_), _) => {}
        (Moment::Next(_), Overlap::Allow) => begin.extend_from_slice(runs),
        (Moment::Next(_), Overlap::CancelPrevious) => {
            begin.extend(runs.last());
            skipped = superseded(runs);
        }
        (Moment::Next(_), Overlap::Skip) if !free || !queued.is_empty() => {
            skipped = all_after(0, WhySkipped::GoingOn);
        }
        (Moment::Next(_), Overlap::Skip | Overlap::Queue) => {
            let waiting = match (overlap, catch_up) {
                (_, CatchUp::All) => QUEUED_MAX,
                (Overlap::Queue, _) => 1,
                _ => 0,
            };
            let room = (waiting + usize::from(free)).saturating_sub(queued.len());
            queued.extend(runs.iter().take(room).map(|run| run.at));
            skipped = all_after(room, WhySkipped::QueueFull);
        }
    }
    // The moment that has waited the longest comes first.
    if let (true, Some(run), Some(at)) = (free, runs.first(), queued.first().copied()) {
        begin.push(ScheduledRun { at, ..*run });
        queued.remove(0);
    }
    Turn {
        begin,
        queued,
        skipped,
    }
}

/// All but the last, for which they are skipped.
fn superseded(runs: &[ScheduledRun]) -> Option<Skipped> {
    let (_, before) = runs.split_last()?;
    before.last().map(|last| Skipped {
        moments: before.len() as u64,
        last_at: last.at,
        why: WhySkipped::Superseded,
    })
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
