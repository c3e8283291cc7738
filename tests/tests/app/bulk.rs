//! Changing all runs that fit a filter.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tasker_api::{ChangedRuns, Run};
use tasker_domain::{ErrorCode, RunId, RunStatus};
use tasker_tests::{Client, until};

use crate::apps::live;

/// Sleeps for longer than any test, unless it is to do something else.
const DOZER: &str = r#"
module.exports = async function execute({ fails }) {
    if (fails) throw new Error("it was to fail");
    await tools.sleep("30d");
};
"#;

fn change(client: &Client, action: &str, body: &Value) -> ChangedRuns {
    client.post(&format!("/runs/{action}"), body).expect(200)
}

fn counts(done: &ChangedRuns) -> (u32, u32, u32, bool) {
    (done.matched, done.changed, done.skipped, done.more)
}

fn asleep(client: &Client, runs: &[RunId]) {
    for run in runs {
        until("the run sleeps", 30, || {
            (client.show(*run).status == RunStatus::Suspended).then_some(())
        });
    }
}

#[test]
fn many_runs_are_changed_in_batches() {
    let app = live();
    let client = app.client();
    client.publish("dozer", DOZER);
    let of_task = json!({ "task": "dozer" });
    let mut runs: Vec<RunId> = (0..5).map(|_| client.submit("dozer", json!({}))).collect();
    runs.reverse();
    asleep(client, &runs);

    // Two, two and one, newest first.
    let mut body = json!({ "filter": of_task, "limit": 2 });
    let mut paused = Vec::new();
    for (changed, more) in [(2, true), (2, true), (1, false)] {
        let done = change(client, "pause", &body);
        assert_eq!(counts(&done), (changed, changed, 0, more));
        paused.extend(done.task_run_ids);
        body["cursor"] = json!(done.next_cursor);
    }
    assert_eq!(paused, runs);
    let again = change(client, "pause", &json!({ "filter": of_task }));
    assert_eq!(counts(&again), (0, 0, 0, false));

    let dry = json!({ "filter": { "task": "dozer", "status": "paused" }, "dryRun": true });
    let fitting = change(client, "resume", &dry);
    assert_eq!(
        (counts(&fitting), &fitting.task_run_ids),
        ((5, 0, 0, false), &runs)
    );
    // One moment parts the runs.
    let moment = client.show(runs[2]).created_at;
    let halves = ["createdBefore", "createdAfter"].map(|bound| {
        let body = json!({ "filter": { "task": "dozer", bound: moment } });
        change(client, "resume", &body)
    });
    assert_eq!(halves[0].changed + halves[1].changed, 5);
    assert!(halves[1].task_run_ids.contains(&runs[2]), "{halves:?}");
    asleep(client, &runs);

    let body = json!({ "filter": of_task, "reason": "over", "by": "ops" });
    let done = change(client, "cancel", &body);
    assert_eq!(counts(&done), (5, 5, 0, false));
    for run in &runs {
        let run: Run = client.wait(*run);
        let stop = run.stop.expect("it was stopped");
        assert_eq!(run.status, RunStatus::Cancelled);
        assert_eq!(
            (stop.reason.as_deref(), stop.by.as_deref()),
            (Some("over"), Some("ops"))
        );
    }

    // However often it is asked for, each is run again once.
    let body = json!({ "filter": { "task": "dozer", "status": "cancelled" } });
    let retried = change(client, "retry", &body);
    assert_eq!(counts(&retried), (5, 5, 0, false));
    assert_eq!(counts(&change(client, "retry", &body)), (5, 0, 5, false));
    let of: BTreeSet<_> = retried
        .task_run_ids
        .iter()
        .map(|new| client.show(*new).retry_of)
        .collect();
    assert_eq!(of, runs.iter().copied().map(Some).collect());
    let body = json!({ "filter": of_task, "force": true });
    let done = change(client, "cancel", &body);
    // Newest first: ids go by the time, and those of one millisecond stand in some order of their own.
    let mut again = retried.task_run_ids;
    again.sort_unstable_by(|one, other| other.cmp(one));
    assert_eq!((done.changed, done.task_run_ids), (5, again));

    // Without a status, what failed is run again.
    let failed = client.run("dozer", json!({ "fails": true }));
    assert_eq!(failed.status, RunStatus::Failed);
    let retried = change(client, "retry", &json!({ "filter": of_task }));
    assert_eq!(counts(&retried), (1, 1, 0, false));
    client.wait(retried.task_run_ids[0]);

    for (action, body) in [
        ("cancel", json!({})),
        ("pause", json!({ "filter": {} })),
        ("resume", json!({ "filter": { "status": "completed" } })),
        ("retry", json!({ "filter": { "status": "suspended" } })),
        ("retry", json!({ "filter": { "tsak": "dozer" } })),
        ("cancel", json!({ "filter": of_task, "limit": 1_000 })),
        ("cancel", json!({ "filter": of_task, "cursor": "?" })),
    ] {
        client
            .post(&format!("/runs/{action}"), &body)
            .expect_problem(ErrorCode::FilterInvalid);
    }
    let unknown = json!({ "filter": of_task, "reason": "only a cancellation has one" });
    client
        .post("/runs/pause", &unknown)
        .expect_problem(ErrorCode::BadRequest);
}
