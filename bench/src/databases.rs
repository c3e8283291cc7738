//! The same steps on SQLite and on PostgreSQL, and one node beside three on one PostgreSQL.

use std::time::Instant;

use serde_json::json;
use tasker_postgres_server::{Durability, Server};
use tasker_tests::{App, Settings, result};

use crate::figure::{Report, Unit, median};
use crate::nodes;

/// Steps of a run.
const STEPS: u32 = 400;
const REPEATS: usize = 5;

/// Runs that are queued at once, and the steps of each.
const RUNS: usize = 1_000;
const STEPS_OF_EACH: u32 = 3;

/// How many nodes work on a full queue, time after time: a machine that is slow for a while is so for both.
const ROUNDS: [usize; 6] = [1, 3, 3, 1, 1, 3];

pub(crate) fn measure(report: &mut Report) {
    let server = Server::start(Durability::Full);
    for (window, how) in [(0, "asleep at every await"), (10_000, "live")] {
        let settings = Settings::default().variable("inline_window_ms", window);
        let sqlite = App::start(&settings);
        let postgres = App::start(&settings.variable("database_url", server.database()));
        let [sqlite, postgres] = per_step([sqlite, postgres]);
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
    let (mut of_one, mut of_three) = (Vec::new(), Vec::new());
    for nodes in ROUNDS {
        let took = drained(&server, nodes);
        if nodes == 1 {
            &mut of_one
        } else {
            &mut of_three
        }
        .push(took);
    }
    let (one, three) = (median(&mut of_one), median(&mut of_three));
    report.add(
        "1,000 runs queued at once, one node on PostgreSQL",
        one,
        Unit::Seconds,
    );
    report.add("the same, three nodes", three, Unit::Seconds);
    report.add_with_target("three nodes over one", three / one, Unit::Ratio, 1.0);
}

/// Milliseconds of a step in each app: the median of whole runs, which take turns.
fn per_step(apps: [App; 2]) -> [f64; 2] {
    let run = |app: &App, ns: &str| {
        let begin = Instant::now();
        let done = app
            .client()
            .result("sequential", json!({ "ns": ns, "steps": STEPS }));
        assert_eq!(done, STEPS);
        begin.elapsed().as_secs_f64() * 1_000.0 / f64::from(STEPS)
    };
    for app in &apps {
        let task = include_str!("../tasks/sequential.js");
        app.client().publish("sequential", task);
        run(app, "warm");
    }
    let mut took = [(); 2].map(|()| Vec::new());
    for _ in 0..REPEATS {
        for (app, took) in apps.iter().zip(&mut took) {
            took.push(run(app, "steps"));
        }
    }
    took.map(|mut took| median(&mut took))
}

/// Seconds until all runs of a full queue have ended.
fn drained(server: &Server, nodes: usize) -> f64 {
    let nodes = nodes::start(&server.database(), nodes, STEPS_OF_EACH);
    let client = nodes[0].client();
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
