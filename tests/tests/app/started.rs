//! Runs of their own that tasks start.

use serde_json::json;
use tasker_domain::RunStatus;
use tasker_tests::{error, result, until};

use crate::apps::{asleep, live};

/// Waits to be told a number, and tells the run that has started it the double.
const CHILD: &str = "module.exports = async function execute({ starter }) {
    const { data } = await tools.waitForEvent('go');
    await tools.runs.signal(starter, 'done', { twice: data.n * 2 });
    return data.n * 2;
}";

const STARTER: &str = "module.exports = async function execute({ stranger }, { run }) {
    const child = await tools.tasks.start('started-child', { starter: run.id }, { priority: 3 });
    const sent = await tools.runs.signal(child, 'go', { n: 21 });
    const { data } = await tools.waitForEvent('done');
    const { priority, taskName } = await tools.runs.get(child);

    const other = await tools.tasks.start('started-child', { starter: run.id }, { delayMs: 600_000 });
    const cancelled = [await tools.runs.cancel(other, { reason: 'not needed' }), await tools.runs.cancel(other)];

    const refused = [];
    for (const call of [
        () => tools.runs.get(run.id),
        () => tools.runs.get(stranger),
        () => tools.runs.cancel(stranger),
        () => tools.runs.signal(stranger, 'go'),
        () => tools.runs.signal(other, 'go'),
        () => tools.runs.get('no id'),
        () => tools.runs.list(),
        () => tools.tasks.start('no-task-of-this-name'),
        () => tools.tasks.start('double', { n: 1 }, { idempotencyKey: 'mine' }),
        () => tools.tasks.start('double', { n: 1 }, { publicToken: {} }),
        () => tools.tasks.start('double', { n: 1 }, { priority: 1000 }),
        () => tools.with({ idempotencyKey: 'mine' }).tasks.start('double', { n: 1 }),
    ]) refused.push(await call().catch((error) => error.code));

    const many = await Promise.all([1, 2, 3].map((n) => tools.tasks.start('double', { n })));
    return { child, event: sent.name, data, priority, taskName, other, cancelled, refused, many };
}";

#[test]
fn tasks_start_runs_of_their_own_and_deal_with_them() {
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish("started-child", CHILD);
        client.publish("starter", STARTER);
        let stranger = client.submit("double", json!({ "n": 1 }));
        let run = client.submit("starter", json!({ "stranger": stranger }));
        let told = result(&client.wait(run));
        assert_eq!(told["data"], json!({ "twice": 42 }));
        assert_eq!(
            (&told["event"], &told["priority"], &told["taskName"]),
            (&json!("go"), &json!(3), &json!("started-child"))
        );
        assert_eq!(told["cancelled"], json!([true, true]));
        let refused = [
            "run_not_found",
            "run_not_found",
            "run_not_found",
            "run_not_found",
            "run_finished",
            "invalid_arguments",
            "unknown_method",
            "task_not_found",
            "invalid_arguments",
            "invalid_arguments",
            "priority_invalid",
            "invalid_arguments",
        ];
        assert_eq!(told["refused"], json!(refused));

        // They are runs like any other.
        let id = |value: &serde_json::Value| value.as_str().unwrap().parse().unwrap();
        let child = client.wait(id(&told["child"]));
        assert_eq!(result(&child), 42);
        let key = child.idempotency_key.unwrap();
        assert!(key.starts_with(&format!("task:{run}:0.")), "{key}");
        let other = client.show(id(&told["other"]));
        assert_eq!(other.status, RunStatus::Cancelled);
        let stop = other.stop.unwrap();
        assert_eq!(
            (stop.reason.as_deref(), stop.by),
            (Some("not needed"), Some(format!("run {run}")))
        );
        let many = told["many"].as_array().unwrap();
        let doubles: Vec<_> = many
            .iter()
            .map(|run| result(&client.wait(id(run))))
            .collect();
        assert_eq!(doubles.len(), 3);
        assert!(many[0] != many[1] && many[1] != many[2]);
    }
}

const WAITER: &str = "module.exports = async function execute(input, { run }) {
    const wait = (id, options = {}) => tools.with(options).runs.wait(id).catch(({ name, message, code }) => ({ name, message, code }));
    const id = await tools.tasks.start('double', { n: 21 });
    const ended = [await wait(id), await wait(id)];
    const thrown = await wait(await tools.tasks.start('started-thrower', {}));
    const late = await tools.tasks.start('started-child', { starter: run.id }, { delayMs: 600_000 });
    const inTime = await wait(late, { timeoutMs: 50 });
    const [cancelled] = await Promise.all([wait(late), tools.runs.cancel(late)]);
    const child = await tools.tasks.start('started-child', { starter: run.id });
    const [told] = await Promise.all([wait(child), tools.runs.signal(child, 'go', { n: 4 })]);
    return { ended, thrown, inTime: inTime.code, cancelled: cancelled.code, told, own: (await wait(run.id)).code };
}";

#[test]
fn a_task_waits_for_the_runs_that_it_has_started() {
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish("started-child", CHILD);
        client.publish(
            "started-thrower",
            "module.exports = () => { throw new RangeError('too far') }",
        );
        client.publish("started-waiter", WAITER);
        let told = result(&client.run("started-waiter", json!({})));
        let expected = json!({
            "ended": [42, 42],
            "thrown": { "name": "RangeError", "message": "too far" },
            "inTime": "call_timeout",
            "cancelled": "cancelled",
            "told": 8,
            "own": "run_not_found",
        });
        assert_eq!(told, expected);
    }
}

#[test]
fn a_run_that_was_started_goes_on_when_its_starter_ends() {
    let app = live();
    let client = app.client();
    client.publish("started-child", CHILD);
    client.publish(
        "leaver",
        "module.exports = (input, { run }) => tools.tasks.start('started-child', { starter: run.id })",
    );
    let leaver = client.submit("leaver", json!({}));
    let child = result(&client.wait(leaver));
    let child = child.as_str().unwrap().parse().unwrap();
    until("it waits", 30, || {
        let stack = client.stack(child);
        stack
            .iter()
            .any(|entry| entry.service == "event")
            .then_some(())
    });
    let event = json!({ "name": "go", "runId": child, "data": { "n": 1 } });
    assert!(client.post("/events", &event).status < 300);
    // Whom it would tell has ended.
    let ended = client.wait(child);
    assert_eq!(error(&ended).code.as_deref(), Some("run_finished"));
}
