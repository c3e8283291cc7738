//! Tasks that compute side by side.

use serde_json::{Value, json};
use tasker_domain::RunId;
use tasker_tests::{App, Settings, result};

/// More than any machine that this runs on has cores.
const AT_ONCE: usize = 24;

#[test]
fn a_task_may_compute_as_much_among_others_as_alone() {
    let app = App::start(
        &Settings::default()
            .variable("cpu_ms", 200)
            .variable("drainers", 6),
    );
    let client = app.client();
    client.publish(
        "computes",
        "module.exports = (rounds) => { let x = 0; for (let i = 0; i < rounds * 1000; i++) x = (x * 31 + i) | 0; return rounds; };",
    );
    let passes = |rounds: u64| {
        let run = client.run("computes", json!(rounds));
        let limited = run.error.as_ref().and_then(|error| error.code.clone());
        assert!(
            matches!(limited.as_deref(), None | Some("cpu_limit")),
            "{run:?}"
        );
        limited.is_none()
    };
    // What one may do alone on this machine.
    let mut most = 100;
    while passes(most * 3 / 2) {
        most = most * 3 / 2;
    }
    // Cores that share their parts, or slow down when all are busy, do less than one does alone; counted by the clock
    // on the wall, two dozen runs would each be charged many times as much.
    let rounds = most / 3;
    let runs: Vec<RunId> = (0..AT_ONCE)
        .map(|_| client.submit("computes", json!(rounds)))
        .collect();
    for run in runs {
        assert_eq!(result(&client.wait_for(run, 120)), json!(rounds));
    }
    // And one that never ends does end.
    client.publish("never", "module.exports = () => { for (;;); };");
    let endless: Vec<RunId> = (0..4)
        .map(|_| client.submit("never", Value::Null))
        .collect();
    for run in endless {
        let run = client.wait_for(run, 120);
        let code = run.error.as_ref().and_then(|error| error.code.as_deref());
        assert_eq!(code, Some("cpu_limit"), "{run:?}");
    }
    app.database().assert_idle();
}
