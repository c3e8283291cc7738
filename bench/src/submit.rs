//! Latency of submissions, each durable when it is answered.

use std::time::Instant;

use serde_json::{Value, json};
use tasker_tests::{App, Settings, until};

use crate::figure::{Report, Unit, median, quantile};

const SUBMITS: usize = 500;

pub(crate) fn measure(report: &mut Report) {
    let app = App::start(&Settings::default());
    let client = app.client();
    client.publish("nothing", include_str!("../tasks/nothing.js"));
    let submit = |n: usize| {
        let begin = Instant::now();
        let run = client.submit("nothing", json!({ "n": n }));
        (run, begin.elapsed().as_secs_f64() * 1_000.0)
    };
    client.wait(submit(0).0);

    let mut alone: Vec<f64> = (0..SUBMITS)
        .map(|n| {
            let (run, time) = submit(n);
            client.wait(run);
            time
        })
        .collect();
    report.add_with_target(
        "a submission, median, one run at a time",
        median(&mut alone),
        Unit::Milliseconds,
        3.0,
    );
    report.add(
        "95th percentile",
        quantile(&mut alone, 0.95),
        Unit::Milliseconds,
    );

    let begin = Instant::now();
    let mut amid: Vec<f64> = (0..SUBMITS).map(|n| submit(n).1).collect();
    until("the runs end", 120, || {
        let is_none = |status: &str| {
            let page: Value = client
                .get(&format!("/runs?limit=1&status={status}"))
                .expect(200);
            page["items"] == json!([])
        };
        (is_none("queued") && is_none("processing")).then_some(())
    });
    let all = begin.elapsed().as_secs_f64();
    report.add_with_target(
        "a submission, median, while the runs before it go on",
        median(&mut amid),
        Unit::Milliseconds,
        3.0,
    );
    report.add(
        "95th percentile",
        quantile(&mut amid, 0.95),
        Unit::Milliseconds,
    );
    report.add(
        "500 submissions, until all runs have ended",
        all,
        Unit::Seconds,
    );
}
