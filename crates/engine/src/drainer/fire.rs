//! Firing the schedules that are due.

use tasker_domain::figures::Metric;
use tasker_domain::{Schedule, Skipped, Stop, StopCause, WhySkipped};
use tasker_schedule::{Cron, due};
use tasker_store::prelude::*;
use tasker_store::{Firing, Moment, RunTerms, ScheduledRun};
use tasker_world::{World, error};

use super::Error;
use crate::submission::{self, for_schedule, version};

/// Schedules that are read at once; a sweep continues while there are more.
const BATCH: u32 = 50;

/// The most batches of a sweep; the next sweep continues.
const BATCHES: u32 = 20;

/// Fires every schedule that is due and returns how many runs that made. A run that is cancelled for
/// one of them may clean up for `grace_ms`.
pub(crate) fn due_now<W: World>(world: &W, store: &W::Store, grace_ms: i64) -> Result<u32, Error> {
    let mut started = 0;
    for _ in 0..BATCHES {
        let now = world.now_ms();
        let due = store.due_schedules(BATCH, now)?;
        let more = u32::try_from(due.len()).is_ok_and(|count| count == BATCH);
        for schedule in due {
            let firing = firing(world, store, schedule, grace_ms, now)?;
            if let Some(fired) = store.fire(&firing, now)? {
                started += u32::try_from(fired.started.len()).unwrap_or(u32::MAX);
                let failed = u64::from(firing.problem.is_some());
                world.count(Metric::ScheduleFailure, "", failed);
            }
        }
        if !more {
            break;
        }
    }
    Ok(started)
}

/// What a due schedule must do.
fn firing<W: World>(
    world: &W,
    store: &W::Store,
    schedule: Schedule,
    grace_ms: i64,
    now: i64,
) -> Result<Firing, Error> {
    let mut firing = Firing {
        name: schedule.name.clone(),
        moment: Moment::Queued(schedule.queued.first().copied().unwrap_or_default()),
        next_at: schedule.next_at,
        last_at: schedule.last_at.unwrap_or_default(),
        runs: Vec::new(),
        skipped: None,
        task: None,
        terms: RunTerms::default(),
        problem: None,
        stop: Stop {
            reason: Some("its schedule's next moment had come".to_owned()),
            ..Stop::new(StopCause::Cancel, grace_ms, now)
        },
        timeout_ms: None,
        webhook: None,
    };
    let mut moments: Vec<i64> = schedule.queued.iter().copied().take(1).collect();
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
    let (task, terms) = match for_schedule(world, store, &schedule) {
        Ok(found) => found,
        Err(submission::Error::Store(failure)) => return Err(failure.into()),
        Err(submission::Error::Refused(problem)) => {
            return Ok(without_run(firing, &moments, problem.detail));
        }
        Err(failure) => {
            world.log(error(format!(
                "the schedule `{}`: {failure}",
                schedule.name
            )));
            let shown = "Tasker failed; its log says why".to_owned();
            return Ok(without_run(firing, &moments, shown));
        }
    };
    firing.terms = terms;
    firing.timeout_ms = task.timeout_ms;
    firing.task = Some(version(&task));
    firing.runs = moments
        .into_iter()
        .map(|at| ScheduledRun {
            id: world.new_run_id(),
            frame: world.new_stack_run_id(),
            at,
        })
        .collect();
    Ok(firing)
}

/// A firing whose moments make no run because of a problem.
fn without_run(mut firing: Firing, moments: &[i64], problem: String) -> Firing {
    firing.problem = Some(problem);
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
