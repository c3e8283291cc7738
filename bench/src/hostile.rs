//! How long a run takes beside tasks that compute without end, and how soon such a task is cancelled.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tasker_api::Cancelled;
use tasker_domain::RunId;
use tasker_tests::{App, Client, Settings, until};

use crate::figure::{Report, Unit, median, quantile};

/// Runs of another task that compute until they are ended, more than can be at it at once.
const COMPUTING: usize = 16;
/// Runs that are timed alone.
const RUNS: usize = 20;
/// Runs that are cancelled, one after the other.
const CANCELLED: usize = 10;
/// What a slice may last (ms): the default of `slice_seconds`.
const SLICE_MS: f64 = 10_000.0;

pub(crate) fn measure(report: &mut Report) {
    let app = App::start(&Settings::default());
    let client = app.client();
    client.publish("nothing", include_str!("../tasks/nothing.js"));
    client.publish("computes", include_str!("../tasks/computes.js"));
    client.run("nothing", json!({}));
    let mut alone: Vec<f64> = (0..RUNS).map(|_| time(client)).collect();
    let computing: Vec<RunId> = (0..COMPUTING)
        .map(|_| client.submit("computes", Value::Null))
        .collect();
    let mut beside = Vec::new();
    let last = computing[COMPUTING - 1];
    while !client.show(last).status.is_terminal() {
        beside.push(time(client));
    }
    for run in computing {
        client.wait_for(run, 300);
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
            "the same while sixteen runs of another task compute without end",
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

/// How long a run takes, from its submission to its result (ms).
fn time(client: &Client) -> f64 {
    let begin = Instant::now();
    client.run("nothing", json!({}));
    milliseconds(begin.elapsed())
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
