//! How long a run takes beside tasks that compute without end, and how soon such a task is cancelled.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tasker_api::Cancelled;
use tasker_domain::RunId;
use tasker_tests::{App, Client, Settings, until};

use crate::figure::{Report, Unit, median, quantile};

/// Runs that compute for all that time, as many as would keep every core busy for good.
const COMPUTING: usize = 8;
/// Runs that are timed.
const RUNS: usize = 50;
/// Runs that are cancelled, one after the other.
const CANCELLED: usize = 10;
/// What a slice may last (ms): the default of `slice_seconds`.
const SLICE_MS: f64 = 10_000.0;

pub(crate) fn measure(report: &mut Report) {
    let settings = Settings::default()
        .variable("cpu_ms", 3_600_000)
        .variable("cancel_grace_seconds", 3_600);
    let app = App::start(&settings);
    let client = app.client();
    client.publish("nothing", include_str!("../tasks/nothing.js"));
    client.publish("computes", include_str!("../tasks/computes.js"));
    let mut alone = times(client);
    let computing: Vec<RunId> = (0..COMPUTING).map(|_| begin(client)).collect();
    let mut beside = times(client);
    for run in computing {
        cancel(client, run);
    }
    let mut cancelled: Vec<f64> = (0..CANCELLED)
        .map(|_| {
            let run = begin(client);
            cancel(client, run)
        })
        .collect();
    for (name, times) in [
        (
            "a run alone, from its submission to its result, median",
            &mut alone,
        ),
        (
            "the same beside eight runs that compute without end",
            &mut beside,
        ),
    ] {
        report.add(name, median(times), Unit::Milliseconds);
        let slowest = quantile(times, 1.0);
        report.add_with_target("the slowest", slowest, Unit::Milliseconds, SLICE_MS);
    }
    report.add(
        "cancelling a run that computes, median",
        median(&mut cancelled),
        Unit::Milliseconds,
    );
    let slowest = quantile(&mut cancelled, 1.0);
    report.add_with_target("the slowest", slowest, Unit::Milliseconds, 1_000.0);
}

fn times(client: &Client) -> Vec<f64> {
    client.run("nothing", json!({}));
    (0..RUNS)
        .map(|n| {
            let begin = Instant::now();
            client.run("nothing", json!({ "n": n }));
            milliseconds(begin.elapsed())
        })
        .collect()
}

/// Submits a run that computes, and waits until it does.
fn begin(client: &Client) -> RunId {
    let run = client.submit("computes", Value::Null);
    until("it computes", 60, || client.show(run).started_at);
    run
}

/// How long it takes from asking until the run has ended (ms).
fn cancel(client: &Client, run: RunId) -> f64 {
    let asked = Instant::now();
    let _: Cancelled = client
        .post(&format!("/runs/{run}/cancel"), &json!({}))
        .expect(202);
    client.wait_for(run, 120);
    milliseconds(asked.elapsed())
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
