//! Nested tasks, and many calls at once.

use serde_json::{Value, json};
use tasker_api::Submitted;
use tasker_domain::{ErrorCode, RunId, RunStatus};
use tasker_tests::{error, result};

use crate::apps::{asleep, live};

/// Frames nest at most so deep below the root.
const DEPTH_LIMIT: u32 = 128;

/// What is published while a run sleeps does not reach it.
#[test]
fn a_run_meets_one_version_of_everything() {
    const WAIT: &str = "await tools.waitForEvent('one-version');";
    for app in [live(), asleep()] {
        let client = app.client();
        let publish = |name: &str, code: &str| {
            let code = format!("module.exports = async function execute(input) {{ {code} }};");
            client.publish(name, &code);
        };
        let go_on = || {
            let event = json!({ "name": "one-version" });
            client.post("/events", &event).expect::<Value>(202);
        };
        let again = |id: RunId, body: Value| -> RunId {
            let again: Submitted = client.post(&format!("/runs/{id}/retry"), &body).expect(202);
            again.task_run_id
        };
        publish("one-child", "return 'old';");
        publish(
            "one-parent",
            &format!("{WAIT} return tools.tasks.execute('one-child');"),
        );
        publish(
            "one-tries",
            &format!("{WAIT} throw new Error(await tools.tasks.execute('one-child'));"),
        );
        let parent = client.submit("one-parent", json!({}));
        let tries: Submitted = client
            .post(
                "/tasks",
                &json!({ "taskName": "one-tries", "retry": { "attempts": 2, "initialMs": 0 } }),
            )
            .expect(202);
        publish(
            "one-child",
            "if (!input.needed) throw new Error('new'); return 'new';",
        );
        publish(
            "one-parent",
            "return tools.tasks.execute('one-child', { needed: true });",
        );
        go_on();
        assert_eq!(result(&client.wait(parent)), json!("old"));
        let tried = client.wait(tries.task_run_id);
        assert_eq!((tried.attempt, error(&tried).message.as_str()), (2, "old"));

        // Run again: with all that is new, or with all as it was.
        assert_eq!(result(&client.wait(again(parent, json!({})))), json!("new"));
        let same = again(parent, json!({ "version": "same" }));
        go_on();
        assert_eq!(result(&client.wait(same)), json!("old"));
        let path = format!("/runs/{parent}/retry");
        client
            .post(&path, &json!({ "version": "older" }))
            .expect_problem(ErrorCode::BadRequest);
        assert_eq!(client.call("DELETE", "/tasks/one-parent", None).status, 204);
        client
            .post(&path, &json!({}))
            .expect_problem(ErrorCode::TaskNotFound);
        let same = again(same, json!({ "version": "same" }));
        go_on();
        assert_eq!(result(&client.wait(same)), json!("old"));
    }
}

#[test]
fn tasks_nest_to_the_limit_and_no_deeper() {
    for app in [live(), asleep()] {
        let client = app.client();
        for depth in [0, 1, 32, DEPTH_LIMIT] {
            let run = client.run("depth", json!({ "depth": depth }));
            assert_eq!(result(&run), json!({ "levels": depth }));
            let journal = client.journal(run.task_run_id);
            assert_eq!(journal.len(), depth as usize);
            assert!(
                journal
                    .iter()
                    .all(|entry| entry.service == "tasks" && entry.position == Some(1))
            );
            assert!(client.stack(run.task_run_id).is_empty());
        }
        let run = client.run("depth", json!({ "depth": DEPTH_LIMIT + 1 }));
        assert_eq!(
            error(&run).code.as_deref(),
            Some("depth_limit"),
            "{:?}",
            run.error
        );
    }
}

#[test]
fn errors_keep_what_they_are_across_levels() {
    for app in [live(), asleep()] {
        let client = app.client();
        // Thrown 32 levels down, caught at the top.
        let marks = client.result(
            "catcher",
            json!({ "task": "depth", "input": { "depth": 32, "fail": true } }),
        );
        let caught = &marks[0];
        assert_eq!(caught["name"], "PaymentError", "{marks}");
        assert_eq!(caught["message"], "the card was declined at the bottom");
        assert_eq!(caught["code"], "card_declined");
        assert_eq!(caught["isError"], true);
        assert!(
            caught["stack"].as_str().unwrap().contains("depth"),
            "{marks}"
        );
        assert_eq!((&marks[1], &marks[2]), (&json!("finally"), &Value::Null));

        let uncaught = client.run("depth", json!({ "depth": 3, "fail": true }));
        let thrown = error(&uncaught);
        assert_eq!(
            (thrown.name.as_str(), thrown.code.as_deref()),
            ("PaymentError", Some("card_declined"))
        );
        assert_eq!(thrown.message, "the card was declined at the bottom");
        assert!(
            thrown.stack.as_ref().unwrap().contains("depth"),
            "{thrown:?}"
        );
        assert!(
            client
                .journal(uncaught.task_run_id)
                .iter()
                .all(|entry| entry.error.is_some())
        );

        for (task, input, code) in [
            ("no-such-task", json!({}), "task_not_found"),
            ("double", json!({ "n": "four" }), "input_invalid"),
        ] {
            let marks = client.result("catcher", json!({ "task": task, "input": input }));
            assert_eq!(marks[0]["code"], code, "{marks}");
            assert_eq!(marks[1], "finally");
        }
    }
}

#[test]
fn a_thousand_calls_and_two_hundred_nested_tasks_at_once() {
    for (app, ns) in [(live(), "fan-live"), (asleep(), "fan-asleep")] {
        let client = app.client();
        let input = json!({ "ns": ns, "calls": 1_000, "nested": 200 });
        let run = client.wait(client.submit("fan-out", input));
        assert_eq!(
            result(&run),
            json!({ "created": 1_000, "inOrder": true, "keys": 1_000 })
        );
        assert_eq!(
            app.database().assert_journal(run.task_run_id),
            2 * 1_000 + 200 + 1
        );
        assert!(client.stack(run.task_run_id).is_empty());
    }
}

#[test]
fn winners_do_not_wait_for_losers() {
    for (app, ns) in [(live(), "race-live"), (asleep(), "race-asleep")] {
        let client = app.client();
        let run = client.run("race", json!({ "ns": ns }));
        assert_eq!(
            result(&run),
            json!({ "first": 8, "any": { "created": true }, "settled": [
                "input_invalid", "task_not_found", "invalid_arguments", "unknown_method", "unknown_service",
                "unknown_method", 1,
            ] })
        );
        // The losers are gone with the frame that waited for them.
        assert!(client.stack(run.task_run_id).is_empty());
        assert_eq!(client.show(run.task_run_id).status, RunStatus::Completed);
    }
}

#[test]
fn a_nested_task_does_not_wait_for_other_calls() {
    let app = live();
    let client = app.client();
    client.publish(
        "busy-beside",
        r#"
        export default async function busyBeside() {
          let done = false;
          const nested = tools.tasks.execute("depth", { depth: 0 }).then(() => { done = true; });
          while (!done) await tools.keystore.get("busy", "beside");
          await nested;
          return done;
        }"#,
    );
    let run = client.run("busy-beside", json!({}));
    assert_eq!(result(&run), true);
    let journal = client.journal(run.task_run_id);
    let nested = journal
        .iter()
        .find(|entry| entry.service == "tasks")
        .unwrap();
    // Not only when the slice of its caller, 10 s by default, is up.
    let after = nested.finished_at.millis() - run.started_at.unwrap().millis();
    assert!(after < 8_000, "{after} ms");
}
