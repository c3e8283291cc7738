//! What all of a simulation share: its database, its nodes, its clients, and the faults that are still to come.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::time::Duration;

use futures::channel::{mpsc, oneshot};

use crate::client::Clients;
use crate::database::Database;
use crate::executor::Executor;
use crate::history::History;
use crate::keystore::Keys;
use crate::world::{Part, SimWorld};
use crate::{machine, nodes};

/// What all of a simulation share.
pub(crate) struct Shared {
    pub(crate) executor: Executor,
    pub(crate) database: Database,
    pub(crate) nodes: Vec<Node>,
    pub(crate) settings: BTreeMap<&'static str, String>,
    pub(crate) history: History,
    /// The faults that are left: each may happen from its moment on.
    faults: RefCell<Vec<Duration>>,
    /// How often each statement was made after each other one, so that what is seldom done is met as well.
    statements: RefCell<BTreeMap<(u64, u64), u32>>,
    /// Clients that wait for their moment, and may come sooner.
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    pub(crate) clients: Clients,
    /// Whether the master key of the keystore was changed, if it is going to be.
    pub(crate) keys_are_changed: Cell<Option<bool>>,
    /// Faults end at this time.
    pub(crate) calm_from: Duration,
    /// Until when the database is away.
    away_until: Cell<Duration>,
}

/// A machine with the app.
pub(crate) struct Node {
    /// How far its clock is ahead (ms).
    pub(crate) skew_ms: i64,
    /// What its keystore has from now on.
    pub(crate) keys: Cell<Keys>,
    /// How often it was started. What belongs to an earlier start is gone.
    starts: Cell<u32>,
    /// Its requests, by the number of their tasks.
    requests: RefCell<BTreeMap<u64, SimWorld>>,
}

impl Node {
    pub(crate) fn new(skew_ms: i64) -> Self {
        Self {
            skew_ms,
            keys: Cell::new(Keys::FIRST),
            starts: Cell::new(0),
            requests: RefCell::default(),
        }
    }

    fn add(&self, task: u64, request: SimWorld) {
        self.requests.borrow_mut().insert(task, request);
    }

    /// Whether a component is at work on a request that came before the task of this number.
    pub(crate) fn is_at_work(&self, component: &str, before: u64) -> bool {
        let requests = self.requests.borrow();
        let mut earlier = requests.range(..before);
        earlier.any(|(_, request)| request.name().contains(component))
    }

    pub(crate) fn remove(&self, task: u64) {
        self.requests.borrow_mut().remove(&task);
    }
}

impl Shared {
    pub(crate) fn new(
        executor: Executor,
        database: Database,
        nodes: Vec<Node>,
        settings: BTreeMap<&'static str, String>,
        faults: Vec<Duration>,
        calm_from: Duration,
    ) -> Rc<Self> {
        Rc::new(Self {
            executor,
            database,
            clients: Clients::default(),
            keys_are_changed: Cell::default(),
            nodes,
            settings,
            history: History::default(),
            faults: RefCell::new(faults),
            statements: RefCell::default(),
            waiting: RefCell::default(),
            calm_from,
            away_until: Cell::new(Duration::ZERO),
        })
    }

    /// Whether a fault that happens once in `of` times happens now.
    pub(crate) fn fault(&self, of: u32) -> bool {
        let now = self.executor.elapsed();
        let mut faults = self.faults.borrow_mut();
        let Some(next) = faults.iter().position(|from| *from <= now) else {
            return false;
        };
        let happens = now < self.calm_from && self.executor.one_in(of);
        if happens {
            faults.swap_remove(next);
            self.history.faults.set(self.history.faults.get() + 1);
        }
        happens
    }

    /// How often one of these statements was made after the other, with this time.
    pub(crate) fn times(&self, one_after_the_other: (u64, u64)) -> u32 {
        let mut statements = self.statements.borrow_mut();
        let times = statements.entry(one_after_the_other).or_default();
        *times += 1;
        *times
    }

    /// The moment at which a client does something: after this time, or when it hurts most.
    pub(crate) fn moment(&self, after: Duration) -> impl Future<Output = ()> + use<> {
        let (comes, hurry) = oneshot::channel();
        self.waiting.borrow_mut().push(comes);
        let sleep = self.executor.sleep(after);
        async move {
            futures::pin_mut!(sleep);
            futures::future::select(sleep, hurry).await;
        }
    }

    /// A client does now what it was going to do later.
    pub(crate) fn a_client_comes(&self) {
        let mut clients = self.waiting.borrow_mut();
        clients.retain(|client| !client.is_canceled());
        if !clients.is_empty() {
            let chosen = self
                .executor
                .random(|random| random.usize(0..clients.len()));
            let _ = clients.swap_remove(chosen).send(());
        }
    }

    pub(crate) fn database_is_away(&self) -> bool {
        self.executor.elapsed() < self.away_until.get()
    }

    pub(crate) fn database_goes_away(&self, time: Duration) {
        self.away_until.set(self.executor.elapsed() + time);
    }

    /// Begins a request to a component of a node; what it answers is sent to `head` and `body`.
    pub(crate) fn begin(
        self: &Rc<Self>,
        node: usize,
        component: &str,
        path: &str,
        message: Vec<u8>,
    ) -> (oneshot::Receiver<u16>, mpsc::UnboundedReceiver<Part>) {
        let (head, begins) = oneshot::channel();
        let (body, parts) = mpsc::unbounded();
        let task = self.executor.next_task();
        let name = format!("n{node} #{task} {component}{path}");
        let world = SimWorld::new(self, name, node, task);
        self.nodes[node].add(task, world.clone());
        let (component, path) = (component.to_owned(), path.to_owned());
        let started = self.executor.spawn(async move {
            let out = nodes::Out {
                head: Some(head),
                body,
            };
            let work = nodes::answer(&world, &component, &path, &message, out);
            futures::pin_mut!(work);
            poll_fn(|context| {
                world.begins_a_turn();
                work.as_mut().poll(context)
            })
            .await;
            world.node().remove(task);
        });
        assert_eq!(started, task);
        (begins, parts)
    }

    /// A node loses all that it does; it is back after a time.
    pub(crate) fn lose_node(self: &Rc<Self>, node: usize) {
        self.executor.say(format!("n{node} IS LOST"));
        self.history.leases_may_run_out();
        let requests = std::mem::take(&mut *self.nodes[node].requests.borrow_mut());
        for request in requests.into_values() {
            request.perish();
        }
        let starts = &self.nodes[node].starts;
        starts.set(starts.get() + 1);
        let down = self.executor.time_up_to(8_000);
        let (shared, sleep) = (Rc::clone(self), self.executor.sleep(down));
        self.executor.spawn(async move {
            sleep.await;
            shared.executor.say(format!("n{node} starts"));
            shared.start(node);
        });
    }

    /// The engine is upgraded after this time: slices under way go on with the one that they have, and no later one can read
    /// what they store.
    pub(crate) fn upgrades_after(self: &Rc<Self>, time: Duration, number: u64) {
        let (shared, moment) = (Rc::clone(self), self.executor.sleep(time));
        self.executor.spawn(async move {
            moment.await;
            shared.executor.say(format!("ENGINE {number}"));
            machine::is_engine(number);
        });
    }

    /// Drops everything, so that nothing keeps the rest alive.
    pub(crate) fn clear(&self) {
        self.executor.clear();
        for node in &self.nodes {
            drop(node.requests.take());
        }
    }

    /// Starts a node: its timer asks for a sweep again and again.
    pub(crate) fn start(self: &Rc<Self>, node: usize) {
        if !self.sweeps() {
            return;
        }
        let (shared, starts) = (Rc::clone(self), self.nodes[node].starts.get());
        self.executor.spawn(async move {
            shared
                .executor
                .sleep(shared.executor.time_up_to(5_000))
                .await;
            while shared.nodes[node].starts.get() == starts {
                drop(shared.begin(node, "stack-processor", "/sweep", Vec::new()));
                shared.executor.sleep(Duration::from_secs(5)).await;
            }
        });
    }

    /// Without faults an app that keeps itself awake needs no sweep.
    fn sweeps(&self) -> bool {
        self.calm_from > Duration::ZERO || self.settings["timer"] == "external"
    }
}
