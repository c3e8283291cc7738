//! Schedules.

use tasker_domain::{CatchUp, Origin, Overlap, RunId, Schedule, Skipped, WhySkipped};
use tasker_store::{
    Fired, Firing, Moment, NewRun, Page, Result, ScheduleRemoved, ScheduleSet, Schedules,
    Scheduling, SetSchedule,
};

use super::Model;
use super::state::{State, page};

impl State {
    pub(super) fn set(&mut self, origin: Origin, wanted: &SetSchedule, now: i64) -> ScheduleSet {
        let before = self.schedules.get(&wanted.name);
        if before.is_some_and(|before| before.origin != origin) {
            return ScheduleSet::OfCode;
        }
        let mut schedule = Schedule {
            name: wanted.name.clone(),
            task: wanted.task.clone(),
            origin,
            cron: wanted.cron.clone(),
            time_zone: wanted.time_zone.clone(),
            input: wanted.input.clone(),
            overlap: wanted.overlap,
            catch_up: wanted.catch_up,
            paused: wanted.paused.unwrap_or(false),
            next_at: wanted.next_at,
            queued: Vec::new(),
            last_at: None,
            last_run: None,
            last_problem: None,
            skipped: None,
            created_at: now,
            updated_at: now,
        };
        let mut answer = ScheduleSet::Created;
        if let Some(before) = before {
            answer = ScheduleSet::Replaced;
            schedule.paused = wanted.paused.unwrap_or(before.paused);
            schedule.created_at = before.created_at;
            schedule.last_at = before.last_at;
            schedule.last_run = before.last_run;
            schedule.last_problem = before.last_problem.clone();
            schedule.skipped = before.skipped;
            schedule.queued = before.queued.clone();
            let may_wait = schedule.overlap == Overlap::Queue
                || (schedule.overlap, schedule.catch_up) == (Overlap::Skip, CatchUp::All);
            if schedule.paused || !may_wait {
                drop_queued(
                    &mut schedule,
                    match wanted.paused {
                        Some(true) => WhySkipped::Paused,
                        _ => WhySkipped::Changed,
                    },
                );
            }
            let same_moments =
                before.cron == schedule.cron && before.time_zone == schedule.time_zone;
            if same_moments && !before.paused {
                schedule.next_at = before.next_at;
            }
        }
        self.schedules.insert(wanted.name.clone(), schedule);
        answer
    }

    fn goes_on(&self, schedule: &str) -> Vec<RunId> {
        let runs = self.runs.values();
        runs.filter(|run| run.schedule.as_deref() == Some(schedule) && !run.status.is_terminal())
            .map(|run| run.id)
            .collect()
    }

    pub(super) fn due_schedules(&self, limit: u32, now: i64) -> Vec<Schedule> {
        let next = self.schedules.values().filter(|schedule| {
            !schedule.paused && schedule.next_at.is_some_and(|next_at| next_at <= now)
        });
        let mut due: Vec<_> = next.cloned().collect();
        due.sort_by_key(|schedule| (schedule.next_at, schedule.name.clone()));
        let queued = self.schedules.values().filter(|schedule| {
            !schedule.queued.is_empty()
                && self.goes_on(&schedule.name).is_empty()
                && schedule.next_at.is_none_or(|next_at| next_at > now)
        });
        due.extend(queued.cloned());
        due.truncate(limit as usize);
        due
    }

    fn fire(&mut self, firing: &Firing, now: i64) -> Result<Option<Fired>> {
        let going_on = self.goes_on(&firing.name);
        let Some(schedule) = self.schedules.get_mut(&firing.name) else {
            return Ok(None);
        };
        let (next, queued) = (schedule.next_at, schedule.queued.first().copied());
        match firing.moment {
            _ if schedule.paused => return Ok(None),
            Moment::Next(at) if next == Some(at) => {
                schedule.next_at = firing.next_at;
                schedule.last_at = Some(firing.last_at);
            }
            Moment::Queued(at) if queued == Some(at) => {
                schedule.queued.remove(0);
            }
            Moment::Next(_) | Moment::Queued(_) => return Ok(None),
        }
        schedule.last_problem = firing.problem.clone();
        note(schedule, firing.skipped);
        let (overlap, catch_up) = (schedule.overlap, schedule.catch_up);
        let input = schedule.input.clone();
        let is_free = going_on.is_empty();
        let mut fired = Fired::default();
        let mut begin = Vec::new();
        let runs = firing
            .task
            .iter()
            .flat_map(|task| firing.runs.iter().map(move |run| (task, *run)));
        let runs: Vec<_> = runs.collect();
        // Who was first in the queue is back at its head, unless its run cannot be made.
        if let (Moment::Queued(at), false) = (firing.moment, runs.is_empty()) {
            schedule.queued.insert(0, at);
        }
        let is_idle = is_free && schedule.queued.is_empty();
        let room = match (overlap, catch_up) {
            (Overlap::Skip | Overlap::Queue, CatchUp::All) => 100,
            (Overlap::Queue, _) => 1,
            _ => 0,
        };
        for (index, (task, run)) in runs.iter().enumerate() {
            let why = match overlap {
                _ if matches!(firing.moment, Moment::Queued(_)) => None,
                Overlap::Allow => {
                    begin.push(((*task).clone(), *run));
                    None
                }
                Overlap::CancelPrevious if index + 1 == runs.len() => {
                    begin.push(((*task).clone(), *run));
                    None
                }
                Overlap::CancelPrevious => Some(WhySkipped::Superseded),
                Overlap::Skip if !is_idle => Some(WhySkipped::GoingOn),
                _ if schedule.queued.len() < room + usize::from(is_free) => {
                    schedule.queued.push(run.at);
                    None
                }
                _ => Some(WhySkipped::QueueFull),
            };
            if let Some(why) = why {
                fired.skipped += 1;
                let one = Skipped {
                    moments: 1,
                    last_at: run.at,
                    why,
                };
                note(schedule, Some(one));
            }
        }
        if is_free && !runs.is_empty() && !schedule.queued.is_empty() {
            let at = schedule.queued.remove(0);
            begin.push((
                runs[0].0.clone(),
                tasker_store::ScheduledRun { at, ..runs[0].1 },
            ));
        }
        if overlap == Overlap::CancelPrevious && !begin.is_empty() {
            for run in going_on {
                self.cancel(run, &firing.stop, false, now);
                fired.cancelled += 1;
            }
        }
        for (task, run) in begin {
            let new = NewRun {
                id: run.id,
                frame: run.frame,
                task,
                input: input.clone(),
                idempotency_key: None,
                run_at: Some(run.at),
                schedule: Some(firing.name.clone()),
                terms: firing.terms.clone(),
                deadline: firing.timeout_ms.map(|timeout| run.at.max(now) + timeout),
                retry_of: None,
                webhook: None,
                trace: None,
                tags: Vec::new(),
            };
            self.submit(&new, now)?;
            fired.started.push(run.id);
        }
        fired.queued = !self.schedules[&firing.name].queued.is_empty();
        Ok(Some(fired))
    }
}

/// Notes moments that made no run.
fn note(schedule: &mut Schedule, skipped: Option<Skipped>) {
    schedule.skipped = schedule
        .skipped
        .map_or(skipped, |before| Some(before.and(skipped)));
}

fn drop_queued(schedule: &mut Schedule, why: WhySkipped) {
    if let Some(last_at) = schedule.queued.last().copied() {
        let moments = schedule.queued.len() as u64;
        note(
            schedule,
            Some(Skipped {
                moments,
                last_at,
                why,
            }),
        );
        schedule.queued.clear();
    }
}

pub(super) type Fields = (
    String,
    String,
    String,
    Overlap,
    tasker_domain::CatchUp,
    String,
);

pub(super) fn fields(wanted: &SetSchedule) -> Fields {
    (
        wanted.task.clone(),
        wanted.cron.clone(),
        wanted.time_zone.clone(),
        wanted.overlap,
        wanted.catch_up,
        wanted.input.clone(),
    )
}

/// What a task's code says of a schedule.
pub(super) fn declared(schedule: &Schedule) -> (String, Fields) {
    let schedule = schedule.clone();
    let fields = (
        schedule.task,
        schedule.cron,
        schedule.time_zone,
        schedule.overlap,
        schedule.catch_up,
        schedule.input,
    );
    (schedule.name, fields)
}

impl Schedules for Model {
    fn schedule(&self, name: &str) -> Result<Option<Schedule>> {
        self.read(|state| state.schedules.get(name).cloned())
    }
    fn schedules(&self, after: Option<&str>, limit: u32) -> Result<Page<Schedule>> {
        self.read(|state| {
            let schedules = state.schedules.values().cloned();
            page(
                schedules.filter(|schedule| after.is_none_or(|after| *schedule.name > *after)),
                limit,
            )
        })
    }
    fn pause_schedule(&self, name: &str, now: i64) -> Result<bool> {
        self.write(|state| {
            let schedule = state.schedules.get_mut(name);
            Ok(schedule.is_some_and(|schedule| {
                if !schedule.paused {
                    schedule.paused = true;
                    drop_queued(schedule, WhySkipped::Paused);
                    schedule.updated_at = now;
                }
                true
            }))
        })
    }
    fn resume_schedule(&self, name: &str, next_at: Option<i64>, now: i64) -> Result<bool> {
        self.write(|state| {
            let schedule = state.schedules.get_mut(name);
            Ok(schedule.is_some_and(|schedule| {
                if schedule.paused {
                    schedule.paused = false;
                    schedule.next_at = next_at;
                    schedule.updated_at = now;
                }
                true
            }))
        })
    }
    fn remove_schedule(&self, name: &str) -> Result<ScheduleRemoved> {
        self.write(|state| {
            Ok(match state.schedules.get(name).map(|of| of.origin) {
                None => ScheduleRemoved::NotFound,
                Some(Origin::Code) => ScheduleRemoved::OfCode,
                Some(Origin::Api) => {
                    state.schedules.remove(name);
                    ScheduleRemoved::Removed
                }
            })
        })
    }
    fn due_schedules(&self, limit: u32, now: i64) -> Result<Vec<Schedule>> {
        self.read(|state| state.due_schedules(limit, now))
    }
    fn next_schedule(&self) -> Result<Option<i64>> {
        self.read(|state| {
            let all = state.schedules.values();
            let next = all
                .clone()
                .filter(|one| !one.paused)
                .filter_map(|one| one.next_at);
            let queued = all
                .filter(|one| state.goes_on(&one.name).is_empty())
                .filter_map(|one| one.queued.first().copied());
            next.chain(queued).min()
        })
    }
}

impl Scheduling for Model {
    fn set_schedule(&self, schedule: &SetSchedule, now: i64) -> Result<ScheduleSet> {
        self.write(|state| Ok(state.set(Origin::Api, schedule, now)))
    }
    fn fire(&self, firing: &Firing, now: i64) -> Result<Option<Fired>> {
        self.write(|state| state.fire(firing, now))
    }
}
