//! The clients: they publish versions, submit runs, send events, cancel, pause and resume, and have ended runs run again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use tasker_domain::retry::RunRetry;
use tasker_domain::{StackRunId, Stop, StopCause, TaskFunction};
use tasker_store::prelude::*;
use tasker_store::{NewEvent, NewRun, RunTerms, Submitted, TaskRef};

use crate::database::ClientStore;
use crate::program;
use crate::shared::Shared;
use crate::submission::Submission;
use crate::world::BEGIN_MS;

/// The task that all runs are of.
const TASK: &str = "program";

/// How long a run may clean up.
const GRACE_MS: i64 = 10_000;

/// For how long an idempotency key and an event are kept.
const DAY_MS: i64 = 86_400_000;

/// How often a client looks whether a run has ended.
const LOOK: Duration = Duration::from_secs(2);

/// A run as it was submitted.
pub(crate) struct Begun {
    pub(crate) run: Submission,
    pub(crate) at: i64,
}

/// What the clients have done.
#[derive(Default)]
pub(crate) struct Clients {
    /// How many runs they have submitted or are going to.
    pub(crate) planned: Cell<usize>,
    pub(crate) begun: RefCell<Vec<Begun>>,
    /// When each version became current, the first one first.
    pub(crate) published: RefCell<Vec<i64>>,
}

/// The present moment of a clock that is right.
pub(crate) fn now(shared: &Shared) -> i64 {
    BEGIN_MS + tasker_world::in_ms(shared.executor.elapsed())
}

/// Has the clients do all that they do, each thing as it comes.
pub(crate) fn begin(shared: &Rc<Shared>, store: ClientStore, runs: Vec<Submission>) {
    let store = Rc::new(store);
    publish(shared, &store);
    for _ in 0..shared.executor.random(|random| random.u8(0..4)) {
        let moment = shared.moment(shared.executor.time_up_to(15_000));
        let (shared, store) = (Rc::clone(shared), Rc::clone(&store));
        shared.clone().executor.spawn(async move {
            moment.await;
            publish(&shared, &store);
        });
    }
    for run in runs {
        let (shared, store) = (Rc::clone(shared), Rc::clone(&store));
        let client = Client {
            shared,
            store,
            run: Rc::new(run),
        };
        client.begin();
    }
}

/// Publishes the next version of the task.
fn publish(shared: &Shared, store: &ClientStore) {
    let mut published = shared.clients.published.borrow_mut();
    published.push(now(shared));
    let version = u32::try_from(published.len()).expect("few versions");
    shared
        .executor
        .say(format!("client publishes version {version}"));
    let task = TaskFunction {
        name: TASK.to_owned(),
        version: version.to_string(),
        code: program::code(version),
        modules: "{}".to_owned(),
        description: None,
        input_schema: None,
        timeout_ms: None,
        created_at: now(shared),
    };
    store.publish(&task).expect("the task is published");
}

/// What is done about one run.
#[derive(Clone)]
struct Client {
    shared: Rc<Shared>,
    store: Rc<ClientStore>,
    run: Rc<Submission>,
}

impl Client {
    fn begin(self) {
        let planned = &self.shared.clients.planned;
        planned.set(planned.get() + 1);
        self.later(self.run.begins, |client| {
            client.submit();
            client.act_on_it();
        });
    }

    fn submit(&self) {
        let new = self.new_run();
        self.say(format!("submits {}: {}", self.run.id, new.input));
        let at = self.now();
        let made = self.store.submit(&new, at).expect("it is submitted");
        assert_eq!(made, Submitted::Created);
        if self.run.has_key {
            // As one does who has not heard the answer.
            let made = self.store.submit(&new, at).expect("it is submitted");
            assert!(matches!(made, Submitted::Existing(run) if run.id == self.run.id));
        }
        let run = self.run.as_ref().clone();
        self.shared
            .clients
            .begun
            .borrow_mut()
            .push(Begun { run, at });
        self.poke();
    }

    /// With the version that is current: as the API does it.
    fn new_run(&self) -> NewRun {
        let (run, now) = (&self.run, self.now());
        let task = match run.repeats {
            Some((of, true)) => self.store.task_of_run(TASK, of),
            _ => self.store.task(TASK),
        };
        let task = task.expect("it is looked up").expect("it is published");
        NewRun {
            id: run.id,
            frame: StackRunId(run.id.0),
            task: TaskRef {
                name: task.name,
                version: task.version,
            },
            input: json!({ "step": run.step.json() }).to_string(),
            idempotency_key: run.has_key.then(|| run.id.to_string()),
            run_at: run.delay.map(|delay| now + delay),
            deadline: run.limit.map(|limit| now + limit),
            retry_of: run.repeats.map(|(of, _)| of),
            schedule: None,
            terms: RunTerms {
                slot: run.slot.clone(),
                retry: RunRetry {
                    pauses: run.retry.clone(),
                    any: true,
                },
                key_expires_at: now + DAY_MS,
                versions_of: run.repeats.and_then(|(of, same)| same.then_some(of)),
                ..RunTerms::default()
            },
            webhook: None,
            trace: None,
        }
    }

    /// Whatever else is done about the run.
    fn act_on_it(&self) {
        let run = &self.run;
        for number in run.step.events() {
            let after = self.shared.executor.time_up_to(12_000);
            self.later(after, move |client| client.send(number));
        }
        if let Some((after, force)) = run.cancel {
            self.later(after, move |client| client.cancel(force));
        }
        if let Some((after, pause)) = run.pause {
            self.later(after, move |client| {
                client.pause(true);
                client.later(pause, |client| client.pause(false));
            });
        }
        if let Some(same) = run.again {
            let planned = &self.shared.clients.planned;
            planned.set(planned.get() + 1);
            self.again_once_ended(same);
        }
    }

    fn later(&self, after: Duration, act: impl FnOnce(&Self) + 'static) {
        let (client, moment) = (self.clone(), self.shared.moment(after));
        self.shared.executor.spawn(async move {
            moment.await;
            act(&client);
        });
    }

    /// Sends an event twice, to its run or to all that wait for it.
    fn send(&self, number: u32) {
        let event = NewEvent {
            id: format!("id-{number}-{}", self.run.id),
            name: format!("event-{number}"),
            run: number.is_multiple_of(2).then_some(self.run.id),
            data: json!({ "number": number }).to_string(),
            expires_at: self.now() + DAY_MS,
        };
        self.say(format!("sends {} to {:?}", event.name, event.run));
        for _ in 0..2 {
            self.store
                .send_event(&event, self.now())
                .expect("it is sent");
        }
        self.poke();
    }

    fn cancel(&self, force: bool) {
        self.say(format!("cancels {}, force: {force}", self.run.id));
        let at = self.now();
        let stop = Stop {
            cause: StopCause::Cancel,
            reason: None,
            by: None,
            at,
            grace_until: at + GRACE_MS,
        };
        let cancelled = self.store.cancel(self.run.id, &stop, force, at);
        cancelled.expect("it is cancelled");
        self.poke();
    }

    fn pause(&self, paused: bool) {
        self.say(format!("sets {} paused: {paused}", self.run.id));
        let set = self.store.set_paused(self.run.id, paused, self.now());
        set.expect("it is set");
        if !paused {
            self.poke();
        }
    }

    /// Submits the run again once it has ended, as another run.
    fn again_once_ended(&self, same: bool) {
        let (client, sleep) = (self.clone(), self.shared.executor.sleep(LOOK));
        self.shared.executor.spawn(async move {
            sleep.await;
            let run = client.store.run(client.run.id).expect("it is read");
            if run.expect("it is kept").finished_at.is_none() {
                return client.again_once_ended(same);
            }
            let run = client.run.again(same);
            let client = Client {
                run: Rc::new(run),
                ..client
            };
            client.submit();
            client.act_on_it();
        });
    }

    /// Pokes a node; nobody knows whether it is there.
    fn poke(&self) {
        if !self.shared.fault(20) {
            let node = self.run.node;
            drop(
                self.shared
                    .begin(node, "stack-processor", "/drain", Vec::new()),
            );
        }
    }

    fn now(&self) -> i64 {
        now(&self.shared)
    }

    fn say(&self, what: String) {
        self.shared.executor.say(format!("client {what}"));
    }
}
