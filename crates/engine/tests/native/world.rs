//! A world with one node, where everything works.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, pending};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt;
use tasker_domain::figures::Figures;
use tasker_domain::trace::TraceParent;
use tasker_domain::wire::{ExecuteReply, ExecuteRequest, SliceLine};
use tasker_domain::{Claimed, Lease, RunId, TaskFunction};
use tasker_engine::submission::Wanted;
use tasker_engine::{World, drainer};
use tasker_store::Finish;
use tasker_store::prelude::*;
use tasker_store::sqlite::Sqlite;
use tasker_world::{Answer, Line};

use crate::database::{Direct, Meanwhile};
use crate::executor::Executor;

/// When it begins, milliseconds since the Unix epoch.
pub(crate) const BEGIN_MS: i64 = 1_800_000_000_000;

/// Whoever has this may boot a VM: a process has one.
pub(crate) fn one_vm() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What comes of a slice that the executor is asked to run.
pub(crate) enum Slice {
    /// Nobody hears of it.
    NotReached,
    /// The answer is an error of this status.
    Fails(u16),
    /// It computes for so long and ends its run.
    Computes(Duration),
    /// It ends its run, and has claimed what is due next.
    Claims,
    /// No answer ever comes.
    NeverEnds,
}

/// A request to a component of the one node.
#[derive(Clone)]
pub(crate) struct Small(Rc<Inner>);

struct Inner {
    executor: Executor,
    database: Rc<rusqlite::Connection>,
    settings: RefCell<BTreeMap<&'static str, String>>,
    /// The tasks of requests under way.
    requests: RefCell<Vec<u64>>,
    /// What was asked of components, in order.
    asked: RefCell<Vec<String>>,
    /// What comes of the next slices. Later ones end their run.
    slices: RefCell<VecDeque<Slice>>,
    /// What was asked of the executor, and when.
    executed: RefCell<Vec<(Duration, ExecuteRequest)>>,
    meanwhile: Rc<Meanwhile>,
    figures: RefCell<Figures>,
    log: RefCell<Vec<String>>,
}

impl Small {
    pub(crate) fn new(settings: &[(&'static str, &str)]) -> Self {
        let database = rusqlite::Connection::open_in_memory().expect("a database in memory");
        database
            .pragma_update(None, "foreign_keys", true)
            .expect("a setting");
        let settings = settings
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Self(Rc::new(Inner {
            executor: Executor::new(1),
            database: Rc::new(database),
            settings: RefCell::new(settings.collect()),
            requests: RefCell::default(),
            asked: RefCell::default(),
            slices: RefCell::default(),
            executed: RefCell::default(),
            meanwhile: Rc::default(),
            figures: RefCell::default(),
            log: RefCell::default(),
        }))
    }

    /// Changes a setting.
    pub(crate) fn set(&self, name: &'static str, value: &str) {
        let mut settings = self.0.settings.borrow_mut();
        settings.insert(name, value.to_owned());
    }

    /// What whoever can write to the database has.
    pub(crate) fn database(&self) -> &rusqlite::Connection {
        &self.0.database
    }

    pub(crate) fn store(&self) -> Sqlite<Direct> {
        self.open_store().expect("the store")
    }

    /// Publishes a task that does nothing.
    pub(crate) fn publish(&self, name: &str, version: &str, input_schema: Option<&str>) {
        self.store()
            .publish(&TaskFunction {
                input_schema: input_schema.map(str::to_owned),
                ..self.function(name, version, "")
            })
            .expect("it is published");
    }

    /// Publishes a task for the real VM.
    pub(crate) fn publish_code(&self, name: &str, version: &str, code: &str) {
        let task = self.function(name, version, code);
        self.store().publish(&task).expect("it is published");
    }

    fn function(&self, name: &str, version: &str, code: &str) -> TaskFunction {
        TaskFunction {
            name: name.to_owned(),
            version: version.to_owned(),
            code: code.to_owned(),
            modules: "{}".to_owned(),
            description: None,
            input_schema: None,
            timeout_ms: None,
            created_at: self.now_ms(),
        }
    }

    /// A run of the task `main` without a wish.
    pub(crate) fn wanted(&self) -> Wanted {
        self.wanted_of("main")
    }

    /// A run of a task without a wish.
    pub(crate) fn wanted_of(&self, task: &str) -> Wanted {
        Wanted {
            task: self.store().task(task).unwrap().expect("it is published"),
            input: "{}".to_owned(),
            run_at: None,
            deadline: None,
            priority: None,
            retry: None,
            concurrency_key: None,
            webhook: None,
            traceparent: None,
            idempotency_key: None,
            key_until: None,
            starter: None,
            tags: Vec::new(),
        }
    }

    /// Begins a request.
    pub(crate) fn begin(&self, work: impl Future<Output = ()> + 'static) {
        let task = self.0.executor.spawn(work);
        self.0.requests.borrow_mut().push(task);
    }

    /// The process is lost, with all that it does.
    pub(crate) fn crash(&self) {
        for task in self.0.requests.take() {
            self.0.executor.end(task);
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: Duration) {
        let (over, end) = (Rc::new(std::cell::Cell::new(false)), self.sleep(time));
        let own = Rc::clone(&over);
        self.0.executor.spawn(async move {
            end.await;
            own.set(true);
        });
        assert!(self.0.executor.run(Duration::MAX, || over.get()));
    }

    /// How often a component was asked for something.
    pub(crate) fn asked(&self, what: &str) -> usize {
        let asked = self.0.asked.borrow();
        asked.iter().filter(|asked| *asked == what).count()
    }

    /// What comes of the next slices.
    pub(crate) fn slices(&self, slices: impl IntoIterator<Item = Slice>) {
        self.0.slices.borrow_mut().extend(slices);
    }

    /// What was asked of the executor, and when.
    pub(crate) fn executed(&self) -> Vec<(Duration, ExecuteRequest)> {
        self.0.executed.borrow().clone()
    }

    /// Somebody else does something just before a statement with these words is made.
    pub(crate) fn before(&self, words: &'static str, act: impl FnOnce() + 'static) {
        self.0.meanwhile.plan(words, act);
    }

    /// Whether what was planned has happened.
    pub(crate) fn has_happened(&self) -> bool {
        self.0.meanwhile.has_happened()
    }

    pub(crate) fn log_lines(&self) -> Vec<String> {
        self.0.log.borrow().clone()
    }

    async fn execute(&self, body: &[u8]) -> Result<Answer, String> {
        let request: ExecuteRequest = serde_json::from_slice(body).expect("a request");
        let lease = request.lease;
        let asked = (self.0.executor.elapsed(), request);
        self.0.executed.borrow_mut().push(asked);
        let slice = self.0.slices.borrow_mut().pop_front();
        match slice {
            Some(Slice::NotReached) => Err("not reached".to_owned()),
            Some(Slice::NeverEnds) => pending().await,
            Some(Slice::Fails(status)) => Ok(empty(status)),
            Some(Slice::Computes(time)) => {
                self.sleep(time).await;
                Ok(self.end(lease, None))
            }
            Some(Slice::Claims) => {
                let (terms, now) = (self.lease_terms(600_000), self.now_ms());
                let claimed = self.store().claim(1, 0, &terms, now).expect("a claim");
                Ok(self.end(lease, claimed.into_iter().next()))
            }
            None => Ok(self.end(lease, None)),
        }
    }

    /// A slice ends its run.
    fn end(&self, lease: Lease, next: Option<Claimed>) -> Answer {
        let (store, now) = (self.store(), self.now_ms());
        let finish = Finish {
            outcome: Ok("1".to_owned()),
            logs: tasker_store::NewLog::default(),
        };
        store.load(lease, now).expect("it is there");
        store.finish(lease, &finish, None, now).expect("it ends");
        let reply = ExecuteReply {
            next,
            figures: Vec::new(),
            carries_on: false,
        };
        let mut line = serde_json::to_vec(&SliceLine::Over(reply)).expect("JSON");
        line.push(b'\n');
        Answer {
            status: 200,
            body: futures::stream::iter([Ok(line)]).boxed_local(),
        }
    }

    fn answer(&self, component: &str, path: &str, body: &[u8]) {
        let world = self.clone();
        match (component, path) {
            ("stack-processor", "/drain") => {
                self.begin(async move { drainer::drain(&world).await });
            }
            ("stack-processor", "/keep") => {
                let token: String = serde_json::from_slice(body).expect("a token");
                self.begin(async move { drainer::keep(&world, &token).await });
            }
            // Nothing more comes of it: nobody has a VM here.
            ("tasks", "/sweep") | ("quickjs", "/execute") => {}
            (component, path) => panic!("nobody answers {component}{path}"),
        }
    }
}

impl World for Small {
    type Store = Sqlite<Direct>;

    fn open_store(&self) -> tasker_store::Result<Self::Store> {
        Sqlite::open(Direct {
            database: Rc::clone(&self.0.database),
            meanwhile: Rc::clone(&self.0.meanwhile),
        })
    }

    fn shares_store(&self) -> bool {
        false
    }

    fn now_ms(&self) -> i64 {
        BEGIN_MS + tasker_world::in_ms(self.0.executor.elapsed())
    }

    fn now(&self) -> Instant {
        self.0.executor.now()
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + 'static {
        self.0.executor.sleep(time)
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.0.executor.random(|random| random.fill(bytes));
    }

    async fn post(&self, component: &str, path: &str, body: Vec<u8>) -> Result<Answer, String> {
        self.0.asked.borrow_mut().push(format!("{component}{path}"));
        if path == "/execute" {
            return self.execute(&body).await;
        }
        self.answer(component, path, &body);
        Ok(empty(202))
    }

    fn spent(&self) -> u32 {
        0
    }

    fn setting(&self, name: &'static str) -> Result<String, String> {
        let own = self.0.settings.borrow().get(name).cloned();
        let about = tasker_settings::named(name).ok_or("there is no such setting")?;
        own.or_else(|| about.default.map(str::to_owned))
            .ok_or_else(|| "it has no default".to_owned())
    }

    fn figures<T>(&self, work: impl FnOnce(&mut Figures) -> T) -> T {
        work(&mut self.0.figures.borrow_mut())
    }

    fn log(&self, line: Line) {
        self.0.log.borrow_mut().push(line.message);
    }

    fn about(&self, _run: RunId, _trace: Option<TraceParent>) {}
}

fn empty(status: u16) -> Answer {
    Answer {
        status,
        body: futures::stream::empty().boxed_local(),
    }
}
