//! Runs with very many calls: they work, and memory stays as it is.

use std::time::Instant;

use serde_json::{Value, json};
use tasker_tests::{App, Settings, result};

use crate::figure::{Report, Unit};
use crate::memory;

pub(crate) fn measure(report: &mut Report) {
    let app = App::start(&Settings::default());
    app.client()
        .publish("sequential", include_str!("../tasks/sequential.js"));
    app.client()
        .publish("chunks", include_str!("../tasks/chunks.js"));
    // As much at once as the large runs do, so that what the runtime keeps is there before.
    run(
        &app,
        "chunks",
        json!({ "ns": "warm", "chunks": 4, "size": 500 }),
        2_000,
    );
    let mut before = memory::resident(&app);
    report.add("memory before", before, Unit::Kibibytes);
    let chunks = json!({ "ns": "large", "chunks": 200, "size": 500 });
    let cases = [
        (
            "20,000 sequential calls",
            "sequential",
            json!({ "ns": "large", "steps": 20_000 }),
            20_000,
        ),
        ("100,000 journal entries", "chunks", chunks.clone(), 100_000),
        ("100,000 more", "chunks", chunks, 100_000),
    ];
    for (name, task, input, entries) in cases {
        let seconds = run(&app, task, input, entries);
        let after = memory::resident(&app);
        report.add(&format!("a run of {name}"), seconds, Unit::Seconds);
        report.add("memory after it", after, Unit::Kibibytes);
        report.add("over memory before it", after / before, Unit::Ratio);
        before = after;
    }
    app.database().assert_idle();
}

/// How many seconds a run takes that makes `entries` calls.
fn run(app: &App, task: &str, input: Value, entries: usize) -> f64 {
    let begin = Instant::now();
    let id = app.client().submit(task, input);
    assert_eq!(result(&app.client().wait_for(id, 1_200)), entries);
    let seconds = begin.elapsed().as_secs_f64();
    assert_eq!(app.database().assert_journal(id), entries);
    seconds
}
