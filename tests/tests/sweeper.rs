//! The app's own timer: work of a lost process continues without any request that looks after the queue.

use serde_json::json;
use tasker_tests::{App, Settings, paths, result, until};

#[test]
fn work_of_a_lost_process_goes_on_by_the_timer_alone() {
    let mut app = App::start(
        &Settings::default()
            .manifest(paths::manifest_with_timer())
            .variable("lease_seconds", 2)
            .variable("slice_seconds", 1),
    );
    app.client()
        .publish("gate", include_str!("../tasks/gate.js"));
    let run = app.client().submit("gate", json!({ "ns": "swept" }));
    let live = "SELECT count(*) FROM stack_runs WHERE run_id = ?1 AND status = 'processing'";
    until("the run is worked on", 30, || {
        (app.database().number(live, [run.to_string()]) > 0).then_some(())
    });
    app.kill();
    // As a process leaves it that was lost in the middle of a slice, long ago.
    let lost = app.database().change(
        "UPDATE stack_runs SET status = 'processing', lease_owner = 'lost', lease_expires_at = 0
         WHERE kind = 'frame'",
        [],
    );
    assert_eq!(lost, 1);
    app.restart();

    // Writing a key makes nobody look at the queue.
    let opened = app
        .client()
        .put("/keys/swept/gate", &json!({ "value": "open" }));
    assert_eq!(opened.status, 204);
    let ended = "SELECT count(*) FROM task_runs WHERE id = ?1 AND finished_at IS NOT NULL";
    until("the timer has the run finished", 30, || {
        (app.database().number(ended, [run.to_string()]) == 1).then_some(())
    });
    assert_eq!(result(&app.client().show(run)), json!("open"));
    assert_eq!(app.log("sweeper"), "");
    app.database().assert_idle();
}
