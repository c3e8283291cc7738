//! What may be done with schedules.

use proptest::prelude::*;
use tasker_domain::reach::Reach;
use tasker_domain::{CatchUp, Overlap, Skipped, TaskFunction, WhySkipped};
use tasker_store::{
    Firing, Moment, Publication, Publish, RunTerms, ScheduleRemoved, ScheduleSet, ScheduledRun,
    Schedules, SetSchedule, TaskSettings,
};

use super::action::{Answer, judge};
use super::world::{TASKS, VERSIONS, World};
use crate::backend::Everything;
use crate::fixtures::*;
use crate::model::Model;

const CRONS: [&str; 2] = ["* * * * *", "0 9 * * *"];
/// Names of schedules that tasks declare, and of one that no task does.
const NAMES: [&str; 4] = ["main:1", "main:2", "other:1", "mine"];

#[derive(Debug, Clone)]
pub(crate) enum Operation {
    PublishWith {
        task: usize,
        version: usize,
        schedules: Vec<(bool, u8)>,
    },
    Set {
        name: usize,
        cron: usize,
        overlap: usize,
        catch_up: usize,
        paused: Option<bool>,
        next: Option<i64>,
    },
    Remove {
        name: usize,
    },
    Pause {
        name: usize,
    },
    Resume {
        name: usize,
        next: Option<i64>,
    },
    Fire {
        name: usize,
        queued: bool,
        stale: bool,
        runs: u32,
        next: i64,
        task: Option<usize>,
    },
}

pub(crate) fn operation() -> impl Strategy<Value = Operation> {
    let name = || 0..NAMES.len();
    let next = || prop::option::weighted(0.9, -30..90i64);
    prop_oneof![
        1 => (0..2usize, 0..2usize, prop::collection::vec((any::<bool>(), 0..2u8), 0..2))
            .prop_map(|(task, version, schedules)| Operation::PublishWith { task, version, schedules }),
        3 => (name(), 0..2usize, 0..4usize, 0..3usize, prop::option::weighted(0.3, any::<bool>()), next())
            .prop_map(|(name, cron, overlap, catch_up, paused, next)| Operation::Set { name, cron, overlap, catch_up, paused, next }),
        1 => name().prop_map(|name| Operation::Remove { name }),
        1 => name().prop_map(|name| Operation::Pause { name }),
        2 => (name(), next()).prop_map(|(name, next)| Operation::Resume { name, next }),
        8 => (
            name(),
            prop::bool::weighted(0.3),
            prop::bool::weighted(0.1),
            0..4u32,
            0..90i64,
            prop::option::weighted(0.9, 0..2usize),
        )
            .prop_map(|(name, queued, stale, runs, next, task)| {
                Operation::Fire { name, queued, stale, runs, next, task }
            }),
    ]
}

#[derive(Debug)]
pub(crate) enum Action {
    PublishWith(&'static str, &'static str, Vec<SetSchedule>),
    Set(SetSchedule),
    Remove(&'static str),
    Pause(&'static str),
    Resume(&'static str, Option<i64>),
    Fire(Box<Firing>),
}

fn wanted(name: &str, task: &str, cron: usize, overlap: usize, now: i64) -> SetSchedule {
    SetSchedule {
        name: name.to_owned(),
        task: task.to_owned(),
        cron: CRONS[cron].to_owned(),
        time_zone: "UTC".to_owned(),
        input: "{}".to_owned(),
        overlap: Overlap::ALL[overlap],
        catch_up: CatchUp::Last,
        paused: None,
        next_at: Some(now),
    }
}

impl Operation {
    pub(crate) fn resolve(&self, world: &mut World, model: &Model) -> Action {
        let now = world.now;
        let later = |next: &Option<i64>| next.map(|next| now + next);
        match self {
            Self::PublishWith {
                task,
                version,
                schedules,
            } => {
                let (task, version) = (TASKS[*task], VERSIONS[*version]);
                let declared = schedules
                    .iter()
                    .enumerate()
                    .map(|(index, (cron, overlap))| {
                        let name = format!("{task}:{}", index + 1);
                        wanted(&name, task, usize::from(*cron), usize::from(*overlap), now)
                    });
                Action::PublishWith(task, version, declared.collect())
            }
            Self::Set {
                name,
                cron,
                overlap,
                catch_up,
                paused,
                next,
            } => Action::Set(SetSchedule {
                catch_up: CatchUp::ALL[*catch_up],
                paused: *paused,
                next_at: later(next),
                ..wanted(NAMES[*name], TASKS[0], *cron, *overlap, now)
            }),
            Self::Remove { name } => Action::Remove(NAMES[*name]),
            Self::Pause { name } => Action::Pause(NAMES[*name]),
            Self::Resume { name, next } => Action::Resume(NAMES[*name], later(next)),
            Self::Fire {
                name,
                queued,
                stale,
                runs,
                next,
                task,
            } => {
                let schedule = model.schedule(NAMES[*name]).unwrap();
                let next_at = schedule.as_ref().and_then(|schedule| schedule.next_at);
                let queued_for = schedule.and_then(|schedule| schedule.queued.first().copied());
                let stale = i64::from(*stale);
                let (moment, runs) = match queued_for {
                    Some(at) if *queued => (Moment::Queued(at + stale), 1),
                    _ => (Moment::Next(next_at.unwrap_or(now) + stale), *runs),
                };
                let run = |index| ScheduledRun {
                    id: world.run_id(index),
                    frame: world.row_id(),
                    at: now - 10 + i64::from(index),
                };
                Action::Fire(Box::new(Firing {
                    name: NAMES[*name].to_owned(),
                    moment,
                    next_at: Some(now + next),
                    last_at: now,
                    runs: (0..runs).map(run).collect(),
                    skipped: (next % 4 == 0).then_some(Skipped {
                        moments: 2,
                        last_at: now - 20,
                        why: WhySkipped::Late,
                    }),
                    task: task.map(|version| task_ref(TASKS[0], VERSIONS[version])),
                    terms: RunTerms {
                        priority: i32::try_from(*next % 3).unwrap_or(0),
                        ..RunTerms::default()
                    },
                    problem: task.is_none().then(|| "no task".to_owned()),
                    stop: stop(world.now, world.now + 40),
                    timeout_ms: (world.now % 3 == 0).then_some(60),
                    webhook: None,
                }))
            }
        }
    }
}

impl Action {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::PublishWith(..) => "publish_with",
            Self::Set(..) => "set_schedule",
            Self::Remove(..) => "remove_schedule",
            Self::Pause(..) => "pause_schedule",
            Self::Resume(..) => "resume_schedule",
            Self::Fire(..) => "fire",
        }
    }

    pub(crate) fn apply(&self, store: &dyn Everything, now: i64) -> Answer {
        match self {
            Self::PublishWith(task, version, schedules) => {
                let publication = Publication {
                    task: &TaskFunction {
                        created_at: now,
                        ..function(task, version)
                    },
                    grants: None,
                    settings: &TaskSettings {
                        priority: (*version == VERSIONS[0]).then_some(7),
                        reach: Reach {
                            confined: *version == VERSIONS[1],
                            ..Reach::default()
                        },
                        ..TaskSettings::default()
                    },
                    schedules,
                };
                judge(&store.publish_with(&publication, now), |publish| {
                    *publish != Publish::Unchanged
                })
            }
            Self::Set(schedule) => judge(&store.set_schedule(schedule, now), |set| {
                *set != ScheduleSet::OfCode
            }),
            Self::Remove(name) => judge(&store.remove_schedule(name), |removed| {
                *removed == ScheduleRemoved::Removed
            }),
            Self::Pause(name) => judge(&store.pause_schedule(name, now), |found| *found),
            Self::Resume(name, next) => {
                judge(&store.resume_schedule(name, *next, now), |found| *found)
            }
            Self::Fire(firing) => {
                let fired = store.fire(firing, now);
                let judged = judge(&fired, Option::is_some);
                let started = fired.ok().flatten().map(|fired| fired.started);
                Answer {
                    runs: started.unwrap_or_default(),
                    ..judged
                }
            }
        }
    }
}

/// What can be seen of the schedules.
pub(crate) fn observe(store: &dyn Schedules, now: i64) -> String {
    format!(
        "{:?} {:?} {:?} {:?}",
        store.next_schedule(),
        store.schedules(None, 2),
        store.schedules(Some(NAMES[1]), 9),
        store.due_schedules(2, now)
    )
}
