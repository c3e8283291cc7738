//! Calls made while the VM is live, beside the least that they can cost.

use std::time::Instant;

use serde_json::json;
use tasker_tests::{App, Settings};

use crate::figure::{Report, Unit, median};
use crate::floor;

const CALLS: u32 = 1_000;
const REPEATS: usize = 5;

pub(crate) fn measure(report: &mut Report) {
    let app = App::start(&Settings::default());
    let client = app.client();
    client.publish("sequential", include_str!("../tasks/sequential.js"));
    let run = |ns: &str| {
        let begin = Instant::now();
        assert_eq!(
            client.result("sequential", json!({ "ns": ns, "steps": CALLS })),
            CALLS
        );
        begin.elapsed().as_secs_f64()
    };
    run("warm");
    let mut runs: Vec<f64> = (0..REPEATS).map(|_| run("calls")).collect();
    let run = median(&mut runs);
    drop(app);

    let app = floor::start();
    let client = app.client();
    let path = format!("/calls/{CALLS}");
    let floor = || {
        let begin = Instant::now();
        assert_eq!(client.send("POST", &path, &[], Some(b"")).status, 200);
        begin.elapsed().as_secs_f64()
    };
    floor();
    let mut floors: Vec<f64> = (0..REPEATS).map(|_| floor()).collect();
    let floor = median(&mut floors);
    report.add_with_target(
        "1,000 sequential keystore calls in one run",
        run,
        Unit::Seconds,
        2.0,
    );
    report.add(
        "the floor: 1,000 empty requests and inserts",
        floor,
        Unit::Seconds,
    );
    report.add("run over floor", run / floor, Unit::Ratio);
}
