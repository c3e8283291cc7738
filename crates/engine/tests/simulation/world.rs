//! The world of a simulation, as bad as its seed makes it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use tasker_domain::figures::Figures;
use tasker_domain::trace::TraceParent;
use tasker_domain::{Lease, RunId};
use tasker_engine::World;
use tasker_world::{Answer, Level, Line};

use crate::database::{self, SimStore};
use crate::executor::Executor;
use crate::history::History;
use crate::nodes;

/// When a simulation begins, milliseconds since the Unix epoch.
pub(crate) const BEGIN_MS: i64 = 1_800_000_000_000;

/// What all of a simulation share.
pub(crate) struct Shared {
    pub(crate) executor: Executor,
    pub(crate) database: Rc<rusqlite::Connection>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) settings: BTreeMap<&'static str, String>,
    pub(crate) history: History,
    /// How many more faults there may be.
    pub(crate) faults: Cell<u32>,
    /// Faults end at this time.
    pub(crate) calm_from: Duration,
    /// Until when the database is away.
    away_until: Cell<Duration>,
}

/// A machine with the app.
pub(crate) struct Node {
    /// How far its clock is ahead (ms).
    skew_ms: i64,
    /// How often it was started. What belongs to an earlier start is gone.
    starts: Cell<u32>,
    /// Its requests, by the number of their tasks.
    requests: RefCell<BTreeMap<u64, SimWorld>>,
}

impl Node {
    pub(crate) fn new(skew_ms: i64) -> Self {
        Self {
            skew_ms,
            starts: Cell::new(0),
            requests: RefCell::default(),
        }
    }
}

/// Where a request stands when it uses the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    BetweenTransactions,
    InTransaction,
    Committed,
}

impl Shared {
    pub(crate) fn new(
        executor: Executor,
        nodes: Vec<Node>,
        settings: BTreeMap<&'static str, String>,
        faults: u32,
        calm_from: Duration,
    ) -> Rc<Self> {
        Rc::new(Self {
            executor,
            database: database::fresh(),
            nodes,
            settings,
            history: History::default(),
            faults: Cell::new(faults),
            calm_from,
            away_until: Cell::new(Duration::ZERO),
        })
    }

    /// Whether a fault that happens once in `of` times happens now.
    pub(crate) fn fault(&self, of: u32) -> bool {
        let may = self.faults.get() > 0 && self.executor.elapsed() < self.calm_from;
        let happens = may && self.executor.one_in(of);
        if happens {
            self.faults.set(self.faults.get() - 1);
            self.history.faults.set(self.history.faults.get() + 1);
        }
        happens
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
        let world = SimWorld(Rc::new(Request {
            name: format!("n{node} #{task} {component}{path}"),
            shared: Rc::clone(self),
            node,
            task,
            lost: Cell::new(false),
            lease: Cell::default(),
            held_up: Cell::new(false),
            spent: Cell::new(0),
            figures: RefCell::default(),
        }));
        self.nodes[node]
            .requests
            .borrow_mut()
            .insert(task, world.clone());
        let (component, path) = (component.to_owned(), path.to_owned());
        let own = world.clone();
        let started = self.executor.spawn(async move {
            let out = nodes::Out {
                head: Some(head),
                body,
            };
            nodes::answer(&own, &component, &path, &message, out).await;
            own.node().requests.borrow_mut().remove(&task);
        });
        assert_eq!(started, task);
        (begins, parts)
    }

    /// A node loses all that it does; it is back after a time.
    pub(crate) fn lose_node(self: &Rc<Self>, node: usize) {
        self.executor.say(format!("n{node} IS LOST"));
        let requests = std::mem::take(&mut *self.nodes[node].requests.borrow_mut());
        for (task, request) in requests {
            request.0.lost.set(true);
            self.executor.end(task);
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

    /// Without faults everything must go on without a sweep.
    fn sweeps(&self) -> bool {
        self.calm_from > Duration::ZERO
    }
}

/// A part of an answer: `None` at its proper end.
pub(crate) type Part = Option<Vec<u8>>;

/// A request to a component of a node.
#[derive(Clone)]
pub(crate) struct SimWorld(Rc<Request>);

struct Request {
    name: String,
    shared: Rc<Shared>,
    node: usize,
    task: u64,
    /// It is gone, and whatever it still does has no effect.
    lost: Cell<bool>,
    /// The lease of the frame that it runs.
    lease: Cell<Option<Lease>>,
    /// It has stood still, and may not know yet what has changed meanwhile.
    held_up: Cell<bool>,
    spent: Cell<u32>,
    figures: RefCell<Figures>,
}

impl SimWorld {
    pub(crate) fn shared(&self) -> &Rc<Shared> {
        &self.0.shared
    }

    fn node(&self) -> &Node {
        &self.0.shared.nodes[self.0.node]
    }

    pub(crate) fn database(&self) -> Rc<rusqlite::Connection> {
        Rc::clone(&self.0.shared.database)
    }

    /// Says which lease the request works under from now on.
    pub(crate) fn works_under(&self, lease: Option<Lease>) {
        self.0.lease.set(lease);
    }

    /// Whether nobody else has the lease that it works under.
    pub(crate) fn holds_its_lease(&self) -> bool {
        let Some(lease) = self.0.lease.get() else {
            return true;
        };
        let held = self.0.shared.database.query_row(
            "SELECT count(*) FROM stack_runs WHERE id = ?1 AND lease_token = ?2 AND status = 'processing'",
            (lease.id.to_string(), lease.token.0),
            |row| row.get::<_, i64>(0),
        );
        held.expect("the queue") > 0
    }

    pub(crate) fn violation(&self, what: &str) {
        let history = &self.0.shared.history;
        history.violation(format!("{} {what}", self.0.name));
    }

    pub(crate) fn say(&self, line: impl AsRef<str>) {
        let line = format!("{}: {}", self.0.name, line.as_ref());
        self.0.shared.executor.say(line);
    }

    /// The request is lost at this moment, perhaps with its whole node.
    fn lose(&self, how: &str) {
        self.say(format!("LOST {how}"));
        self.0.lost.set(true);
        self.node().requests.borrow_mut().remove(&self.0.task);
        self.0.shared.executor.end(self.0.task);
        if self.0.shared.executor.one_in(3) {
            self.0.shared.lose_node(self.0.node);
        }
    }

    /// What befalls a request that uses the database: an error for one that is lost, or whose database is away.
    pub(crate) fn statement(&self, place: Place) -> Result<(), String> {
        let shared = &self.0.shared;
        if self.0.lost.get() {
            return Err("the request is lost".to_owned());
        }
        if shared.executor.elapsed() < shared.away_until.get() && place != Place::Committed {
            return Err("the database is away".to_owned());
        }
        if shared.fault(500) {
            self.lose(&format!("{place:?}"));
            return Err("the request is lost".to_owned());
        }
        if place == Place::BetweenTransactions {
            if shared.fault(1_500) {
                let away = shared.executor.time_up_to(6_000);
                self.say(format!("THE DATABASE IS AWAY for {away:?}"));
                shared.away_until.set(shared.executor.elapsed() + away);
                return Err("the database is away".to_owned());
            }
            self.hold_up();
            if self.0.lost.get() {
                return Err("the request is lost".to_owned());
            }
        }
        Ok(())
    }

    /// Others do something meanwhile, or the process stands still for long.
    fn hold_up(&self) {
        let shared = &self.0.shared;
        if shared.executor.one_in(6) {
            self.0.held_up.set(true);
            shared.executor.stand_still(Duration::ZERO);
        }
        if shared.fault(500) {
            let time = shared.executor.time_up_to(25_000);
            self.say(format!("STANDS STILL for {time:?}"));
            self.0.held_up.set(true);
            shared.executor.stand_still(time);
            self.say("goes on");
        }
    }

    /// Writes a statement into the trace, if that is asked for.
    pub(crate) fn sql(&self, sql: &str) {
        if std::env::var_os("TASKER_SIM_SQL").is_some() {
            let words: Vec<_> = sql.split_whitespace().collect();
            self.say(words.join(" ").chars().take(160).collect::<String>());
        }
    }

    /// Passes an answer on, as the network lets it.
    fn answer(&self, status: u16, parts: mpsc::UnboundedReceiver<Part>, breaks: bool) -> Answer {
        let body = futures::stream::unfold(Some(parts), move |parts| async move {
            let mut parts = parts?;
            match parts.next().await {
                Some(Some(_)) if breaks => Some((Err("broken off".to_owned()), None)),
                Some(Some(part)) => Some((Ok(part), Some(parts))),
                Some(None) => None,
                None => Some((Err("broken off".to_owned()), None)),
            }
        });
        Answer {
            status,
            body: Box::pin(body),
        }
    }
}

impl World for SimWorld {
    type Store = SimStore;

    fn open_store(&self) -> tasker_store::Result<SimStore> {
        database::open(self)
    }

    fn shares_store(&self) -> bool {
        self.0.shared.nodes.len() > 1
    }

    fn now_ms(&self) -> i64 {
        let elapsed = self.0.shared.executor.elapsed();
        BEGIN_MS + tasker_world::in_ms(elapsed) + self.node().skew_ms
    }

    fn now(&self) -> Instant {
        self.0.shared.executor.now()
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + 'static {
        self.0.shared.executor.sleep(time)
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.0.shared.executor.random(|random| random.fill(bytes));
    }

    async fn post(&self, component: &str, path: &str, body: Vec<u8>) -> Result<Answer, String> {
        let shared = &self.0.shared;
        if self.0.lost.get() {
            pending::<()>().await;
        }
        self.0.spent.set(self.0.spent.get() + 1);
        let is_call = component.starts_with("wrapped");
        if is_call {
            shared
                .history
                .sent(shared, &self.0.name, &body, self.0.held_up.get());
        }
        shared.executor.sleep(shared.executor.time_up_to(15)).await;
        if shared.fault(100) {
            self.lose(&format!("asking {component}{path}"));
            pending::<()>().await;
        }
        if shared.fault(80) {
            self.say(format!("{component}{path} IS NOT REACHED"));
            return Err("not reached".to_owned());
        }
        if path == "/drain" && shared.fault(20) {
            self.say(format!("{component}{path} IS REACHED TWICE"));
            drop(shared.begin(self.0.node, component, path, body.clone()));
        }
        self.say(format!("asks {component}{path}"));
        let message = if is_call { body.clone() } else { Vec::new() };
        let (begins, parts) = shared.begin(self.0.node, component, path, body);
        if shared.fault(80) {
            if is_call {
                shared.history.lose_answer(&message);
            }
            self.say(format!("{component}{path} IS NOT HEARD"));
            shared
                .executor
                .sleep(shared.executor.time_up_to(5_000))
                .await;
            return Err("no answer".to_owned());
        }
        match begins.await {
            Ok(status) => {
                let breaks = shared.fault(60);
                if breaks {
                    self.say(format!("{component}{path} BREAKS OFF"));
                    if is_call {
                        shared.history.lose_answer(&message);
                    }
                }
                Ok(self.answer(status, parts, breaks))
            }
            Err(oneshot::Canceled) => Err("the connection broke".to_owned()),
        }
    }

    fn spent(&self) -> u32 {
        self.0.spent.get()
    }

    fn setting(&self, name: &'static str) -> Result<String, String> {
        if let Some(own) = self.0.shared.settings.get(name) {
            return Ok(own.clone());
        }
        let about = tasker_settings::named(name).ok_or("there is no such setting")?;
        about
            .default
            .map(str::to_owned)
            .ok_or_else(|| "it has no default".to_owned())
    }

    fn figures<T>(&self, work: impl FnOnce(&mut Figures) -> T) -> T {
        work(&mut self.0.figures.borrow_mut())
    }

    fn log(&self, line: Line) {
        if self.0.lost.get() {
            return;
        }
        let of = line
            .call
            .map(|call| format!(" (frame or call {call})"))
            .unwrap_or_default();
        self.say(format!("{:?}: {}{of}", line.level, line.message));
        if line.level == Level::Error {
            let errors = &self.0.shared.history.errors;
            errors.set(errors.get() + 1);
        }
    }

    fn about(&self, _run: RunId, _trace: Option<TraceParent>) {}
}
