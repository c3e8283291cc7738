//! Nodes on one database, what of them is broken at the moment, and clients that know it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use postgres::{Client as Sql, NoTls};
use serde_json::Value;
use tasker_api::{Problem, Submitted};
use tasker_domain::{ErrorCode, RunId};
use tasker_postgres_server::Server;
use tasker_tests::{Answer, App, Client, Planned, Settings, until};

/// How far the clock of each node is ahead of the database's (ms).
const CLOCKS: [i64; 3] = [0, 300_000, -300_000];

/// How many there are.
pub(crate) const NODES: usize = CLOCKS.len();

/// Longer than a lease holds: when a node continues after such a halt, others have its work.
const HALT: Duration = Duration::from_millis(4_000);

/// What a node that is cut off from the database may answer.
const UNAVAILABLE: [ErrorCode; 2] = [ErrorCode::StoreUnavailable, ErrorCode::ExecutorUnavailable];

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A node's process ends at once, and another takes its place.
    Kill,
    /// A node does nothing for longer than its leases hold, then continues as if nothing had happened.
    Halt,
    /// A node's connections to the database break.
    CutOne,
    /// All connections to the database break.
    CutAll,
    /// The database takes no connection for a while.
    Outage,
}

impl Fault {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Kill,
        Self::Halt,
        Self::CutOne,
        Self::CutAll,
        Self::Outage,
    ];
}

/// Something that is broken, from the moment before it breaks until it is whole again.
struct Trouble {
    /// The node; `None`: all.
    node: Option<usize>,
    /// Whether the node is dead, and not only cut off from the database.
    is_dead: bool,
    from: Instant,
    until: Option<Instant>,
}

/// Clients of the nodes, for all threads.
pub(crate) struct Clients {
    clients: [Mutex<Client>; NODES],
    troubles: Mutex<Vec<Trouble>>,
}

impl Clients {
    /// Sends a request to a node. `None`: it has failed in a way that what is broken explains.
    ///
    /// # Panics
    /// If it fails in another way.
    pub(crate) fn ask(
        &self,
        node: usize,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Option<Answer> {
        let from = Instant::now();
        let client = lock(&self.clients[node]).clone();
        let answer = client.try_call(method, path, body);
        match answer {
            Ok(answer) if answer.status < 300 => Some(answer),
            Ok(answer) if self.in_trouble(node, false, from) => {
                let problem: Problem = answer.expect(503);
                let code = UNAVAILABLE
                    .iter()
                    .find(|code| code.as_str() == problem.code);
                assert!(code.is_some(), "{path}: {problem:?}");
                None
            }
            Err(_) if self.in_trouble(node, true, from) => None,
            Ok(answer) => panic!(
                "{method} {path} at node {node}: {} {}",
                answer.status,
                answer.text()
            ),
            Err(error) => panic!("{method} {path} at node {node}: {error}"),
        }
    }

    /// Submits a run at any node until one has taken it.
    pub(crate) fn submit(&self, rng: &mut Rng, planned: &Planned) -> RunId {
        let body = planned.body();
        until("a node takes the run", 60, || {
            let answer = self.ask(rng.usize(..NODES), "POST", "/tasks", Some(&body))?;
            Some(answer.expect::<Submitted>(answer.status).task_run_id)
        })
    }

    fn in_trouble(&self, node: usize, is_dead: bool, from: Instant) -> bool {
        lock(&self.troubles).iter().any(|trouble| {
            trouble.node.is_none_or(|broken| broken == node)
                && trouble.is_dead == is_dead
                && trouble.until.is_none_or(|until| until >= from)
        })
    }
}

/// The nodes.
pub(crate) struct Cluster {
    nodes: Vec<App>,
    database: String,
    server: Sql,
}

impl Cluster {
    /// Starts nodes on a new database of the server, each with a clock of its own.
    pub(crate) fn start(server: &Server, settings: &Settings) -> (Self, Clients) {
        let url = server.database();
        let node = |(number, ahead): (usize, &i64)| {
            let url = format!("{url}&application_name={}", name(number));
            App::start(
                &settings
                    .clone()
                    .variable("database_url", url)
                    .clock_ahead_ms(*ahead),
            )
        };
        let nodes: Vec<App> = CLOCKS.iter().enumerate().map(node).collect();
        let clients = Clients {
            clients: std::array::from_fn(|number| Mutex::new(nodes[number].client().clone())),
            troubles: Mutex::default(),
        };
        let database = url
            .rsplit('/')
            .next()
            .and_then(|rest| rest.split('?').next());
        let cluster = Self {
            nodes,
            database: database.expect("the URL names a database").to_owned(),
            server: Sql::connect(&server.url("postgres"), NoTls).expect("the server answers"),
        };
        (cluster, clients)
    }

    /// A node.
    pub(crate) fn node(&self, number: usize) -> &App {
        &self.nodes[number]
    }

    /// Lets a fault happen, and mends what it has broken.
    pub(crate) fn suffer(&mut self, fault: Fault, clients: &Clients, rng: &mut Rng) {
        let number = rng.usize(..NODES);
        let trouble = Trouble {
            node: matches!(fault, Fault::Kill | Fault::Halt | Fault::CutOne).then_some(number),
            is_dead: fault == Fault::Kill,
            from: Instant::now(),
            until: None,
        };
        let from = trouble.from;
        if fault != Fault::Halt {
            lock(&clients.troubles).push(trouble);
        }
        match fault {
            Fault::Kill => {
                let node = &mut self.nodes[number];
                // Half of the time every VM sleeps at every await.
                node.set("inline_window_ms", if rng.bool() { 10_000 } else { 0 });
                node.restart();
                *lock(&clients.clients[number]) = node.client().clone();
            }
            Fault::Halt => {
                self.nodes[number].halt();
                std::thread::sleep(HALT);
                self.nodes[number].go_on();
            }
            Fault::CutOne => self.cut(&name(number)),
            Fault::CutAll => self.cut("%"),
            Fault::Outage => {
                self.allow_connections(false);
                self.cut("%");
                std::thread::sleep(Duration::from_millis(rng.u64(500..4_000)));
                self.allow_connections(true);
            }
        }
        let mut troubles = lock(&clients.troubles);
        if let Some(trouble) = troubles.iter_mut().find(|trouble| trouble.from == from) {
            trouble.until = Some(Instant::now());
        }
    }

    /// Breaks the connections of nodes, and waits until they are gone.
    fn cut(&mut self, nodes: &str) {
        let sql = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
            WHERE datname = $1 AND application_name LIKE $2";
        self.server
            .query_one(sql, &[&self.database, &nodes])
            .expect("connections can be broken");
    }

    fn allow_connections(&mut self, are_allowed: bool) {
        let sql = format!(
            "ALTER DATABASE {} ALLOW_CONNECTIONS {are_allowed}",
            self.database
        );
        self.server
            .batch_execute(&sql)
            .expect("the database can be closed and opened");
    }
}

/// The name that a node's connections give.
fn name(node: usize) -> String {
    format!("node-{node}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
