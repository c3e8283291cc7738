//! Tasks that sleep at every await: a late step costs what an early one costs.

use serde_json::json;
use tasker_tests::{Answer, App, Client, Settings, result};

use crate::figure::{Report, Unit, median, quantile};
use crate::floor;

const STEPS: usize = 5_200;

/// Steps that are averaged: a single one is as exact as the journal's times, a millisecond.
const WINDOW: usize = 100;

/// Cycles of the VM alone.
const CYCLES: usize = 500;

pub(crate) fn measure(report: &mut Report) {
    steps(report);
    cycles(report);
}

fn steps(report: &mut Report) {
    let app = App::start(&Settings::default().variable("inline_window_ms", 0));
    let client = app.client();
    client.publish("sequential", include_str!("../tasks/sequential.js"));
    // The first run finds caches cold.
    client.result("sequential", json!({ "ns": "warm", "steps": 200 }));
    let (mut early, mut late, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for ns in ["one", "two", "three"] {
        let times = finished(client, ns);
        let (one, other) = (per_step(&times, 50), per_step(&times, 5_000));
        early.push(one);
        late.push(other);
        ratios.push(other / one);
    }
    let (early, late) = (median(&mut early), median(&mut late));
    report.add(
        "asleep at every await: a step around step 50",
        early,
        Unit::Milliseconds,
    );
    report.add(
        "asleep at every await: a step around step 5,000",
        late,
        Unit::Milliseconds,
    );
    report.add_with_target(
        "step 5,000 over step 50",
        median(&mut ratios),
        Unit::Ratio,
        1.15,
    );
}

/// When each step of a run settled, in ms.
fn finished(client: &Client, ns: &str) -> Vec<i64> {
    let id = client.submit("sequential", json!({ "ns": ns, "steps": STEPS }));
    assert_eq!(result(&client.wait_for(id, 600)), STEPS);
    client
        .journal(id)
        .iter()
        .map(|entry| entry.finished_at.millis())
        .collect()
}

/// The mean time of the steps around one.
fn per_step(times: &[i64], step: usize) -> f64 {
    let from = step - WINDOW / 2;
    (times[from + WINDOW] - times[from]) as f64 / WINDOW as f64
}

/// Restore and save as the executor does them, each in a fresh instance.
fn cycles(report: &mut Report) {
    let app = floor::start();
    let client = app.client();
    let micros =
        |answer: &Answer, name: &str| -> f64 { answer.header(name).parse().unwrap_or(f64::NAN) };
    let step = |path: &str, snapshot: &[u8]| {
        let answer = client.send("POST", path, &[], Some(snapshot));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    };
    let mut answer = step("/boot", &[]);
    report.add(
        "boot of a VM in a fresh instance",
        micros(&answer, "x-boot-us") / 1_000.0,
        Unit::Milliseconds,
    );
    let (mut restores, mut runs, mut saves, mut both) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..CYCLES {
        answer = step("/cycle", &answer.body);
        let [restore, run, save] =
            ["x-restore-us", "x-run-us", "x-save-us"].map(|name| micros(&answer, name) / 1_000.0);
        restores.push(restore);
        runs.push(run);
        saves.push(save);
        both.push(restore + save);
    }
    report.add("restore, median", median(&mut restores), Unit::Milliseconds);
    report.add(
        "running the task between the two, median",
        median(&mut runs),
        Unit::Milliseconds,
    );
    report.add("save, median", median(&mut saves), Unit::Milliseconds);
    report.add_with_target(
        "restore and save, median",
        median(&mut both),
        Unit::Milliseconds,
        1.5,
    );
    report.add(
        "restore and save, 95th percentile",
        quantile(&mut both, 0.95),
        Unit::Milliseconds,
    );
}
