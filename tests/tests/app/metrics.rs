//! Figures and traces of the running app.

use serde_json::{Value, json};
use tasker_api::Submitted;
use tasker_tests::until;

use crate::apps::{asleep, live};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The value of a sample; 0 if it is not there yet.
fn sample(page: &str, name: &str) -> f64 {
    let value = page
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0.0, |value| value.parse().expect("a sample is a number"))
}

#[test]
fn what_the_app_does_shows_in_its_figures() {
    for app in [live(), asleep()] {
        let client = app.client();
        let page = || client.get("/metrics").text();
        let before = page();
        client.publish(
            "measured",
            "module.exports = async () => {
                for (let i = 0; i < 5; i++) await tools.keystore.set('measured', 'k', i);
                await tools.tasks.execute('double', { n: 1 });
            };",
        );
        client.run("measured", json!({}));
        let grown = |name: &str, page: &str| sample(page, name) - sample(&before, name);
        let calls = "tasker_call_seconds_count{service=\"keystore\"}";
        let after = until("the figures are stored", 20, || {
            let page = page();
            (grown(calls, &page) >= 5.0 && grown("tasker_slice_seconds_count", &page) >= 3.0)
                .then_some(page)
        });
        let task = "tasker_task_runs{task=\"measured\",status=\"completed\"}";
        assert!(grown(task, &after) >= 1.0, "{after}");
        let ended = "tasker_run_seconds_count{status=\"completed\"}";
        assert!(grown(ended, &after) >= 1.0, "{after}");
        assert!(
            sample(&after, "tasker_database_bytes") > 50_000.0,
            "{after}"
        );
        // A line is there before its service fails for the first time.
        assert!(
            before.contains("tasker_call_errors_total{service=\"gapi\"} "),
            "{before}"
        );
        for histogram in [
            "tasker_restore_seconds",
            "tasker_snapshot_seconds",
            "tasker_snapshot_bytes",
        ] {
            assert!(
                sample(&after, &format!("{histogram}_count")) >= 1.0,
                "{histogram}"
            );
            assert!(
                sample(&after, &format!("{histogram}_sum")) > 0.0,
                "{histogram}"
            );
        }
        let swept = sample(&after, "tasker_sweeps_total");
        client.post("/sweep", &json!({}));
        assert!(sample(&page(), "tasker_sweeps_total") > swept);
    }
}

#[test]
fn a_run_keeps_the_trace_of_its_submission() {
    let app = live();
    let client = app.client();
    let authorization = format!("Bearer {}", client.token());
    let submit = |parent: &str| -> Value {
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("traceparent", parent),
        ];
        let body = json!({ "taskName": "double", "input": { "n": 1 } }).to_string();
        let run: Submitted = client
            .send("POST", "/tasks", &headers, Some(body.as_bytes()))
            .expect(202);
        client.wait(run.task_run_id);
        client
            .get(&format!("/runs/{}", run.task_run_id))
            .expect(200)
    };
    let traced = submit(PARENT);
    let own = traced["traceparent"].as_str().unwrap();
    assert!(own.starts_with(&PARENT[..36]) && own != PARENT, "{own}");
    // A header that cannot be read counts as absent.
    let untraced = submit("00-nonsense");
    let id = untraced["taskRunId"].as_str().unwrap().replace('-', "");
    let own = untraced["traceparent"].as_str().unwrap();
    assert!(own.starts_with(&format!("00-{id}-")), "{own}");
}
