//! The clients: they submit runs, send events, cancel, pause and resume.

use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use tasker_domain::{RunId, StackRunId, Stop, StopCause, TaskFunction};
use tasker_store::prelude::*;
use tasker_store::sqlite::Sqlite;
use tasker_store::{NewEvent, NewRun, RunTerms, Slot, TaskRef};

use crate::database::Direct;
use crate::program::{CODE, Step};
use crate::world::{BEGIN_MS, Shared};

/// A run, and what a client did to it.
#[derive(Clone)]
pub(crate) struct Submission {
    pub(crate) id: RunId,
    pub(crate) step: Step,
    pub(crate) slot: Option<Slot>,
    /// After which time it is cancelled, and whether by force.
    pub(crate) cancel: Option<(Duration, bool)>,
    /// After which time it is paused, and for how long.
    pause: Option<(Duration, Duration)>,
    begins: Duration,
    node: usize,
}

pub(crate) type Store = Sqlite<Direct>;

/// Makes up some runs.
pub(crate) fn make_up(random: &mut fastrand::Rng, nodes: usize) -> Vec<Submission> {
    let mut next = 0;
    let many = random.u8(1..=4);
    let at_once = random.u32(1..=2);
    let span = |random: &mut fastrand::Rng, most| Duration::from_millis(random.u64(0..most));
    (0..many)
        .map(|number| {
            let mut left = random.u32(1..12);
            Submission {
                id: RunId::new(BEGIN_MS, [number + 1; 10]),
                step: Step::made_up(random, &mut left, &mut next),
                slot: (random.u8(0..3) == 0).then(|| Slot {
                    scope: "limited".to_owned(),
                    at_once,
                }),
                cancel: (random.u8(0..6) == 0).then(|| (span(random, 8_000), random.u8(0..4) == 0)),
                pause: (random.u8(0..6) == 0).then(|| (span(random, 5_000), span(random, 9_000))),
                begins: span(random, 6_000),
                node: random.usize(0..nodes),
            }
        })
        .collect()
}

/// Publishes the task.
pub(crate) fn publish(store: &Store) {
    let task = TaskFunction {
        name: "program".to_owned(),
        version: "1".to_owned(),
        code: CODE.to_owned(),
        modules: "{}".to_owned(),
        description: None,
        input_schema: None,
        timeout_ms: None,
        created_at: BEGIN_MS,
    };
    store.publish(&task).expect("the task is published");
}

/// Does all that a client does about a run, each thing as it comes.
pub(crate) fn begin(shared: &Rc<Shared>, store: &Rc<Store>, run: Submission) {
    let at = |shared: &Rc<Shared>, delay: Duration| shared.executor.sleep(delay);
    let now = |shared: &Shared| BEGIN_MS + tasker_world::in_ms(shared.executor.elapsed());
    {
        let (shared, store, run) = (Rc::clone(shared), Rc::clone(store), run.clone());
        let sleep = at(&shared, run.begins);
        shared.clone().executor.spawn(async move {
            sleep.await;
            let new = NewRun {
                id: run.id,
                frame: StackRunId(run.id.0),
                task: TaskRef {
                    name: "program".to_owned(),
                    version: "1".to_owned(),
                },
                input: json!({ "step": run.step.json() }).to_string(),
                idempotency_key: None,
                run_at: None,
                deadline: None,
                retry_of: None,
                schedule: None,
                terms: RunTerms {
                    slot: run.slot.clone(),
                    ..RunTerms::default()
                },
                webhook: None,
                trace: None,
            };
            shared
                .executor
                .say(format!("client submits {}: {}", run.id, new.input));
            store.submit(&new, now(&shared)).expect("it is submitted");
            poke(&shared, run.node);
        });
    }
    for number in run.step.events() {
        let (shared, store, run) = (Rc::clone(shared), Rc::clone(store), run.clone());
        let sleep = at(&shared, run.begins + shared.executor.time_up_to(12_000));
        shared.clone().executor.spawn(async move {
            sleep.await;
            let event = NewEvent {
                id: format!("id-{number}"),
                name: format!("event-{number}"),
                run: Some(run.id),
                data: json!({ "number": number }).to_string(),
                expires_at: now(&shared) + 86_400_000,
            };
            shared.executor.say(format!("client sends {}", event.name));
            for _ in 0..2 {
                store.send_event(&event, now(&shared)).expect("it is sent");
            }
            poke(&shared, run.node);
        });
    }
    if let Some((after, force)) = run.cancel {
        let (shared, store) = (Rc::clone(shared), Rc::clone(store));
        let sleep = at(&shared, run.begins + Duration::from_millis(1) + after);
        shared.clone().executor.spawn(async move {
            sleep.await;
            shared
                .executor
                .say(format!("client cancels {}, force: {force}", run.id));
            let at = now(&shared);
            let stop = Stop {
                cause: StopCause::Cancel,
                reason: None,
                by: None,
                at,
                grace_until: at + 10_000,
            };
            store
                .cancel(run.id, &stop, force, at)
                .expect("it is cancelled");
            poke(&shared, run.node);
        });
    }
    if let Some((after, pause)) = run.pause {
        let (shared, store) = (Rc::clone(shared), Rc::clone(store));
        let sleep = at(&shared, run.begins + Duration::from_millis(1) + after);
        shared.clone().executor.spawn(async move {
            sleep.await;
            shared
                .executor
                .say(format!("client pauses {} for {pause:?}", run.id));
            store
                .set_paused(run.id, true, now(&shared))
                .expect("it is paused");
            shared.executor.sleep(pause).await;
            shared.executor.say(format!("client resumes {}", run.id));
            store
                .set_paused(run.id, false, now(&shared))
                .expect("it is resumed");
            poke(&shared, run.node);
        });
    }
}

/// Pokes a node; nobody knows whether it is there.
fn poke(shared: &Rc<Shared>, node: usize) {
    if !shared.fault(20) {
        drop(shared.begin(node, "stack-processor", "/drain", Vec::new()));
    }
}
