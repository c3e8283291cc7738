//! Setting schedules, and firing them.

use serde::Serialize;
use tasker_domain::{RunId, Schedule};

use crate::firing::Turn;
use crate::portable::schedules::GOING_ON;
use crate::portable::{Database, LOOKS};
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::postgres::runs::RunToMake;
use crate::postgres::stop::HowToStop;
use crate::records::schedules::read_ids;
use crate::{
    Error, Fired, Firing, NewRun, Result, ScheduleSet, Schedules, Scheduling, SetSchedule,
};

/// A schedule as the functions take it: the type `new_schedule`.
#[derive(Serialize)]
pub(super) struct NewSchedule<'a> {
    name: &'a str,
    task: &'a str,
    cron: &'a str,
    time_zone: &'a str,
    overlap: &'static str,
    catch_up: &'static str,
    paused: Option<bool>,
    next_at: Option<i64>,
    input: &'a str,
}

impl<'a> From<&'a SetSchedule> for NewSchedule<'a> {
    fn from(schedule: &'a SetSchedule) -> Self {
        Self {
            name: &schedule.name,
            task: &schedule.task,
            cron: &schedule.cron,
            time_zone: &schedule.time_zone,
            overlap: schedule.overlap.as_str(),
            catch_up: schedule.catch_up.as_str(),
            paused: schedule.paused,
            next_at: schedule.next_at,
            input: &schedule.input,
        }
    }
}

impl<C: Connection> Scheduling for Postgres<C> {
    fn set_schedule(&self, schedule: &SetSchedule, now: i64) -> Result<ScheduleSet> {
        let params = params![json(&NewSchedule::from(schedule))?, now];
        let is_new = self.connection.value("set_schedule", params)?.opt_int()?;
        Ok(match is_new {
            None => ScheduleSet::OfCode,
            Some(0) => ScheduleSet::Replaced,
            Some(_) => ScheduleSet::Created,
        })
    }

    /// A schedule that changes while the rule is applied is looked at again.
    fn fire(&self, firing: &Firing, now: i64) -> Result<Option<Fired>> {
        for _ in 0..LOOKS {
            let Some(schedule) = self.schedule(&firing.name)? else {
                return Ok(None);
            };
            let going_on = read_ids(self.rows(&GOING_ON, params![firing.name.as_str()])?)?;
            let Some(turn) = Turn::of(firing, &schedule, &going_on) else {
                return Ok(None);
            };
            let runs = turn.runs(firing, &schedule, now);
            let decided = json(&Decided::of(firing, &schedule, &going_on, &turn, &runs)?)?;
            if self
                .connection
                .value("fire", params![decided, now])?
                .boolean()?
            {
                return Ok(Some(turn.fired()));
            }
        }
        let reason = format!("the schedule {} changes all the time", firing.name);
        Err(Error::Unavailable(reason))
    }
}

/// What was decided of a schedule that fires, and what it was decided on, as the function takes it: the type `firing`.
#[derive(Serialize)]
struct Decided<'a> {
    name: &'a str,
    overlap: &'static str,
    catch_up: &'static str,
    input: &'a str,
    was_next_at: Option<i64>,
    was_queued: &'a [i64],
    going_on: &'a [RunId],
    next_at: Option<i64>,
    last_at: Option<i64>,
    problem: Option<&'a str>,
    queued: &'a [i64],
    skipped: u64,
    skipped_at: Option<i64>,
    skipped_why: Option<&'static str>,
    cancel: &'a [RunId],
    stop: HowToStop,
    runs: Vec<RunToMake<'a>>,
}

impl<'a> Decided<'a> {
    fn of(
        firing: &'a Firing,
        schedule: &'a Schedule,
        going_on: &'a [RunId],
        turn: &'a Turn,
        runs: &'a [NewRun],
    ) -> Result<Self> {
        let skipped = turn.all_skipped(firing);
        Ok(Self {
            name: &firing.name,
            overlap: schedule.overlap.as_str(),
            catch_up: schedule.catch_up.as_str(),
            input: &schedule.input,
            was_next_at: schedule.next_at,
            was_queued: &schedule.queued,
            going_on,
            next_at: turn.next_at,
            last_at: turn.last_at,
            problem: firing.problem.as_deref(),
            queued: &turn.queued,
            skipped: skipped.map_or(0, |skipped| skipped.moments),
            skipped_at: skipped.map(|skipped| skipped.last_at),
            skipped_why: skipped.map(|skipped| skipped.why.as_str()),
            cancel: &turn.cancel,
            stop: HowToStop::of(&firing.stop)?,
            runs: runs.iter().map(RunToMake::of).collect::<Result<_>>()?,
        })
    }
}
