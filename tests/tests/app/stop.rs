//! Runs that are stopped before they end by themselves.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tasker_api::{
    Cancelled, Page, Run, RunMoved, RunStop, RunSummary, StackEntry, Submitted, TaskError,
};
use tasker_domain::{ErrorCode, RunId, RunStatus, StackStatus, StopCause};
use tasker_tests::{App, Client, until};

use crate::apps::{asleep, live};

/// Keeps what it saw of its end in the keystore.
const TIDY: &str = r#"
module.exports = async function execute({ ns, waitsFor }) {
    await tools.keystore.set(ns, "began", true);
    try {
        return await tools.tasks.execute(waitsFor, { ns });
    } catch (error) {
        await tools.keystore.set(ns, "caught", [error.name, error.code, error.message]);
        return "all is well";
    } finally {
        await tools.keystore.set(ns, "tidied", await tools.tasks.execute("tidier", { ns }));
    }
};
"#;
const TIDIER: &str =
    "module.exports = async ({ ns }) => `${ns} ${await tools.keystore.get(ns, 'began')}`;";
const BUSY: &str = r#"
module.exports = async function execute({ ns }) {
    try {
        await tools.keystore.set(ns, "began", true);
        for (;;) {}
    } finally {
        await tools.keystore.set(ns, "unreachable", true);
    }
};
"#;
/// Does not give up when its run is cancelled.
const STUBBORN: &str = r#"
module.exports = async function execute({ ns }) {
    await tools.keystore.set(ns, "began", true);
    for (;;) {
        try {
            await tools.tasks.execute("gate", { ns });
        } catch {}
    }
};
"#;

fn value(client: &Client, ns: &str, key: &str) -> Option<Value> {
    let answer = client.get(&format!("/keys/{ns}/{key}"));
    (answer.status == 200).then(|| answer.expect::<Value>(200)["value"].clone())
}

fn why(run: &Run) -> &TaskError {
    run.error.as_ref().expect("it has not completed")
}

/// Submits a task and waits until it has begun, and knows that it has.
fn begin(client: &Client, task: &str, input: Value) -> RunId {
    let ns = input["ns"].as_str().unwrap().to_owned();
    let run = client.submit(task, input);
    until("the task has begun", 20, || {
        value(client, &ns, "began").filter(|_| !client.journal(run).is_empty())
    });
    run
}

fn cancel(client: &Client, run: RunId, body: &Value) -> Cancelled {
    client
        .post(&format!("/runs/{run}/cancel"), body)
        .expect(202)
}

fn publish(app: &App) {
    let tasks = [
        ("tidy", TIDY),
        ("tidier", TIDIER),
        ("busy", BUSY),
        ("stubborn", STUBBORN),
    ];
    for (name, code) in tasks {
        app.client().publish(name, code);
    }
}

#[test]
fn a_cancelled_run_stops_within_a_second_and_cleans_up() {
    for app in [live(), asleep()] {
        publish(&app);
        let client = app.client();
        // The nested task polls, so it is sometimes in a VM, sometimes asleep.
        let input = json!({ "ns": "tidy", "waitsFor": "gate" });
        let id = begin(client, "tidy", input);
        let asked = json!({ "reason": "wrong month", "by": "ada" });
        let begun = Instant::now();
        let cancelled = cancel(client, id, &asked);
        assert!(!cancelled.status.is_terminal() && cancelled.grace_until.is_some());
        let run = client.wait(id);
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!((run.status, &run.result), (RunStatus::Cancelled, &None));
        assert_eq!(why(&run).message, "the run was cancelled: wrong month");
        assert_eq!(why(&run).code.as_deref(), Some("cancelled"));
        let stop: RunStop = run.stop.unwrap();
        assert_eq!(stop.cause, StopCause::Cancel);
        assert_eq!(stop.reason.as_deref(), Some("wrong month"));
        assert_eq!(stop.by.as_deref(), Some("ada"));
        assert_eq!(Some(stop.grace_until), cancelled.grace_until);
        assert_eq!(
            value(client, "tidy", "caught"),
            Some(json!([
                "CancelledError",
                "cancelled",
                "the run was cancelled: wrong month"
            ]))
        );
        assert_eq!(value(client, "tidy", "tidied"), Some(json!("tidy true")));
        assert!(client.stack(id).is_empty());
        client
            .post(&format!("/runs/{id}/cancel"), &json!({}))
            .expect_problem(ErrorCode::RunFinished);
        for key in ["began", "caught", "tidied"] {
            client.call("DELETE", &format!("/keys/tidy/{key}"), None);
        }
    }
}

#[test]
fn a_task_that_computes_or_does_not_give_up_ends_too() {
    let app = App::start(&tasker_tests::Settings::default().variable("cancel_grace_seconds", 2));
    publish(&app);
    let client = app.client();
    client.publish("gate", include_str!("../../tasks/gate.js"));

    let id = begin(client, "busy", json!({ "ns": "busy" }));
    let begun = Instant::now();
    cancel(client, id, &json!({}));
    let run = client.wait(id);
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(why(&run).code.as_deref(), Some("cancelled"));
    assert_eq!(value(client, "busy", "unreachable"), None);

    let id = begin(client, "stubborn", json!({ "ns": "stubborn" }));
    let first = cancel(client, id, &json!({}));
    let again = cancel(client, id, &json!({ "reason": "now" }));
    assert_eq!(first.grace_until, again.grace_until);
    let run = client.wait(id);
    assert_eq!(run.status, RunStatus::Cancelled);
    assert!(run.finished_at >= first.grace_until && run.stop.unwrap().reason.is_none());
    assert!(client.stack(id).is_empty());

    client.call("DELETE", "/keys/stubborn/began", None);
    let id = begin(client, "stubborn", json!({ "ns": "stubborn" }));
    let forced = cancel(client, id, &json!({ "force": true, "reason": "at once" }));
    assert_eq!(
        (forced.status, forced.grace_until),
        (RunStatus::Cancelled, None)
    );
    assert_eq!(client.show(id).status, RunStatus::Cancelled);

    // A wrong request changes nothing.
    let id = client.submit("gate", json!({ "ns": "never" }));
    for body in [
        json!({ "reason": "x".repeat(1_001) }),
        json!({ "by": "x".repeat(201) }),
        json!({ "why": "typing error" }),
        json!({ "force": "yes" }),
        json!([]),
    ] {
        let answer = client.post(&format!("/runs/{id}/cancel"), &body);
        answer.expect_problem(ErrorCode::BadRequest);
    }
    assert_eq!(client.show(id).stop, None);
    let path = format!("/runs/{id}/cancel");
    assert_eq!(
        client.call("POST", &path, None).status,
        202,
        "no body at all"
    );
}

#[test]
fn a_run_out_of_time_fails_and_can_be_run_again() {
    let app = live();
    publish(&app);
    let client = app.client();
    let submit = |body: Value| client.post("/tasks", &body);
    let body = json!({
        "taskName": "tidy", "input": { "ns": "late", "waitsFor": "gate" }, "timeoutMs": 1_500,
    });
    let late: Submitted = submit(body).expect(202);
    let run = client.wait(late.task_run_id);
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(why(&run).code.as_deref(), Some("run_timeout"));
    assert_eq!(run.stop.as_ref().unwrap().cause, StopCause::Timeout);
    assert!(run.finished_at >= run.deadline);
    assert_eq!(
        value(client, "late", "caught").unwrap()[1],
        json!("run_timeout")
    );

    // The task's own limit counts if no other is given.
    client.publish(
        "hurried",
        "/** @timeout 1s 500ms - enough */\nmodule.exports = async () => 1;",
    );
    let run = client.run("hurried", json!({}));
    let limit = run.deadline.unwrap().millis() - run.created_at.millis();
    assert_eq!((run.status, limit), (RunStatus::Completed, 1_500));
    let code = "/** @timeout soon */\nmodule.exports = async () => 1;";
    client
        .put("/tasks/hurried", &json!({ "code": code }))
        .expect_problem(ErrorCode::TaskInvalid);
    submit(json!({ "taskName": "hurried", "timeoutMs": 0 })).expect_problem(ErrorCode::TimeInvalid);

    let again: Submitted = client
        .post(&format!("/runs/{}/retry", run.task_run_id), &json!({}))
        .expect(202);
    let second = client.wait(again.task_run_id);
    assert_eq!(second.retry_of, Some(run.task_run_id));
    assert_eq!(
        (second.status, second.version),
        (RunStatus::Completed, run.version)
    );
    let goes_on = client.submit("gate", json!({ "ns": "never" }));
    client
        .post(&format!("/runs/{goes_on}/retry"), &json!({}))
        .expect_problem(ErrorCode::RunNotFinished);
    cancel(client, goes_on, &json!({ "force": true }));
}

#[test]
fn a_call_takes_the_options_of_its_task() {
    // No service answers in a millisecond, and a nested task that waits does not in 300.
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish(
            "options",
            r#"
            module.exports = async function execute() {
                const seen = async (call) => {
                    try { return await call } catch (error) { return [error.code, error.attempts] }
                };
                const nested = tools.with({ timeoutMs: 300 }).tasks.execute("gate", { ns: "nobody" });
                const refused = tools.with({ retry: { attempts: 2 } }).tasks.execute("double", {});
                const failing = tools.with({ retry: { attempts: 3, initialMs: 5, on: ["any"] } }).keystore.get();
                const once = tools.keystore.get();
                return [await seen(nested), await seen(refused), await seen(failing), await seen(once)];
            };"#,
        );
        let run = client.run("options", json!({}));
        assert_eq!(
            tasker_tests::result(&run),
            json!([
                ["call_timeout", null],
                ["invalid_arguments", null],
                ["invalid_arguments", 3],
                ["invalid_arguments", null],
            ])
        );
        let journal = client.journal(run.task_run_id);
        let failing = journal.iter().find(|entry| entry.attempts == 3).unwrap();
        let tried: Vec<_> = failing
            .failures
            .iter()
            .map(|failed| failed.attempt)
            .collect();
        assert_eq!(tried, [1, 2]);
        for failed in &failing.failures {
            assert!(
                failed.next_at >= failed.finished_at && failed.finished_at >= failed.started_at
            );
            assert_eq!(failed.error.code.as_deref(), Some("invalid_arguments"));
        }
        assert!(failing.options.is_some());
    }
}

#[test]
fn a_paused_run_goes_on_when_it_is_resumed() {
    for app in [live(), asleep()] {
        publish(&app);
        let client = app.client();
        let id = begin(
            client,
            "tidy",
            json!({ "ns": "paused", "waitsFor": "gate" }),
        );
        let turn = |action: &str| client.post(&format!("/runs/{id}/{action}"), &json!({}));
        turn("resume").expect_problem(ErrorCode::RunNotPaused);
        let moved: RunMoved = turn("pause").expect(200);
        assert_eq!(moved.status, RunStatus::Paused);
        turn("pause").expect_problem(ErrorCode::RunPaused);
        // Its tasks go to sleep, and sleep on though their gate is open.
        until("nothing of it is worked on", 20, || {
            let stack = client.stack(id);
            let rests = |row: &StackEntry| row.status != StackStatus::Processing;
            stack.iter().all(rests).then_some(())
        });
        crate::apps::open_gate(client, "paused", "open");
        let settled = client.journal(id).len();
        assert_eq!(client.post("/sweep", &json!({})).status, 200);
        let waited: Run = client.get(&format!("/runs/{id}?wait=0.5")).expect(200);
        assert_eq!(
            (waited.status, client.journal(id).len()),
            (RunStatus::Paused, settled)
        );
        let listed: Page<RunSummary> = client.get("/runs?status=paused").expect(200);
        assert!(listed.items.iter().any(|run| run.task_run_id == id));
        turn("resume").expect::<RunMoved>(200);
        let run = client.wait(id);
        assert_eq!(
            (run.status, tasker_tests::result(&run)),
            (RunStatus::Completed, json!("open"))
        );
        turn("pause").expect_problem(ErrorCode::RunFinished);
        for key in ["began", "tidied", "gate"] {
            client.call("DELETE", &format!("/keys/paused/{key}"), None);
        }
    }
}
