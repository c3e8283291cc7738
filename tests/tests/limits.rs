//! Priorities, concurrency limits, retention, export and idempotency keys over the API.

use serde_json::{Value, json};
use tasker_api::{LogEntry, Page, Run, RunExport, Submitted};
use tasker_domain::ErrorCode::*;
use tasker_domain::RunStatus;
use tasker_tests::{App, Settings, until};

/// Waits for a key of the keystore to be there, for one customer at a time.
const ONE_BY_ONE: &str = r#"
/**
 * @task one-by-one
 * @concurrency 1 per input.customer
 * @priority 5
 * @retention 7d
 */
module.exports = async function execute(input) {
    console.log("for " + input.customer);
    while ((await tools.keystore.get("gates", input.gate)) === null) {}
    return input.gate;
};
"#;

#[test]
fn runs_wait_for_each_other_and_are_kept_as_asked() {
    let app = App::start(&Settings::default());
    let client = app.client();
    client.publish("one-by-one", ONE_BY_ONE);
    let submit = |input: Value, more: Value| {
        let mut body = json!({ "taskName": "one-by-one", "input": input });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        client.post("/tasks", &body)
    };
    let run = |customer: &str, gate: &str, more: Value| {
        let submitted: Submitted =
            submit(json!({ "customer": customer, "gate": gate }), more).expect(202);
        submitted.task_run_id
    };
    let first = run("ada", "a", json!({}));
    let second = run(
        "ada",
        "b",
        json!({ "priority": -7, "idempotencyKey": "once" }),
    );
    let other = run("bob", "c", json!({}));
    let by_key = run("bob", "d", json!({ "concurrencyKey": "ada" }));
    until("those with a slot go on", 30, || {
        let went = |run| client.show(run).started_at.is_some();
        (went(first) && went(other)).then_some(())
    });
    for held in [second, by_key] {
        let run: Run = client.show(held);
        assert_eq!(
            (run.status, run.held, run.started_at),
            (RunStatus::Queued, true, None)
        );
    }
    assert_eq!(
        (client.show(first).priority, client.show(second).priority),
        (5, -7)
    );
    for gate in ["a", "b", "c", "d"] {
        client.put(&format!("/keys/gates/{gate}"), &json!({ "value": true }));
    }
    for (run, gate) in [(first, "a"), (other, "c"), (by_key, "d"), (second, "b")] {
        assert_eq!(
            client.wait(run).result.unwrap().as_str(),
            json!(gate).to_string()
        );
    }

    // What cannot be used is refused.
    let input = json!({ "customer": "ada", "gate": "a" });
    submit(input.clone(), json!({ "priority": 101 })).expect_problem(PriorityInvalid);
    submit(input.clone(), json!({ "concurrencyKey": "" })).expect_problem(ConcurrencyInvalid);
    for (tag, wrong, code) in [
        ("1 per input.customer", "many", ConcurrencyInvalid),
        ("1 per input.customer", "2 per customer", ConcurrencyInvalid),
        ("@priority 5", "@priority high", PriorityInvalid),
        ("7d", "for ever", TimeInvalid),
    ] {
        let code_text = ONE_BY_ONE.replace(tag, wrong);
        client
            .put("/tasks/one-by-one", &json!({ "code": code_text }))
            .expect_problem(code);
    }

    // A run is exported whole, then deleted; its key outlives it.
    let export: RunExport = client.get(&format!("/runs/{second}/export")).expect(200);
    assert_eq!((export.run.task_run_id, export.stack.len()), (second, 0));
    assert_eq!(export.journal, client.journal(second));
    assert_eq!(export.logs, client.logs(second));
    assert_eq!(export.logs[0].message, "for ada");
    assert_eq!(
        client
            .call("DELETE", &format!("/runs/{second}"), None)
            .status,
        204
    );
    client
        .call("DELETE", &format!("/runs/{second}"), None)
        .expect_problem(RunNotFound);
    client
        .get(&format!("/runs/{second}/export"))
        .expect_problem(RunNotFound);
    let again = json!({ "idempotencyKey": "once" });
    submit(json!({ "customer": "ada", "gate": "b" }), again).expect_problem(IdempotencyConflict);
    let live = run("ada", "never", json!({}));
    client
        .call("DELETE", &format!("/runs/{live}"), None)
        .expect_problem(RunLive);
    // What is run again has the limit that it had, by its own key.
    let again: Submitted = client
        .post(&format!("/runs/{by_key}/retry"), &json!({}))
        .expect(202);
    assert!(client.show(again.task_run_id).held);
    client.post(&format!("/runs/{live}/cancel"), &json!({}));
    let again = client.wait(again.task_run_id);
    assert_eq!((again.retry_of, again.priority), (Some(by_key), 5));

    // Time passes: the sweep deletes what is no longer kept.
    let eight_days = 8 * 86_400_000_i64;
    app.database().change(
        "UPDATE task_runs SET finished_at = finished_at - ?1",
        [eight_days],
    );
    let swept: Value = client.post("/sweep", &json!({})).expect(200);
    assert!(swept["purged"].as_i64().unwrap() >= 3, "{swept}");
    client
        .get(&format!("/runs/{first}"))
        .expect_problem(RunNotFound);
    let left = app
        .database()
        .number("SELECT count(*) FROM call_journal", []);
    assert_eq!(left, 0);
}

/// Logs a line before each of its calls.
const CHATTY: &str = r#"
/** @task chatty */
module.exports = async function execute({ rows }) {
    for (let i = 0; i < rows; i++) {
        console.log(`row ${i}`);
        await tools.keystore.increment("chatty", "rows");
    }
    console.error("the end");
};
"#;

#[test]
fn of_a_long_log_the_first_and_the_newest_lines_are_kept() {
    let app = App::start(&Settings::default().variable("log_lines", 10));
    let client = app.client();
    client.publish("chatty", CHATTY);
    let run = client.submit("chatty", json!({ "rows": 30 }));
    client.wait(run);
    let log = client.logs(run);
    let kept: Vec<_> = log
        .iter()
        .map(|line| (line.seq, line.not_kept, line.message.as_str()))
        .collect();
    let expected = [
        (1, 0, "row 0"),
        (2, 0, "row 1"),
        (3, 0, "row 2"),
        (4, 0, "row 3"),
        (5, 0, "row 4"),
        (27, 21, "row 26"),
        (28, 0, "row 27"),
        (29, 0, "row 28"),
        (30, 0, "row 29"),
        (31, 0, "the end"),
    ];
    assert_eq!(kept, expected);
    // The gap counts from where one has read to.
    let rest: Page<LogEntry> = client
        .get(&format!("/runs/{run}/logs?cursor=20"))
        .expect(200);
    assert_eq!((rest.items[0].seq, rest.items[0].not_kept), (27, 6));
    let told = client
        .get(&format!("/runs/{run}/events?calls=false"))
        .text();
    assert_eq!(told.matches("\"notKept\":21").count(), 1, "{told}");
    assert_eq!(told.matches("event: log").count(), expected.len());
    let export: RunExport = client.get(&format!("/runs/{run}/export")).expect(200);
    assert_eq!(export.logs, log);
}
