//! How long a run of one task takes while another task has flooded the queue.

use std::time::Instant;

use serde_json::json;
use tasker_tests::{App, Client, Settings};

use crate::figure::{Report, Unit, median, quantile};
use crate::flood;

/// Queued runs of the other task.
const FLOOD: u32 = 100_000;
/// Runs that are timed.
const RUNS: usize = 200;

pub(crate) fn measure(report: &mut Report) {
    let app = App::start(&Settings::default());
    let client = app.client();
    for task in ["flood", "nothing"] {
        client.publish(task, include_str!("../tasks/nothing.js"));
    }
    let template = flood::template(client, "flood");
    let mut alone = times(client);
    flood::copies(&app.database(), template, 1, FLOOD);
    let mut amid = times(client);
    let left = app.database().number(
        "SELECT count(*) FROM stack_runs WHERE task_name = 'flood'",
        [],
    );
    assert!(left > 1, "the flood was over before the runs were timed");
    let (calm, flooded) = (median(&mut alone), median(&mut amid));
    report.add(
        "a run, from its submission to its result, median",
        calm,
        Unit::Milliseconds,
    );
    report.add(
        "95th percentile",
        quantile(&mut alone, 0.95),
        Unit::Milliseconds,
    );
    report.add(
        "the same while another task has 100,000 runs queued",
        flooded,
        Unit::Milliseconds,
    );
    report.add(
        "95th percentile",
        quantile(&mut amid, 0.95),
        Unit::Milliseconds,
    );
    report.add("amid the flood over alone", flooded / calm, Unit::Ratio);
}

fn times(client: &Client) -> Vec<f64> {
    client.run("nothing", json!({}));
    (0..RUNS)
        .map(|n| {
            let begin = Instant::now();
            client.run("nothing", json!({ "n": n }));
            begin.elapsed().as_secs_f64() * 1_000.0
        })
        .collect()
}
