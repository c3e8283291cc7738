//! Runs that are begun again after they have failed.

use serde_json::{Value, json};
use tasker_api::{Run, Submitted};
use tasker_domain::{ErrorCode, RunStatus};
use tasker_tests::{error, result};

use crate::apps::live;

/// Fails until it has been begun three times.
const THIRD_TIME: &str = r#"
/** @task third-time */
module.exports = async function execute({ ns }, { run }) {
    const times = ((await tools.keystore.get(ns, "times")) ?? 0) + 1;
    await tools.keystore.set(ns, "times", times);
    console.log(`begun ${times}`);
    if (times < 3) throw new RangeError(`time ${times}`);
    return { times, frame: run.frame };
};
"#;

#[test]
fn a_run_is_begun_again_if_it_is_asked_for() {
    let app = live();
    let client = app.client();
    client.publish("third-time", THIRD_TIME);
    client.publish(
        "third-time-tagged",
        &THIRD_TIME.replace("@task third-time", "@retry 3"),
    );
    let submit = |task: &str, ns: &str, retry: Option<Value>| {
        let mut body = json!({ "taskName": task, "input": { "ns": ns } });
        if let Some(retry) = retry {
            body["retry"] = retry;
        }
        client.post("/tasks", &body)
    };
    let run = |task: &str, ns: &str, retry: Option<Value>| -> Run {
        let submitted: Submitted = submit(task, ns, retry).expect(202);
        client.wait(submitted.task_run_id)
    };

    // An author's own exception ends the run, unless the client or the task says otherwise.
    let once = run("third-time", "retry-once", None);
    assert_eq!((once.status, once.attempt), (RunStatus::Failed, 1));
    assert!(once.failures.is_empty());
    let soon = json!({ "attempts": 3, "initialMs": 10, "jitter": false });
    for third in [
        run("third-time", "retry-asked", Some(soon)),
        run("third-time-tagged", "retry-tagged", None),
    ] {
        assert_eq!(result(&third), json!({ "times": 3, "frame": "2" }));
        assert_eq!(third.attempt, 3);
        let messages: Vec<_> = third
            .failures
            .iter()
            .map(|failed| (failed.attempt, failed.error.message.as_str()))
            .collect();
        assert_eq!(messages, [(1, "time 1"), (2, "time 2")]);
        let frames: Vec<_> = client
            .journal(third.task_run_id)
            .iter()
            .map(|entry| entry.frame.to_string())
            .collect();
        assert_eq!(frames, ["0", "0", "1", "1", "2", "2"]);
        assert_eq!(client.logs(third.task_run_id).len(), 3);
        assert_eq!(app.database().assert_journal(third.task_run_id), 6);
    }
    let twice = run(
        "third-time-tagged",
        "retry-twice",
        Some(json!({ "attempts": 2, "initialMs": 0 })),
    );
    assert_eq!((twice.status, twice.attempt), (RunStatus::Failed, 2));
    assert_eq!(error(&twice).message, "time 2");

    // A cancel between two attempts ends it at once.
    let later = json!({ "attempts": 2, "initialMs": 600_000 });
    let waiting: Submitted = submit("third-time", "retry-later", Some(later)).expect(202);
    let id = waiting.task_run_id;
    tasker_tests::until("the first attempt has failed", 30, || {
        (client.show(id).attempt == 2).then_some(())
    });
    assert_eq!(client.show(id).status, RunStatus::Queued);
    client.post(&format!("/runs/{id}/cancel"), &json!({}));
    assert_eq!(client.show(id).status, RunStatus::Cancelled);

    for wrong in [
        json!({ "attempts": 0 }),
        json!({ "attempts": 21 }),
        json!({ "factor": 0.5 }),
        json!({ "maxMs": -1 }),
    ] {
        submit("third-time", "retry-wrong", Some(wrong)).expect_problem(ErrorCode::RetryInvalid);
    }
    let tagged = THIRD_TIME.replace("@task third-time", "@retry often");
    client
        .put("/tasks/third-time-wrong", &json!({ "code": tagged }))
        .expect_problem(ErrorCode::RetryInvalid);
}
