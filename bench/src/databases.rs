//! The same steps on SQLite and on PostgreSQL, and one node beside three on one PostgreSQL.

use std::time::Instant;

use serde_json::json;
use tasker_postgres_server::{Durability, Server};
use tasker_tests::{App, Settings, result};

use crate::figure::{Report, Unit, median};

/// Steps of a run.
const STEPS: u32 = 400;
const REPEATS: usize = 5;

/// Runs that are queued at once, and the steps of each.
const RUNS: usize = 1_000;
const STEPS_OF_EACH: u32 = 3;

const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

pub(crate) fn measure(report: &mut Report) {
    let server = Server::start(Durability::Full);
    for (window, how) in [(0, "asleep at every await"), (10_000, "live")] {
        let settings = Settings::default().variable("inline_window_ms", window);
        let sqlite = per_step(&settings);
        let postgres = per_step(&settings.variable("database_url", server.database()));
        report.add(
            &format!("{how}: a step on SQLite"),
            sqlite,
            Unit::Milliseconds,
        );
        report.add(
            &format!("{how}: a step on PostgreSQL"),
            postgres,
            Unit::Milliseconds,
        );
        report.add_with_target(
            &format!("{how}: PostgreSQL over SQLite"),
            postgres / sqlite,
            Unit::Ratio,
            2.0,
        );
    }
    let (one, three) = (drained(&server, 1), drained(&server, 3));
    report.add(
        "1,000 runs queued at once, one node on PostgreSQL",
        one,
        Unit::Seconds,
    );
    report.add("the same, three nodes", three, Unit::Seconds);
    report.add_with_target("three nodes over one", three / one, Unit::Ratio, 1.0);
}

/// Milliseconds of a step: the median of whole runs.
fn per_step(settings: &Settings) -> f64 {
    let app = App::start(settings);
    let client = app.client();
    client.publish("sequential", include_str!("../tasks/sequential.js"));
    let run = |ns: &str| {
        let begin = Instant::now();
        let done = client.result("sequential", json!({ "ns": ns, "steps": STEPS }));
        assert_eq!(done, STEPS);
        begin.elapsed().as_secs_f64() * 1_000.0 / f64::from(STEPS)
    };
    run("warm");
    median(&mut (0..REPEATS).map(|_| run("steps")).collect::<Vec<_>>())
}

/// Seconds until all runs of a full queue have ended.
fn drained(server: &Server, nodes: usize) -> f64 {
    let settings = Settings::default()
        .variable("database_url", server.database())
        .variable("keystore_key", KEY);
    let nodes: Vec<App> = (0..nodes).map(|_| App::start(&settings)).collect();
    let client = nodes[0].client();
    client.publish("sequential", include_str!("../tasks/sequential.js"));
    for node in &nodes {
        let warm = json!({ "ns": "warm", "steps": STEPS_OF_EACH });
        node.client().result("sequential", warm);
    }
    let begin = Instant::now();
    let runs: Vec<_> = (0..RUNS)
        .map(|number| {
            let input = json!({ "ns": format!("run-{number}"), "steps": STEPS_OF_EACH });
            nodes[number % nodes.len()]
                .client()
                .submit("sequential", input)
        })
        .collect();
    for run in runs {
        assert_eq!(result(&client.wait_for(run, 600)), STEPS_OF_EACH);
    }
    begin.elapsed().as_secs_f64()
}
