//! The world of a simulation, as bad as its seed makes it.

use std::cell::{Cell, RefCell};
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

use crate::database::{SimStore, number, text};
use crate::shared::{Node, Shared};

/// When a simulation begins, milliseconds since the Unix epoch.
pub(crate) const BEGIN_MS: i64 = 1_800_000_000_000;

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
    /// How far its clock is ahead (ms).
    skew_ms: i64,
    /// Nothing befalls it: it is a client's.
    is_spared: bool,
    /// It is gone, and whatever it still does has no effect.
    lost: Cell<bool>,
    /// The lease of the frame that it runs.
    lease: Cell<Option<Lease>>,
    /// It has stood still, and may not know yet what has changed meanwhile.
    held_up: Cell<bool>,
    /// Its last statement, and how many it has made without a pause.
    last: Cell<u64>,
    at_a_stretch: Cell<u32>,
    spent: Cell<u32>,
    figures: RefCell<Figures>,
}

impl SimWorld {
    pub(crate) fn new(shared: &Rc<Shared>, name: String, node: usize, task: u64) -> Self {
        let skew_ms = shared.nodes[node].skew_ms;
        Self::with(shared, name, node, task, skew_ms, false)
    }

    /// What clients have: a clock that is right, and a database without trouble.
    pub(crate) fn of_clients(shared: &Rc<Shared>) -> Self {
        Self::with(shared, "client".to_owned(), 0, 0, 0, true)
    }

    fn with(
        shared: &Rc<Shared>,
        name: String,
        node: usize,
        task: u64,
        skew_ms: i64,
        is_spared: bool,
    ) -> Self {
        Self(Rc::new(Request {
            name,
            shared: Rc::clone(shared),
            node,
            task,
            skew_ms,
            is_spared,
            lost: Cell::new(false),
            lease: Cell::default(),
            held_up: Cell::new(false),
            last: Cell::new(0),
            at_a_stretch: Cell::new(0),
            spent: Cell::new(0),
            figures: RefCell::default(),
        }))
    }

    pub(crate) fn shared(&self) -> &Rc<Shared> {
        &self.0.shared
    }

    pub(crate) fn node(&self) -> &Node {
        &self.0.shared.nodes[self.0.node]
    }

    /// Says which lease the request works under from now on.
    pub(crate) fn works_under(&self, lease: Option<Lease>) {
        self.0.lease.set(lease);
    }

    pub(crate) fn has_lease(&self) -> bool {
        self.0.lease.get().is_some()
    }

    /// Which request it is.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// The number of its node.
    pub(crate) fn node_number(&self) -> usize {
        self.0.node
    }

    pub(crate) fn is_spared(&self) -> bool {
        self.0.is_spared
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.0.lost.get()
    }

    pub(crate) fn note_held_up(&self) {
        self.0.held_up.set(true);
    }

    /// It goes on after a pause.
    pub(crate) fn begins_a_turn(&self) {
        self.0.at_a_stretch.set(0);
    }

    /// How many statements it has made without a pause, with this one.
    pub(crate) fn counts_statement(&self) -> u32 {
        self.0.at_a_stretch.set(self.0.at_a_stretch.get() + 1);
        self.0.at_a_stretch.get()
    }

    /// Its last statement and this one.
    pub(crate) fn follows(&self, statement: u64) -> (u64, u64) {
        (self.0.last.replace(statement), statement)
    }

    /// Nothing that it still does has an effect.
    pub(crate) fn perish(&self) {
        self.0.lost.set(true);
        self.node().remove(self.0.task);
        self.0.shared.executor.end(self.0.task);
    }

    /// Whether somebody else works on the frame that it works on.
    pub(crate) fn another_has_its_lease(&self) -> bool {
        let held = self.0.lease.get().map(|lease| self.token_of(lease));
        held.is_some_and(|token| token.is_some() && !self.holds_its_lease())
    }

    /// Whether nobody else has the lease that it works under.
    pub(crate) fn holds_its_lease(&self) -> bool {
        let lease = self.0.lease.get();
        lease.is_none_or(|lease| self.token_of(lease) == Some(lease.token.0))
    }

    /// The token under which somebody works on the stack run of a lease.
    fn token_of(&self, lease: Lease) -> Option<i64> {
        let held = "SELECT id, lease_token FROM stack_runs WHERE status = 'processing'";
        let rows = self.0.shared.database.rows(held);
        let row = rows
            .iter()
            .find(|row| text(row, 0) == lease.id.to_string())?;
        number(row, 1)
    }

    pub(crate) fn violation(&self, what: &str) {
        let history = &self.0.shared.history;
        history.violation(format!("{} {what}", self.0.name));
    }

    pub(crate) fn say(&self, line: impl AsRef<str>) {
        let line = format!("{}: {}", self.0.name, line.as_ref());
        self.0.shared.executor.say(line);
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
        self.0.shared.database.open_for(self)
    }

    fn shares_store(&self) -> bool {
        self.0.shared.nodes.len() > 1
    }

    fn now_ms(&self) -> i64 {
        let elapsed = self.0.shared.executor.elapsed();
        BEGIN_MS + tasker_world::in_ms(elapsed) + self.0.skew_ms
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
            // What the answer gave to this request is known to nobody.
            shared.history.leases_may_run_out();
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
                    shared.history.leases_may_run_out();
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
