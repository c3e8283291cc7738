//! Tasks that would stall in one step of a built-in function.

use serde_json::{Value, json};
use tasker_api::{Cancelled, Run};
use tasker_domain::{RunId, RunStatus};
use tasker_tests::{App, Settings, result, until};

/// The executor keeps its frame's lease, which it does in the middle of computing as well.
const KEEPS_ITS_LEASE: &str = "UPDATE stack_runs SET lease_expires_at";

/// The code of what a run ended with.
fn code(run: &Run) -> Option<&str> {
    run.error.as_ref()?.code.as_deref()
}

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
        assert_eq!(code(&run), Some("cpu_limit"), "{run:?}");
    }
    assert_eq!(result(&client.wait(other)), json!("done"));
    app.database().assert_idle();
}

/// An app in which no time limit ends what computes: neither that of computing, nor the slice's, nor the grace.
fn patient() -> Settings {
    Settings::default()
        .variable("cpu_ms", 3_600_000)
        .variable("slice_seconds", 600)
        .variable("cancel_grace_seconds", 3_600)
}

/// Submits a task and waits until it has begun.
fn begin(app: &App, task: &str) -> RunId {
    let run = app.client().submit(task, Value::Null);
    until("the run has begun", 60, || {
        app.client().show(run).started_at
    });
    run
}

fn cancel(app: &App, run: RunId, how: &Value) -> RunStatus {
    let path = format!("/runs/{run}/cancel");
    let cancelled: Cancelled = app.client().post(&path, how).expect(202);
    cancelled.status
}

#[test]
fn a_cancel_reaches_a_task_that_computes() {
    let app = App::start(&patient());
    app.client()
        .publish("loops", "module.exports = () => { for (;;); };");
    app.client().publish(
        "reverses",
        "module.exports = () => Array.prototype.reverse.call({ length: 2 ** 53 - 1 });",
    );
    for task in ["loops", "reverses"] {
        let run = begin(&app, task);
        assert!(!cancel(&app, run, &json!({})).is_terminal());
        let run = app.client().wait_for(run, 120);
        assert_eq!(run.status, RunStatus::Cancelled);
        assert_eq!(code(&run), Some("cancelled"));
    }
    app.database().assert_idle();
}

#[test]
fn runs_that_compute_keep_those_of_other_tasks_from_nothing() {
    let app = App::start(&patient().variable("drainers", 1));
    let client = app.client();
    client.publish("loops", "module.exports = () => { for (;;); };");
    client.publish("other", "module.exports = () => 'done';");
    // More than a drainer has places for.
    let computing: Vec<RunId> = (0..8)
        .map(|_| client.submit("loops", Value::Null))
        .collect();
    let at_work = || {
        let sql = "SELECT count(*) FROM stack_runs WHERE status = 'processing'";
        app.database().number(sql, [])
    };
    until("all places are taken", 60, || {
        (at_work() == 4).then_some(())
    });
    assert_eq!(result(&client.run("other", Value::Null)), json!("done"));
    // One of another task had a place, and more of this one still have none.
    assert_eq!(at_work(), 4);
    for run in &computing {
        assert!(!client.show(*run).status.is_terminal());
        cancel(&app, *run, &json!({}));
    }
    for run in computing {
        assert_eq!(client.wait_for(run, 120).status, RunStatus::Cancelled);
    }
    app.database().assert_idle();
}

#[test]
fn a_forced_cancel_ends_a_run_whatever_its_executor_does() {
    let mut app = App::start(&patient().faults().variable("lease_seconds", 2));
    app.client()
        .publish("loops", "module.exports = () => { for (;;); };");
    app.client()
        .publish("other", "module.exports = () => 'done';");
    let run = begin(&app, "loops");
    // The executor stands still in the middle of computing, so that it cannot learn of anything. Orders can be given for SQLite's
    // commits alone; on PostgreSQL it computes on until it looks.
    let holds = !app.database().is_postgres();
    let is_held = |app: &mut App| app.faults().passed().iter().any(|line| line == "held");
    if holds {
        app.faults().order_of("hold", 1, KEEPS_ITS_LEASE);
        until("the executor is held", 60, || {
            is_held(&mut app).then_some(())
        });
    }
    assert_eq!(
        cancel(&app, run, &json!({ "force": true })),
        RunStatus::Cancelled
    );
    let shown = app.client().show(run);
    assert_eq!(code(&shown), Some("cancelled"));
    assert!(app.client().stack(run).is_empty());
    assert_eq!(
        result(&app.client().run("other", Value::Null)),
        json!("done")
    );
    assert_eq!(is_held(&mut app), holds);
    app.faults().lift();
    app.database().assert_idle();
    assert_eq!(app.client().show(run).finished_at, shown.finished_at);
}
