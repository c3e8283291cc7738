//! Three nodes on one PostgreSQL database, under a mixed load, the clock of one five minutes ahead and that of
//! another five minutes behind. They are killed, halted for a while and cut off from the database at random.
//! `tasker-history` judges the outcome; also, no client sees an error that the faults do not
//! explain, no transaction is left open, and connections do not pile up.
//! See `soak.rs` for what the environment may say.

mod cluster;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use serde_json::json;
use tasker_api::Run;
use tasker_domain::RunId;
use tasker_postgres_server::{Durability, Server};
use tasker_sandbox::Sandbox;
use tasker_tests::soak::now_ms;
use tasker_tests::{History, Planned, Settings, Soak, Watch};

use cluster::{Clients, Cluster, Fault, NODES};

/// Faults, or until the time of a soak is up.
const FAULTS: usize = 10;

/// After this many faults all runs may end: what is lost five times in a row is given up, as it should be.
const BURST: usize = 3;

/// Runs submitted around each fault.
const RUNS: usize = 2;

/// No node has more connections than this load has requests at work: none is lost on the way.
const CONNECTIONS: i64 = 150;

#[test]
fn nodes_share_a_database_and_lose_nothing() {
    let mut soak = Soak::begin();
    let sandbox = Sandbox::start(&tasker_sandbox::Settings::default()).expect("a sandbox starts");
    let server = Server::start(Durability::None);
    let settings = Settings::default()
        .manifest(tasker_tests::paths::manifest_with_timer())
        .upstream(sandbox.url())
        .shared_key()
        .variable("api_token", "a-token-that-all-of-the-nodes-take")
        .variable("lease_seconds", 3)
        .variable("slice_seconds", 1)
        // Two for each node.
        .variable("drainers", 2 * NODES);
    let (mut cluster, clients) = Cluster::start(&server, &settings);
    Planned::publish(cluster.node(0).client());
    let begin = now_ms();
    let mut watch = Watch::new(&server);
    let history = Mutex::new(History::begin(soak.folder()));
    let over = AtomicBool::new(false);
    let note = || history.lock().expect("no thread has failed");

    let (mut live, mut submitted, mut faults) = (Vec::<RunId>::new(), 0, 0);
    thread::scope(|scope| {
        let watching = scope.spawn(|| watch.look_on(|| over.load(Ordering::Relaxed)));
        let over = Over(&over);
        while soak.goes_on(faults, FAULTS) {
            let batch: Vec<_> = (submitted..submitted + RUNS)
                .map(|number| Planned::random(&mut soak.rng, number))
                .collect();
            submitted += RUNS;
            let fault = Fault::ALL[faults % Fault::ALL.len()];
            faults += 1;
            let (mut submitting, mut reading, mut breaking) =
                (soak.rng.fork(), soak.rng.fork(), soak.rng.fork());
            let is_mended = AtomicBool::new(false);
            let known = live.clone();
            thread::scope(|scope| {
                let submitter = scope.spawn(|| {
                    for planned in &batch {
                        note().submit(planned);
                        let run = clients.submit(&mut submitting, planned);
                        note().accepted(planned, run);
                        // Under the same key it is the same run, whichever node is asked.
                        let again = clients.submit(&mut submitting, planned);
                        assert_eq!(again, run, "{}", planned.key);
                        live.push(run);
                    }
                });
                scope.spawn(|| {
                    while !is_mended.load(Ordering::Relaxed) {
                        if let Some(run) = look(&clients, &mut reading, &known) {
                            note().seen(&run);
                        }
                    }
                });
                // Not a wait for something to settle: the moment of the fault is what is random.
                let _mended = Over(&is_mended);
                let longest = if breaking.bool() { 60 } else { 1_500 };
                thread::sleep(Duration::from_millis(breaking.u64(0..longest)));
                note().fault(&format!("{fault:?}"));
                cluster.suffer(fault, &clients, &mut breaking);
                submitter.join().expect("no answer was wrong");
            });
            live.retain(|run| {
                let run = cluster.node(soak.rng.usize(..NODES)).client().show(*run);
                note().seen(&run);
                // Some that have ended are looked at again, whether they stay as they are.
                !run.status.is_terminal() || soak.rng.u8(..4) == 0
            });
            if faults % BURST == 0 || !soak.goes_on(faults, FAULTS) {
                for run in live.drain(..) {
                    let node = cluster.node(soak.rng.usize(..NODES));
                    let run = node.client().wait_for(run, 120);
                    note().seen(&run);
                }
            }
            note().requests(&sandbox);
        }
        drop(over);
        watching.join().expect("no transaction was left open");
    });
    println!("{faults} faults, {submitted} runs");
    let database = cluster.node(0).database();
    // Whichever node wrote it, each moment is of the time that has passed.
    for (table, moment) in [
        ("task_runs", "created_at"),
        ("task_runs", "finished_at"),
        ("call_journal", "started_at"),
        ("call_journal", "finished_at"),
    ] {
        let (from, to) = (begin - SLACK_MS, now_ms() + SLACK_MS);
        let strange = format!(
            "SELECT {moment} - {begin} FROM {table} WHERE {moment} NOT BETWEEN {from} AND {to}"
        );
        assert_eq!(database.texts(&strange), [""; 0], "{table}.{moment}");
    }
    let history = history.into_inner().expect("no thread has failed");
    history.judge(env!("CARGO_BIN_EXE_tasker-history"), &database);
    let most = &watch.connections;
    println!(
        "connections: {most:?}; slowest to get a lock: {:?}",
        watch.slowest
    );
    assert!(most.values().all(|most| *most <= CONNECTIONS), "{most:?}");
    assert_eq!(watch.deadlocks(), 0, "deadlocks");
    soak.end();
}

/// A client cannot tell the database's clock better than this (ms).
const SLACK_MS: i64 = 2_000;

/// Makes a request as clients do while others work; gives the run if it was for one.
fn look(clients: &Clients, rng: &mut Rng, runs: &[RunId]) -> Option<Run> {
    let node = rng.usize(..NODES);
    let get = |path: &str| clients.ask(node, "GET", path, None);
    let run = rng.choice(runs);
    match (rng.u8(..8), run) {
        (0, _) => drop(get("/runs?limit=20")),
        (1, _) => drop(get("/metrics")),
        (2, _) => drop(clients.ask(node, "POST", "/sweep", Some(&json!({})))),
        (3, _) => {
            let event =
                json!({ "name": "nobody waits for it", "data": rng.u8(..), "ttlSeconds": 5 });
            drop(clients.ask(node, "POST", "/events", Some(&event)));
        }
        (4, Some(run)) => drop(get(&format!("/runs/{run}/journal"))),
        (5, Some(run)) => drop(get(&format!("/runs/{run}/stack"))),
        (_, Some(run)) => {
            let answer = get(&format!("/runs/{run}?wait={}", rng.u8(..2)))?;
            return Some(answer.expect(200));
        }
        (_, None) => drop(get("/tasks")),
    }
    None
}

/// Says that something is over, however that comes.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
