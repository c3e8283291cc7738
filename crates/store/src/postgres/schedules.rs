//! Schedules, and publishing a task with all that its code declares.

use serde::Serialize;
use tasker_domain::{QUEUED_MAX, Schedule};

use crate::page::page;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::postgres::runs::RunToMake;
use crate::postgres::stop::HowToStop;
use crate::postgres::tasks::{NewVersion, read_publish};
use crate::records::runs::{lane, written};
use crate::records::schedules::{read_schedule, read_schedules};
use crate::row::to_json;
use crate::{
    Fired, Firing, Moment, Page, Publication, Publish, Result, ScheduleRemoved, ScheduleSet,
    ScheduledRun, Schedules, SetSchedule,
};

/// A schedule as the functions take it: the type `new_schedule`.
#[derive(Serialize)]
struct NewSchedule<'a> {
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

impl<C: Connection> Schedules for Postgres<C> {
    fn publish_with(&self, publication: &Publication<'_>, now: i64) -> Result<Publish> {
        let declared = publication.schedules.iter().map(NewSchedule::from);
        let version = NewVersion {
            namespaces: publication.grants.map(to_json).transpose()?,
            settings: Some(publication.settings.into()),
            ..NewVersion::of(publication.task)
        };
        let schedules = json(&declared.collect::<Vec<_>>())?;
        let params = params![json(&version)?, schedules, now];
        read_publish(self.connection.value("publish_with", params)?)
    }

    fn set_schedule(&self, schedule: &SetSchedule, now: i64) -> Result<ScheduleSet> {
        let params = params![json(&NewSchedule::from(schedule))?, now];
        let is_new = self.connection.value("set_schedule", params)?.opt_int()?;
        Ok(match is_new {
            None => ScheduleSet::OfCode,
            Some(0) => ScheduleSet::Replaced,
            Some(_) => ScheduleSet::Created,
        })
    }

    fn schedule(&self, name: &str) -> Result<Option<Schedule>> {
        let row = self.connection.one("schedule", params![name])?;
        row.map(read_schedule).transpose()
    }

    fn schedules(&self, after: Option<&str>, limit: u32) -> Result<Page<Schedule>> {
        page(limit, |limit| {
            let after = after.unwrap_or_default();
            read_schedules(self.connection.call("schedules", params![after, limit])?)
        })
    }

    fn remove_schedule(&self, name: &str) -> Result<ScheduleRemoved> {
        let removed = self.connection.value("remove_schedule", params![name])?;
        Ok(match removed.opt_int()? {
            None => ScheduleRemoved::NotFound,
            Some(0) => ScheduleRemoved::OfCode,
            Some(_) => ScheduleRemoved::Removed,
        })
    }

    fn pause_schedule(&self, name: &str, now: i64) -> Result<bool> {
        self.connection
            .value("pause_schedule", params![name, now])?
            .boolean()
    }

    fn resume_schedule(&self, name: &str, next_at: Option<i64>, now: i64) -> Result<bool> {
        self.connection
            .value("resume_schedule", params![name, next_at, now])?
            .boolean()
    }

    fn due_schedules(&self, limit: u32, now: i64) -> Result<Vec<Schedule>> {
        read_schedules(self.connection.call("due_schedules", params![limit, now])?)
    }

    fn next_schedule(&self) -> Result<Option<i64>> {
        self.connection.value("next_schedule", params![])?.opt_int()
    }

    fn fire(&self, firing: &Firing, now: i64) -> Result<Option<Fired>> {
        let (is_next, at) = match firing.moment {
            Moment::Next(at) => (true, at),
            Moment::Queued(at) => (false, at),
        };
        let what = WhatFires {
            name: &firing.name,
            is_next,
            at,
            next_at: firing.next_at,
            last_at: firing.last_at,
            problem: firing.problem.as_deref(),
            skipped: firing.skipped.map(|skipped| skipped.moments),
            skipped_at: firing.skipped.map(|skipped| skipped.last_at),
            skipped_why: firing.skipped.map(|skipped| skipped.why.as_str()),
        };
        let params = params![
            json(&what)?,
            json(&runs_to_make(firing, now)?)?,
            json(&HowToStop::of(&firing.stop)?)?,
            QUEUED_MAX as i64,
            now,
        ];
        let Some(mut row) = self.connection.one("fire", params)? else {
            return Ok(None);
        };
        Ok(Some(Fired {
            started: row.get("started").json()?,
            cancelled: row.get("cancelled").number()?,
            skipped: row.get("skipped").number()?,
            queued: row.get("queued").boolean()?,
        }))
    }
}

/// What fires as the function takes it: the type `firing`.
#[derive(Serialize)]
struct WhatFires<'a> {
    name: &'a str,
    is_next: bool,
    at: i64,
    next_at: Option<i64>,
    last_at: i64,
    problem: Option<&'a str>,
    skipped: Option<u64>,
    skipped_at: Option<i64>,
    skipped_why: Option<&'static str>,
}

/// The runs that a schedule makes, with the input that the schedule has; none without a task.
fn runs_to_make(firing: &Firing, now: i64) -> Result<Vec<RunToMake<'_>>> {
    let Some(task) = &firing.task else {
        return Ok(Vec::new());
    };
    let (terms, slot) = (&firing.terms, firing.terms.slot.as_ref());
    let of = |run: &ScheduledRun| {
        Ok(RunToMake {
            id: run.id,
            frame: run.frame,
            task: &task.name,
            version: &task.version,
            idempotency_key: None,
            key_expires_at: 0,
            input: None,
            run_at: Some(run.at),
            deadline: firing.timeout_ms.map(|timeout| run.at.max(now) + timeout),
            retry_of: None,
            schedule: Some(&firing.name),
            priority: terms.priority,
            lane: lane(&task.name, terms.priority),
            retention_ms: terms.retention_ms,
            slot_scope: slot.map(|slot| slot.scope.as_str()),
            slot_limit: slot.map(|slot| slot.at_once),
            webhook: firing.webhook.as_deref(),
            trace: None,
            retry: written(&terms.retry)?,
            versions_of: None,
        })
    };
    firing.runs.iter().map(of).collect()
}
