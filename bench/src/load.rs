//! Thousands of runs from many clients at once, on one, two and three nodes with one PostgreSQL database.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::json;
use tasker_postgres_server::{Durability, Server};
use tasker_tests::{App, Client, Settings, Watch, result};

use crate::figure::{Report, Unit};

/// Clients at work at once: more than a component has connections.
const CLIENTS: usize = 100;
/// Runs that each of them submits, one after the other, before it waits for them.
const RUNS_OF_EACH: usize = 30;
const RUNS: usize = CLIENTS * RUNS_OF_EACH;
const STEPS: u32 = 3;

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

pub(crate) fn measure(report: &mut Report) {
    let mut one = None;
    for nodes in 1..=3 {
        let (throughput, connections) = throughput(nodes);
        let one = *one.get_or_insert(throughput);
        let of = match nodes {
            1 => "1 node".to_owned(),
            nodes => format!("{nodes} nodes"),
        };
        report.add(
            &format!("{RUNS} runs from {CLIENTS} clients on {of}"),
            throughput,
            Unit::PerSecond,
        );
        report.add(
            &format!("{of}: the most connections of one"),
            connections as f64,
            Unit::Count,
        );
        if nodes > 1 {
            report.add_with_target(
                &format!("1 node over {of}"),
                one / throughput,
                Unit::Ratio,
                1.0,
            );
        }
    }
}

/// Runs that end in a second, and the most connections of a node. Every answer must be right.
fn throughput(nodes: usize) -> (f64, i64) {
    let server = Server::start(Durability::Full);
    let url = server.database();
    let nodes: Vec<App> = (0..nodes)
        .map(|number| {
            let url = format!("{url}&application_name=node-{number}");
            let settings = Settings::default().variable("database_url", url);
            App::start(&settings.variable("keystore_key", KEY))
        })
        .collect();
    let clients: Vec<&Client> = nodes.iter().map(App::client).collect();
    clients[0].publish("sequential", include_str!("../tasks/sequential.js"));
    for client in &clients {
        client.result("sequential", json!({ "ns": "warm", "steps": STEPS }));
    }
    let over = AtomicBool::new(false);
    let mut watch = Watch::new(&server);
    let begin = Instant::now();
    let took = thread::scope(|scope| {
        scope.spawn(|| watch.look_on(|| over.load(Ordering::Relaxed)));
        let work = |number: usize| {
            let client = clients[number % clients.len()];
            let submit = |run: usize| {
                let input = json!({ "ns": format!("run-{number}-{run}"), "steps": STEPS });
                client.submit("sequential", input)
            };
            let runs: Vec<_> = (0..RUNS_OF_EACH).map(submit).collect();
            for run in runs {
                assert_eq!(result(&client.wait_for(run, 600)), STEPS);
            }
        };
        let worker = |number| scope.spawn(move || work(number));
        let workers: Vec<_> = (0..CLIENTS).map(worker).collect();
        let ended: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
        over.store(true, Ordering::Relaxed);
        assert!(ended.iter().all(Result::is_ok), "an answer was wrong");
        begin.elapsed().as_secs_f64()
    });
    assert_eq!(watch.deadlocks(), 0, "deadlocks");
    let connections = watch.connections.values().copied().max();
    (RUNS as f64 / took, connections.unwrap_or(0))
}
