//! Tags of runs.

use serde_json::{Value, json};
use tasker_api::{Page, RunSummary};
use tasker_domain::{ErrorCode, RunId};
use tasker_tests::{Client, result};

use crate::apps::{asleep, live};

fn found(client: &Client, query: &str) -> Vec<RunId> {
    let page: Page<RunSummary> = client.get(&format!("/runs?{query}")).expect(200);
    page.items.iter().map(|run| run.task_run_id).collect()
}

#[test]
fn runs_are_found_by_the_tags_of_clients_and_tasks() {
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish(
            "tagged",
            "module.exports = async ({ tags }) => {
                const all = await tools.tag(...tags);
                const refused = [];
                for (const names of [[], ['a b'], Array.from({ length: 21 }, (_, n) => `n${n}`)]) {
                    refused.push(await tools.tag(...names).catch(({ code }) => code));
                }
                const child = await tools.tasks.start('double', { n: 1 }, { tags: [...all, 'child'] });
                return { all, refused, child };
            }",
        );
        let submit = |tags: Value, wanted: Value| {
            let body = json!({ "taskName": "tagged", "input": { "tags": wanted }, "tags": tags });
            client.post("/tasks", &body)
        };
        let of = format!("of={}", app.client().submit("double", json!({ "n": 1 })));
        let submitted: Value = submit(json!(["b", of]), json!(["c", "b"])).expect(202);
        let run: RunId = serde_json::from_value(submitted["taskRunId"].clone()).unwrap();
        let ended = client.wait(run);
        let told = result(&ended);
        assert_eq!(told["all"], json!(["b", "c", of]));
        assert_eq!(json!(ended.tags), told["all"]);
        let refused = ["invalid_arguments", "invalid_arguments", "tags_invalid"];
        assert_eq!(told["refused"], json!(refused));
        let child: RunId = serde_json::from_value(told["child"].clone()).unwrap();
        assert_eq!(client.wait(child).tags, ["b", "c", "child", &of]);

        assert_eq!(found(client, &format!("tag={of}")), [child, run]);
        assert_eq!(found(client, &format!("tag={of}&task=tagged")), [run]);
        assert_eq!(found(client, &format!("tag={of}&status=failed")), []);
        assert_eq!(found(client, &format!("tag={of}x")), []);
        let events = client.get(&format!("/runs/{run}/events")).text();
        assert_eq!(events.matches("event: tags\n").count(), 1, "{events}");

        let again: Value = client
            .post(&format!("/runs/{run}/retry"), &json!({}))
            .expect(202);
        let again: RunId = serde_json::from_value(again["taskRunId"].clone()).unwrap();
        assert_eq!(client.wait(again).tags, ended.tags);

        let many: Vec<_> = (0..21).map(|tag| tag.to_string()).collect();
        for tags in [json!(["a b"]), json!([""]), json!(many)] {
            submit(tags, json!(["a"])).expect_problem(ErrorCode::TagsInvalid);
        }
    }
}
