//! Schedules over the API: declared and made, refused, fired, triggered, paused.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tasker_api::{Page, PublishedTask, RunSummary, Schedule, Submitted};
use tasker_domain::ErrorCode::{self, *};
use tasker_domain::RunStatus;
use tasker_tests::{App, Client, Settings, until};

const DECLARES: &str = r#"
/**
 * @task report
 * @description Says for which month it is.
 * @schedule "0 9 * * 1-5" Europe/Amsterdam overlap=queue input={"month": "this"}
 * @schedule "30 2 1 * *" - the night after
 * @param {object} input
 * @param {string} [input.month=last] - Which month
 */
module.exports = async function execute(input) { return input.month ?? "last"; };
"#;

#[test]
fn tasks_are_run_by_themselves() {
    let app = App::start(&Settings::default());
    let client = app.client();
    let published: PublishedTask = client
        .put("/tasks/report", &json!({ "code": DECLARES }))
        .expect(201);
    assert_eq!(published.schedules, ["report:1", "report:2"]);
    let declared: Schedule = client.get("/schedules/report%3A1?times=3").expect(200);
    assert_eq!(
        (declared.cron.as_str(), declared.overlap.as_str()),
        ("0 9 * * 1-5", "queue")
    );
    assert_eq!(
        (declared.time_zone.as_str(), declared.catch_up.as_str()),
        ("Europe/Amsterdam", "last")
    );
    assert_eq!(declared.next_times.len(), 3);
    assert_eq!(declared.next_at, Some(declared.next_times[0]));
    assert!(declared.is_of_code());

    refused(client);

    // One that fires every second, with any sweep.
    let every_second =
        json!({ "taskName": "report", "cron": "* * * * * *", "input": { "month": "now" } });
    let made: Schedule = client.put("/schedules/tick", &every_second).expect(201);
    assert!(!made.is_of_code() && !made.paused);
    let run = until("the schedule makes a run", 30, || {
        let report: Value = client.post("/sweep", &json!({})).expect(200);
        assert!(report["scheduled"].is_number(), "{report}");
        let schedule: Schedule = client.get("/schedules/tick").expect(200);
        schedule.last_run_id
    });
    let ended = client.wait(run);
    assert_eq!(
        (ended.status, ended.schedule.as_deref()),
        (RunStatus::Completed, Some("tick"))
    );
    assert_eq!(ended.result.unwrap().as_str(), "\"now\"");
    assert!(ended.run_at.is_some_and(|at| at.millis() % 1_000 == 0));

    // While paused it does not fire, but can be triggered.
    let paused: Schedule = client.post("/schedules/tick/pause", &json!({})).expect(200);
    assert!(paused.paused && paused.next_at.is_none() && !paused.next_times.is_empty());
    let runs = || {
        client
            .get("/runs?task=report&limit=200")
            .expect::<Page<RunSummary>>(200)
            .items
            .len()
    };
    let before = runs();
    let triggered: Submitted = client
        .post("/schedules/tick/trigger", &json!({}))
        .expect(202);
    assert_eq!(
        client.wait(triggered.task_run_id).schedule.as_deref(),
        Some("tick")
    );
    client.post("/sweep", &json!({})).expect::<Value>(200);
    assert_eq!(runs(), before + 1);
    let resumed: Schedule = client
        .post("/schedules/tick/resume", &json!({}))
        .expect(200);
    assert!(!resumed.paused && resumed.next_at.is_some());
    assert_eq!(client.call("DELETE", "/schedules/tick", None).status, 204);

    // What the code declares goes with it.
    let plain = "/** @task report */ module.exports = async function execute() { return 1; };";
    let published: PublishedTask = client
        .put("/tasks/report", &json!({ "code": plain }))
        .expect(200);
    assert_eq!(published.schedules, Vec::<String>::new());
    assert_eq!(
        client.get("/schedules").expect::<Page<Schedule>>(200).items,
        []
    );
}

/// Moments come every second, and nobody sweeps for a while.
#[test]
fn each_missed_moment_makes_a_run_or_is_told_of() {
    let app = App::start(&Settings::default());
    let client = app.client();
    let set = |overlap: &str, catch_up: &str| {
        let code = format!(
            "/** @task {overlap} */ module.exports = async function execute() {{ return 1; }};"
        );
        client
            .put(&format!("/tasks/{overlap}"), &json!({ "code": code }))
            .expect::<Value>(201);
        let schedule = json!({ "taskName": overlap, "cron": "* * * * * *", "overlap": overlap, "catchUp": catch_up });
        client
            .put(&format!("/schedules/{overlap}"), &schedule)
            .expect::<Schedule>(201);
    };
    set("queue", "all");
    set("skip", "last");
    // The one that was set last may have its first moment a second later.
    let next: Schedule = client.get("/schedules/skip").expect(200);
    let fourth = next.next_at.unwrap().millis() + 3_000;
    until("four moments have passed", 30, || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        (now.as_millis() > u128::try_from(fourth).unwrap()).then_some(())
    });
    let swept: Value = client.post("/sweep", &json!({})).expect(200);
    assert_eq!(
        swept["scheduled"], 2,
        "one of each, and the others wait or are told of"
    );
    let told: Schedule = client.get("/schedules/skip").expect(200);
    let told = told.skipped.unwrap();
    assert!(told.moments >= 3 && told.why == "superseded", "{told:?}");
    let waiting: Schedule = client.get("/schedules/queue").expect(200);
    assert!(
        waiting.queued >= 3 && waiting.skipped.is_none(),
        "{waiting:?}"
    );
    let moments = until("each moment makes a run", 120, || {
        client.post("/sweep", &json!({})).expect::<Value>(200);
        let runs: Page<RunSummary> = client.get("/runs?task=queue&limit=200").expect(200);
        let runs = runs.items.iter().map(|run| client.wait(run.task_run_id));
        let moments: Vec<_> = runs.map(|run| run.run_at.unwrap().millis()).collect();
        (moments.len() >= 4).then_some(moments)
    });
    // The newest run first, and no second without one.
    assert!(
        moments.windows(2).all(|two| two[0] - two[1] == 1_000),
        "{moments:?}"
    );
    let waiting: Schedule = client
        .post("/schedules/queue/pause", &json!({}))
        .expect(200);
    assert_eq!((waiting.queued, waiting.queued_for), (0, None));
    // What waited is told of.
    if let Some(skipped) = waiting.skipped {
        assert_eq!(skipped.why, "paused");
    }
}

/// What cannot be used is refused and changes nothing.
fn refused(client: &Client) {
    let before: Value = client.get("/schedules").expect(200);
    let set = |name: &str, change: Value| {
        let mut body = json!({ "taskName": "report", "cron": "* * * * *" });
        for (key, value) in change.as_object().unwrap() {
            body[key] = value.clone();
        }
        client.put(&format!("/schedules/{name}"), &body)
    };
    let cases: Vec<(&str, Value, ErrorCode)> = vec![
        ("a", json!({ "cron": "61 * * * *" }), CronInvalid),
        ("a", json!({ "cron": "0 0 30 2 *" }), CronInvalid),
        (
            "a",
            json!({ "timeZone": "Europe/Atlantis" }),
            TimeZoneUnknown,
        ),
        (
            "a",
            json!({ "overlap": "sometimes" }),
            SchedulePolicyInvalid,
        ),
        ("a", json!({ "catchUp": "some" }), SchedulePolicyInvalid),
        (
            "a",
            json!({ "overlap": "cancel-previous", "catchUp": "all" }),
            SchedulePolicyInvalid,
        ),
        ("a", json!({ "input": { "month": 7 } }), InputInvalid),
        ("a", json!({ "taskName": "none" }), TaskNotFound),
        ("a", json!({ "often": true }), BadRequest),
        ("a%3Ab", json!({}), BadRequest),
        ("report%3A1", json!({}), ScheduleOfCode),
    ];
    for (name, change, code) in cases {
        set(name, change).expect_problem(code);
    }
    client
        .call("DELETE", "/schedules/report%3A1", None)
        .expect_problem(ScheduleOfCode);
    client
        .get("/schedules/report%3A1?times=101")
        .expect_problem(BadRequest);
    for (method, path) in [
        ("GET", "/schedules/none"),
        ("DELETE", "/schedules/none"),
        ("POST", "/schedules/none/trigger"),
        ("POST", "/schedules/none/pause"),
        ("POST", "/schedules/none/resume"),
    ] {
        client
            .call(method, path, None)
            .expect_problem(ScheduleNotFound);
    }
    for (tag, code) in [
        ("\"0 9 * *\" UTC", CronInvalid),
        ("0 9 * * * UTC", CronInvalid),
        ("\"0 9 * * *\" Nowhere", TimeZoneUnknown),
        ("\"0 9 * * *\" UTC overlap=never", SchedulePolicyInvalid),
        ("\"0 9 * * *\" UTC often", SchedulePolicyInvalid),
        (
            "\"0 9 * * *\" UTC overlap=cancel-previous catchUp=all",
            SchedulePolicyInvalid,
        ),
        ("\"0 9 * * *\" input={", TaskInvalid),
    ] {
        let code_text = DECLARES.replace("\"30 2 1 * *\" - the night after", tag);
        client
            .put("/tasks/report", &json!({ "code": code_text }))
            .expect_problem(code);
    }
    assert_eq!(client.get("/schedules").expect::<Value>(200), before);
}
