//! The clients: they submit runs, send events, cancel, pause and resume, and have ended runs run again.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use tasker_api::Versions;
use tasker_domain::{RunId, Stop, StopCause};
use tasker_engine::World;
use tasker_engine::submission::{self, Wanted};
use tasker_store::prelude::*;
use tasker_store::{NewEvent, Submitted};

use crate::database::SimStore;
use crate::program::{LIMITED, TASK};
use crate::publisher;
use crate::schedule::Timetable;
use crate::shared::Shared;
use crate::submission::Submission;
use crate::world::{BEGIN_MS, SimWorld};

/// How long a run may clean up.
const GRACE_MS: i64 = 10_000;

/// For how long an event is kept.
const DAY_MS: i64 = 86_400_000;

/// How often a client looks whether a run has ended.
const LOOK: Duration = Duration::from_secs(2);

/// A run as it was submitted.
pub(crate) struct Begun {
    pub(crate) id: RunId,
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
    pub(crate) timetable: Timetable,
}

/// The present moment of a clock that is right.
pub(crate) fn now(shared: &Shared) -> i64 {
    BEGIN_MS + tasker_world::in_ms(shared.executor.elapsed())
}

/// Has the clients do all that they do, each thing as it comes.
pub(crate) fn begin(shared: &Rc<Shared>, runs: Vec<Submission>) {
    let world = SimWorld::of_clients(shared);
    publisher::begin(shared);
    let store = Rc::new(world.open_store().expect("it opens"));
    for run in runs {
        let client = Client {
            world: world.clone(),
            store: Rc::clone(&store),
            run: Rc::new(run),
            id: Rc::default(),
        };
        client.begin();
    }
}

/// What is done about one run.
#[derive(Clone)]
struct Client {
    world: SimWorld,
    store: Rc<SimStore>,
    run: Rc<Submission>,
    /// Known once it is submitted.
    id: Rc<OnceCell<RunId>>,
}

impl Client {
    fn begin(self) {
        self.plan();
        self.later(self.run.begins, |client| {
            client.submit();
            client.act_on_it();
        });
    }

    /// There is going to be one more run.
    fn plan(&self) {
        let planned = &self.shared().clients.planned;
        planned.set(planned.get() + 1);
    }

    fn submit(&self) {
        self.make(|| {
            let submit = submission::submit(&self.world, &self.store, self.wanted(), self.now());
            submit.expect("it is submitted")
        });
    }

    /// Submits the run that has ended again.
    fn repeat(&self, ended: RunId, same: bool) {
        let versions = match same {
            true => Versions::Same,
            false => Versions::Newest,
        };
        self.make(|| {
            let run = self.store.run(ended).expect("it is read");
            let key = self.run.key.clone();
            let run = run.expect("it is kept");
            submission::again(&self.world, &self.store, run, versions, key, None)
                .expect("it is submitted")
        });
    }

    fn make(&self, submit: impl Fn() -> (RunId, Submitted)) {
        let (id, made) = submit();
        assert_eq!(made, Submitted::Created);
        self.say(format!("has submitted {id}: {}", self.run.step.json()));
        if self.run.key.is_some() {
            // As one does who has not heard the answer.
            let (_, made) = submit();
            assert!(matches!(made, Submitted::Existing(run) if run.id == id));
        }
        self.id.set(id).expect("it is submitted once");
        let (run, at) = (self.run.as_ref().clone(), self.now());
        let begun = Begun { id, run, at };
        self.shared().clients.begun.borrow_mut().push(begun);
        self.poke();
    }

    /// With the version that is current.
    fn wanted(&self) -> Wanted {
        let (run, now) = (&self.run, self.now());
        let name = match run.is_limited {
            true => LIMITED,
            false => TASK,
        };
        let task = self.store.task(name).expect("it is looked up");
        Wanted {
            task: task.expect("it is published"),
            input: json!({ "step": run.step.json() }).to_string(),
            run_at: run.delay.map(|delay| now + delay),
            deadline: run.deadline().map(|deadline| now + deadline),
            priority: None,
            retry: run.retry.clone(),
            concurrency_key: None,
            webhook: None,
            traceparent: None,
            idempotency_key: run.key.clone(),
            key_until: None,
            starter: None,
            tags: Vec::new(),
        }
    }

    /// Whatever else is done about the run.
    fn act_on_it(&self) {
        let run = &self.run;
        for number in run.step.events() {
            let after = self.shared().executor.time_up_to(12_000);
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
            self.plan();
            self.again_once_ended(same);
        }
    }

    fn later(&self, after: Duration, act: impl FnOnce(&Self) + 'static) {
        let (client, moment) = (self.clone(), self.shared().moment(after));
        self.shared().executor.spawn(async move {
            moment.await;
            act(&client);
        });
    }

    /// Sends an event twice, to its run or to all that wait for it.
    fn send(&self, number: u32) {
        let event = NewEvent {
            id: format!("id-{number}-{}", self.id()),
            name: format!("event-{number}"),
            run: number.is_multiple_of(2).then_some(self.id()),
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
        self.say(format!("cancels {}, force: {force}", self.id()));
        let at = self.now();
        let stop = Stop::new(StopCause::Cancel, GRACE_MS, at);
        let cancelled = self.store.cancel(self.id(), &stop, force, at);
        cancelled.expect("it is cancelled");
        self.poke();
    }

    fn pause(&self, paused: bool) {
        self.say(format!("sets {} paused: {paused}", self.id()));
        let set = self.store.set_paused(self.id(), paused, self.now());
        set.expect("it is set");
        if !paused {
            self.poke();
        }
    }

    /// Submits the run again once it has ended, as another run.
    fn again_once_ended(&self, same: bool) {
        let (client, sleep) = (self.clone(), self.shared().executor.sleep(LOOK));
        self.shared().executor.spawn(async move {
            sleep.await;
            let ended = client.id();
            let run = client.store.run(ended).expect("it is read");
            if run.expect("it is kept").finished_at.is_none() {
                return client.again_once_ended(same);
            }
            let client = Client {
                run: Rc::new(client.run.again(ended, same)),
                id: Rc::default(),
                ..client
            };
            client.repeat(ended, same);
            client.act_on_it();
        });
    }

    /// Pokes a node; nobody knows whether it is there.
    fn poke(&self) {
        let shared = self.shared();
        if !shared.fault(20) {
            let node = self.run.node;
            drop(shared.begin(node, "stack-processor", "/drain", Vec::new()));
        }
    }

    fn id(&self) -> RunId {
        *self.id.get().expect("it was submitted")
    }

    fn shared(&self) -> &Rc<Shared> {
        self.world.shared()
    }

    fn now(&self) -> i64 {
        self.world.now_ms()
    }

    fn say(&self, what: String) {
        self.world.say(what);
    }
}
