//! Tasks that would stall in one step of a built-in function.

use serde_json::{Value, json};
use tasker_domain::RunId;
use tasker_tests::{App, Settings, result};

/// No drainer's place is lost to them: there is one, and what is submitted behind them has it.
#[test]
fn a_built_in_function_that_would_never_come_back_ends_its_run_alone() {
    let app = App::start(
        &Settings::default()
            .variable("cpu_ms", 200)
            .variable("slice_seconds", 1)
            .variable("lease_seconds", 2)
            .variable("drainers", 1),
    );
    let client = app.client();
    client.publish(
        "stalls",
        "module.exports = () => Array.prototype.reverse.call({ length: 2 ** 53 - 1 });",
    );
    client.publish("other", "module.exports = () => 'done';");
    let stalled: Vec<RunId> = (0..2)
        .map(|_| client.submit("stalls", Value::Null))
        .collect();
    let other = client.submit("other", Value::Null);
    for run in stalled {
        let run = client.wait_for(run, 240);
        let code = run.error.as_ref().and_then(|error| error.code.as_deref());
        assert_eq!(code, Some("cpu_limit"), "{run:?}");
    }
    assert_eq!(result(&client.wait(other)), json!("done"));
    app.database().assert_idle();
}
