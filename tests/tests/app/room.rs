//! Bounds on what may wait and on what the database holds: what is new is refused, and what is under way goes on.

use serde_json::{Value, json};
use tasker_api::{Readiness, Verdict};
use tasker_domain::{ErrorCode, RunStatus};
use tasker_tests::{Answer, App, Settings};

const RETURNS: &str = "module.exports = async () => 1;";

#[track_caller]
fn refused(answer: &Answer, code: ErrorCode) {
    let problem: Value = answer.expect(code.http_status());
    assert_eq!(problem["code"], code.as_str(), "{problem}");
    assert!(!answer.header("retry-after").is_empty());
}

#[test]
fn so_many_runs_of_a_task_may_wait() {
    let app = App::start(&Settings::default().variable("task_queue", 2));
    let client = app.client();
    for name in ["later", "other"] {
        client.publish(name, RETURNS);
    }
    let starts = "module.exports = async () => {
        const start = () => tools.tasks.start('later', {}, { delayMs: 3_600_000 }).catch((error) => error.code);
        return [await start(), await start()];
    };";
    client.publish("starts", starts);
    let later = json!({ "taskName": "later", "delayMs": 3_600_000 });
    let first: Value = client.post("/tasks", &later).expect(202);
    assert_eq!(client.post("/tasks", &later).status, 202);
    refused(&client.post("/tasks", &later), ErrorCode::QueueFull);
    let now = json!({ "taskName": "later" });
    refused(&client.post("/tasks", &now), ErrorCode::QueueFull);
    assert_eq!(
        client.result("starts", json!({})),
        json!(["queue_full", "queue_full"])
    );
    client.put(
        "/schedules/later",
        &json!({ "taskName": "later", "cron": "0 0 1 1 *" }),
    );
    refused(
        &client.post("/schedules/later/trigger", &json!({})),
        ErrorCode::QueueFull,
    );
    // Other tasks have queues of their own, and what has begun waits no more.
    for _ in 0..4 {
        assert_eq!(client.result("other", json!({})), json!(1));
    }
    let path = format!("/runs/{}/cancel", first["taskRunId"].as_str().unwrap());
    client.post(&path, &json!({})).expect::<Value>(202);
    let started = client.result("starts", json!({}));
    assert_eq!(
        (started[0].as_str().unwrap().len(), &started[1]),
        (36, &json!("queue_full"))
    );
}

#[test]
fn the_database_grows_to_its_bound_and_what_is_under_way_goes_on() {
    const MIB: u64 = 64;
    let app = App::start(&Settings::default().variable("database_mib", MIB));
    let client = app.client();
    client.publish("returns", RETURNS);
    let waits = "module.exports = async () => {
        const { data } = await tools.waitForEvent('go');
        return [data, await tools.tasks.execute('returns'), await tools.keystore.get('room-0', '0').then((text) => text.length)];
    };";
    client.publish("waits", waits);
    let waiting = client.submit("waits", json!({}));
    let limit = || {
        let ready: Readiness = client.get("/health/ready").expect(200);
        let check = ready
            .parts
            .into_iter()
            .find(|part| part.name == "database limit");
        check.expect("there is a bound")
    };
    let submit = || client.post("/tasks", &json!({ "taskName": "returns" }));
    assert_eq!(limit().status, Verdict::Ok);
    let text = "x".repeat(200 << 10);
    let (mut warned_at, mut refused_at) = (None, None);
    for number in 0..400 {
        let path = format!("/keys/room-{}/{number}", number % 2);
        assert_eq!(client.put(&path, &json!({ "value": text })).status, 204);
        if warned_at.is_none() && limit().status == Verdict::Warning {
            warned_at = Some(number);
            assert_eq!(submit().status, 202, "it is told of before");
        }
        if warned_at.is_some() && limit().message.contains("no new runs") {
            refused_at = Some(number);
            break;
        }
    }
    assert!(warned_at < refused_at, "{warned_at:?} {refused_at:?}");
    refused(&submit(), ErrorCode::DatabaseLimit);
    refused(
        &client.put("/tasks/new", &json!({ "code": RETURNS })),
        ErrorCode::DatabaseLimit,
    );
    assert_eq!(client.get("/tasks/new").status, 404);
    let metrics = client.get("/metrics");
    let line = format!("tasker_database_limit_bytes {}", MIB << 20);
    assert!(
        metrics.text().lines().any(|other| other == line),
        "{}",
        metrics.text()
    );

    let event = json!({ "name": "go", "runId": waiting, "data": 7 });
    client.post("/events", &event).expect::<Value>(202);
    let run = client.wait(waiting);
    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(tasker_tests::result(&run), json!([7, 1, 200 << 10]));
}
