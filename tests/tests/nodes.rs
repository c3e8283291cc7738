//! Three nodes on one PostgreSQL database, under a mixed load: they are killed, stopped for a while and
//! cut off from the database at random. Every run ends with the right result, each call is in the
//! journal once, and nothing is left over.
//!
//! `TASKER_SOAK_SECONDS` makes it last that long; `TASKER_CRASH_SEED` repeats a seed.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

use fastrand::Rng;
use postgres::{Client as Sql, NoTls};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tasker_domain::RunId;
use tasker_postgres_server::{Durability, Server};
use tasker_tests::{App, Settings, Shape, result};

const NODES: usize = 3;
/// Faults, or until the time of a soak is up.
const FAULTS: u32 = 9;
/// Runs submitted before each fault.
const RUNS: usize = 3;

#[test]
fn nodes_share_a_database_and_lose_nothing() {
    let number = |name| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse::<u64>().ok())
    };
    let seed = number("TASKER_CRASH_SEED").unwrap_or_else(|| fastrand::u64(..));
    let soak = number("TASKER_SOAK_SECONDS").map(Duration::from_secs);
    println!("TASKER_CRASH_SEED={seed}");
    let mut rng = Rng::with_seed(seed);

    let server = Server::start(Durability::None);
    let url = server.database();
    let settings = Settings::default()
        .variable("database_url", &url)
        .variable(
            "keystore_key",
            "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        )
        .variable("lease_seconds", 2)
        .variable("slice_seconds", 1);
    let mut nodes: Vec<App> = (0..NODES).map(|_| App::start(&settings)).collect();
    let mut database = Sql::connect(&url, NoTls).unwrap();
    Shape::publish(nodes[0].client());

    let begin = Instant::now();
    let mut runs: Vec<(RunId, String, Shape)> = Vec::new();
    let mut faults = 0;
    while soak.map_or(faults < FAULTS, |soak| begin.elapsed() < soak) {
        for _ in 0..RUNS {
            let (namespace, shape) = (format!("run-{}", runs.len()), Shape::random(&mut rng));
            let node = nodes[rng.usize(..NODES)].client();
            runs.push((shape.submit(node, &namespace), namespace, shape));
        }
        // Not a wait for something to settle: the moment of the fault is what is random.
        sleep(Duration::from_millis(rng.u64(0..1_500)));
        let node = &mut nodes[rng.usize(..NODES)];
        match faults % 3 {
            0 => {
                node.set("inline_window_ms", if rng.bool() { 10_000 } else { 0 });
                node.restart();
            }
            1 => {
                // Longer than its leases hold: when it goes on, others have its work.
                let process = Pid::from_raw(i32::try_from(node.pid()).unwrap()).unwrap();
                kill_process(process, Signal::STOP).unwrap();
                sleep(Duration::from_millis(2_500));
                kill_process(process, Signal::CONT).unwrap();
            }
            _ => {
                let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                           WHERE datname = current_database() AND pid <> pg_backend_pid()";
                database.query_one(cut, &[]).unwrap();
            }
        }
        faults += 1;
        for node in &nodes {
            node.client().post("/sweep", &json!({}));
        }
    }
    println!("{faults} faults, {} runs", runs.len());

    for (number, (id, namespace, shape)) in runs.iter().enumerate() {
        // Every node knows every run.
        let node = nodes[number % NODES].client();
        assert_eq!(result(&node.wait_for(*id, 120)), shape.sum(), "{id}");
        let journal = node.journal(*id);
        assert_eq!(journal.len() as i64, shape.entries(), "{id}");
        let calls: BTreeSet<_> = journal
            .iter()
            .map(|entry| (entry.frame.clone(), entry.call))
            .collect();
        assert_eq!(calls.len(), journal.len(), "{id}: a call settled twice");
        let positions: BTreeSet<_> = journal
            .iter()
            .filter_map(|entry| Some((entry.frame.clone(), entry.position?)))
            .collect();
        for (frame, position) in &positions {
            let before = (frame.clone(), position - 1);
            assert!(*position == 1 || positions.contains(&before), "{id}: a gap");
        }
        let keys = "SELECT count(*) FROM tasker.keystore WHERE namespace LIKE $1 || '/%'";
        let keys: i64 = database.query_one(keys, &[namespace]).unwrap().get(0);
        assert_eq!(keys, shape.keys(), "{id}");
        assert!(node.stack(*id).is_empty());
    }
    let mut count = |sql: &str| -> i64 { database.query_one(sql, &[]).unwrap().get(0) };
    assert_eq!(count("SELECT count(*) FROM tasker.stack_runs"), 0);
    assert_eq!(count("SELECT count(*) FROM tasker.snapshots"), 0);
    assert_eq!(
        count("SELECT count(*) FROM tasker.task_runs WHERE status <> 'completed'"),
        0
    );
    let open = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(count(open), 0, "a transaction is open");
    nodes[0].client().get("/health").expect::<Value>(200);
    let entries: i64 = runs.iter().map(|(_, _, shape)| shape.entries()).sum();
    println!(
        "{entries} journal entries, each once, after {:.0?}",
        begin.elapsed()
    );
}
