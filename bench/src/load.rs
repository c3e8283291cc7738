//! Thousands of runs from many clients at once, on one, two and three nodes with one PostgreSQL database.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::json;
use tasker_postgres_server::{Durability, Server};
use tasker_tests::{App, Client, Watch, result};

use crate::figure::{Report, Unit};
use crate::nodes;

/// Clients at work at once: more than a component has connections.
const CLIENTS: usize = 100;
/// Runs that each of them submits, one after the other, before it waits for them.
const RUNS_OF_EACH: usize = 30;
const RUNS: usize = CLIENTS * RUNS_OF_EACH;
const STEPS: u32 = 3;

/// How many nodes, time after time: a machine that is slow for a while is so for all.
const ROUNDS: [usize; 6] = [1, 2, 3, 3, 2, 1];

pub(crate) fn measure(report: &mut Report) {
    let mut rounds = [const { Vec::new() }; 3];
    for nodes in ROUNDS {
        rounds[nodes - 1].push(round(nodes));
    }
    let mut one = None;
    for (nodes, rounds) in (1..).zip(&rounds) {
        let seconds: f64 = rounds.iter().map(|round| round.seconds).sum();
        let throughput = (RUNS * rounds.len()) as f64 / seconds;
        let connections = rounds.iter().map(|round| round.connections).max();
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
            connections.unwrap_or_default() as f64,
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

/// What became of a round.
struct Round {
    seconds: f64,
    /// The most that a node had.
    connections: i64,
}

/// Has all runs done. Every answer must be right.
fn round(nodes: usize) -> Round {
    let server = Server::start(Durability::Full);
    let nodes = nodes::start(&server.database(), nodes, STEPS);
    let clients: Vec<&Client> = nodes.iter().map(App::client).collect();
    let over = AtomicBool::new(false);
    let mut watch = Watch::new(&server);
    let begin = Instant::now();
    let seconds = thread::scope(|scope| {
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
    Round {
        seconds,
        connections: connections.unwrap_or_default(),
    }
}
