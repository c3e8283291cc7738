//! How far runs are, as their tasks say.

use serde_json::{Value, json};
use tasker_api::{Page, Run, RunSummary};
use tasker_tests::{result, until};

use crate::apps::{asleep, live};

const TASK: &str = "module.exports = async function execute({ of }) {
    for (let done = 0; done < of; done++) {
        tools.progress({ done, of });
        await tools.waitForEvent('next', { match: { done } });
    }
    await tools.tasks.execute('progress-nested', {});
    return 'all';
}";

#[test]
fn a_run_shows_what_its_tasks_have_said_last() {
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish(
            "progress-nested",
            "module.exports = async () => { await tools.sleep(5); tools.progress('nested') }",
        );
        client.publish("progress", TASK);
        let run = client.submit("progress", json!({ "of": 3 }));
        let shown = |run: &Run| {
            run.progress
                .as_ref()
                .map(|said| said.value.read::<Value>().unwrap())
        };
        for done in 0..3 {
            let expected = Some(json!({ "done": done, "of": 3 }));
            until("it says so", 30, || {
                (shown(&client.show(run)) == expected).then_some(())
            });
            let listed: Page<RunSummary> = client.get("/runs?task=progress&limit=1").expect(200);
            let listed = listed.items[0].progress.as_ref().unwrap();
            assert_eq!(Some(listed.value.read().unwrap()), expected);
            let event = json!({ "name": "next", "runId": run, "data": { "done": done } });
            assert!(client.post("/events", &event).status < 300);
        }
        let ended = client.wait(run);
        assert_eq!(result(&ended), "all");
        assert_eq!(shown(&ended), Some(json!("nested")));
        // It is told once in the stream, and no call of the journal.
        let events = client.get(&format!("/runs/{run}/events")).text();
        assert_eq!(events.matches("event: progress\n").count(), 1, "{events}");
        assert!(events.contains("\"value\":\"nested\""), "{events}");
        // The events, the nested task, and its sleep.
        assert_eq!(client.journal(run).len(), 3 + 2);
    }
}
