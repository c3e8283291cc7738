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
    client.result("nothing", json!({}));
    let begin = Instant::now();
    let mut times: Vec<f64> = (0..SUBMITS)
        .map(|n| {
            let begin = Instant::now();
            client.submit("nothing", json!({ "n": n }));
            begin.elapsed().as_secs_f64() * 1_000.0
        })
        .collect();
    until("the runs end", 120, || {
        let page: Value = client.get("/runs?limit=1&status=queued").expect(200);
        let live: Value = client.get("/runs?limit=1&status=processing").expect(200);
        (page["items"] == json!([]) && live["items"] == json!([])).then_some(())
    });
    let all = begin.elapsed().as_secs_f64();
    report.add_with_target(
        "a submission, median, while the runs go on",
        median(&mut times),
        Unit::Milliseconds,
        3.0,
    );
    report.add(
        "a submission, 95th percentile",
        quantile(&mut times, 0.95),
        Unit::Milliseconds,
    );
    report.add(
        "500 submissions until all runs have ended",
        all,
        Unit::Seconds,
    );
}
