//! API keys: who may do what, and who may not.

use std::fs;

use serde_json::{Value, json};
use tasker_api::{ApiKey, CreatedApiKey};
use tasker_domain::ErrorCode::{self, *};
use tasker_tests::{Answer, App, Client, Settings, until};

use crate::apps::{live, publish_tasks};

const METRICS_TOKEN: &str = "metrics-token-of-the-tests-0123456789";
const SWEEP_TOKEN: &str = "sweep-token-of-the-tests-abcdefghijkl";

/// A client with a new key.
fn holder(admin: &Client, key: &Value) -> Client {
    let made: CreatedApiKey = admin.post("/api-keys", key).expect(201);
    assert!(made.key.starts_with("tsk_") && made.key.len() == 52);
    Client::new(admin.url(), &made.key)
}

#[track_caller]
fn refused(answer: &Answer, code: ErrorCode) -> String {
    let problem: Value = answer.expect(code.http_status());
    assert_eq!(problem["code"], code.as_str(), "{problem}");
    problem["detail"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_does_what_its_role_is_for_and_nothing_else() {
    let app = live();
    let admin = app.client();
    let run = admin.run("double", json!({ "n": 1 })).task_run_id;
    let submit = json!({ "taskName": "double", "input": { "n": 2 } });
    let tries = |client: &Client| {
        let statuses = [
            client.get("/metrics").status,
            client.post("/sweep", &json!({})).status,
            client.post("/tasks", &submit).status,
            client.get(&format!("/runs/{run}")).status,
            client.get(&format!("/runs/{run}/journal")).status,
            client
                .post(&format!("/runs/{run}/retry"), &json!({}))
                .status,
            client.put("/keys/access/k", &json!({ "value": 1 })).status,
            client.get("/api-keys").status,
        ];
        statuses.map(|status| (200..300).contains(&status))
    };
    for (role, may) in [
        (
            "metrics",
            [true, false, false, false, false, false, false, false],
        ),
        (
            "sweep",
            [false, true, false, false, false, false, false, false],
        ),
        (
            "submit",
            [false, false, true, true, false, false, false, false],
        ),
        (
            "observe",
            [true, false, false, true, true, false, false, false],
        ),
        (
            "operate",
            [true, true, false, true, true, true, false, false],
        ),
        (
            "deploy",
            [false, false, false, false, false, false, true, false],
        ),
        ("admin", [true; 8]),
    ] {
        let name = format!("role-{role}");
        let client = holder(admin, &json!({ "name": name, "roles": [role] }));
        assert_eq!(tries(&client), may, "{role}");
        let own: ApiKey = client.get("/api-keys/self").expect(200);
        assert_eq!(own.name, name);
    }
    let metrics = holder(admin, &json!({ "name": "scraper", "roles": ["metrics"] }));
    let said = refused(&metrics.get("/runs"), Forbidden);
    assert_eq!(
        said,
        "the key `scraper` has `metrics`; this needs one of the roles `observe`, `operate`, `admin`"
    );
}

#[test]
fn a_revoked_or_expired_key_is_like_one_that_never_was() {
    let app = live();
    let admin = app.client();
    let key = |name: &str| json!({ "name": name, "roles": ["observe"], "expiresInSeconds": 3600 });
    let (one, two) = (holder(admin, &key("ends")), holder(admin, &key("ends-2")));
    refused(&admin.post("/api-keys", &key("ends")), ApiKeyExists);
    assert_eq!(
        (one.get("/runs").status, two.get("/runs").status),
        (200, 200)
    );
    // A use is noted after its answer.
    until("the key's use is noted", 30, || {
        let listed: Value = admin.get("/api-keys?limit=200").expect(200);
        let mut listed = listed["items"].as_array().unwrap().iter();
        let key = listed.find(|key| key["name"] == "ends").unwrap();
        key["lastUsedAt"].is_string().then_some(())
    });
    let files = fs::read_dir(app.state())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    for file in files.filter(|path| path.is_file()) {
        let content = fs::read(&file).unwrap();
        let mut parts = content.windows(one.token().len());
        assert!(
            !parts.any(|part| part == one.token().as_bytes()),
            "{file:?}"
        );
    }

    admin.call("DELETE", "/api-keys/ends-2", None);
    let brief = json!({ "name": "ends-2", "roles": ["observe"], "expiresInSeconds": 1 });
    let two = holder(admin, &brief);
    until("the key expires", 30, || {
        (two.get("/runs").status == 401).then_some(())
    });
    assert_eq!(admin.call("DELETE", "/api-keys/ends", None).status, 204);
    refused(
        &admin.call("DELETE", "/api-keys/ends", None),
        ApiKeyNotFound,
    );
    let never = Client::new(admin.url(), &tasker_api::auth::key([9; 32]));
    let said: Vec<_> = [&one, &two, &never]
        .map(|client| refused(&client.get("/runs"), Unauthorized))
        .into();
    assert!(said.iter().all(|detail| *detail == said[0]), "{said:?}");
}

#[test]
fn a_limited_key_reaches_only_what_it_is_for() {
    let app = live();
    let admin = app.client();
    for name in ["shop-a", "bank-a"] {
        admin.publish(name, "module.exports = async () => 1;");
    }
    let (shop, bank) = (
        admin.submit("shop-a", json!({})),
        admin.submit("bank-a", json!({})),
    );
    admin.wait(shop);
    admin.wait(bank);
    let cron = |task: &str| json!({ "taskName": task, "cron": "0 0 1 1 *" });
    admin.put("/schedules/of-bank", &cron("bank-a"));
    let limited = holder(
        admin,
        &json!({ "name": "limited", "roles": ["submit", "operate", "deploy"], "tasks": ["shop-*"], "namespaces": ["shop-*"] }),
    );
    let names = |path: &str, member: &str| {
        let page: Value = limited.get(path).expect(200);
        let items = page["items"].as_array().unwrap().iter();
        items
            .map(|item| item[member].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("/tasks?limit=200", "name"), ["shop-a"]);
    assert_eq!(names("/schedules?limit=200", "name"), [""; 0]);
    assert!(
        names("/runs?limit=200", "taskName")
            .iter()
            .all(|task| task == "shop-a")
    );

    assert_eq!(limited.get(&format!("/runs/{shop}/journal")).status, 200);
    let code = |keystore: Value| json!({ "code": "module.exports = async () => 2;", "keystore": keystore });
    for answer in [
        limited.get(&format!("/runs/{bank}")),
        limited.get(&format!("/runs/{bank}/journal")),
        limited.post(&format!("/runs/{bank}/retry"), &json!({})),
        limited.post("/tasks", &json!({ "taskName": "bank-a" })),
        limited.put("/tasks/bank-a", &code(json!([]))),
        limited.put("/schedules/of-bank", &cron("shop-a")),
        limited.put("/schedules/new", &cron("bank-a")),
        limited.call("DELETE", "/schedules/of-bank", None),
        limited.post("/events", &json!({ "name": "e" })),
        limited.post("/events", &json!({ "name": "e", "runId": bank })),
        limited.get("/metrics"),
        limited.get("/doctor"),
        limited.get("/keys/bank/k"),
        limited.put("/keys/bank/k", &json!({ "value": 1 })),
        // A task would read for it what it may not read itself.
        limited.put("/tasks/shop-b", &code(json!(["bank"]))),
        limited.put("/tasks/shop-b", &code(json!(["shop-*", "*"]))),
        limited.put(
            "/tasks/shop-b",
            &json!({ "code": "module.exports = async () => 2;" }),
        ),
    ] {
        refused(&answer, Forbidden);
    }
    assert_eq!(
        limited.put("/keys/shop-x/k", &json!({ "value": 1 })).status,
        204
    );
    assert_eq!(
        limited
            .put("/tasks/shop-b", &code(json!(["shop-x"])))
            .status,
        201
    );
    let filter = json!({ "filter": { "status": "completed" }, "limit": 100 });
    let retried: Value = limited.post("/runs/retry", &filter).expect(200);
    for run in retried["taskRunIds"].as_array().unwrap() {
        let run: Value = admin
            .get(&format!("/runs/{}", run.as_str().unwrap()))
            .expect(200);
        assert_eq!(run["taskName"], "shop-a");
    }
    assert!(retried["changed"].as_u64() >= Some(1), "{retried}");
}

#[test]
fn tokens_of_the_settings_do_one_thing_and_wrong_ones_are_slowed() {
    let app = App::start(
        &Settings::default()
            .variable("metrics_token", METRICS_TOKEN)
            .variable("sweep_token", SWEEP_TOKEN),
    );
    let admin = app.client();
    publish_tasks(admin);
    let key = holder(admin, &json!({ "name": "ops", "roles": ["admin"] }));
    let with = |token: &str| Client::new(admin.url(), token);
    assert_eq!(with(METRICS_TOKEN).get("/metrics").status, 200);
    refused(&with(METRICS_TOKEN).post("/sweep", &json!({})), Forbidden);
    assert_eq!(with(SWEEP_TOKEN).post("/sweep", &json!({})).status, 200);
    refused(&with(SWEEP_TOKEN).get("/metrics"), Forbidden);

    // A minute may begin anew meanwhile, so the first ones are more than are needed.
    let guesses = (0..250).map(|number| with(&format!("guess-{number}")).get("/runs").status);
    let guesses: Vec<_> = guesses.collect();
    assert!(
        guesses.iter().all(|status| [401, 429].contains(status)),
        "{guesses:?}"
    );
    assert_eq!((guesses[0], guesses.contains(&429)), (401, true));
    let metrics: String = key.get("/metrics").text();
    let counted = metrics
        .lines()
        .find_map(|line| line.strip_prefix("tasker_wrong_keys_total "));
    assert!(
        counted.unwrap().parse::<f64>().unwrap() >= 100.0,
        "{metrics}"
    );
    // Nobody guesses an API key, so it is taken all the time; what people choose is not.
    let slowed = until("the token is not taken", 90, || {
        while with("guess").get("/runs").status != 429 {}
        let answer = admin.get("/runs");
        (answer.status == 429).then_some(answer)
    });
    assert_eq!(slowed.header("retry-after"), "60");
    refused(&slowed, TooManyWrongKeys);
    assert_eq!(key.get("/runs").status, 200);
}

#[test]
fn the_first_token_is_switched_off_once_there_are_keys() {
    let mut app = App::start(&Settings::default());
    let key = holder(app.client(), &json!({ "name": "ops", "roles": ["admin"] }));
    let old = app.client().token().to_owned();
    app.stop();
    app.set("api_token", "off");
    app.restart();
    let with = |token: &str| Client::new(app.client().url(), token);
    assert_eq!(with(key.token()).get("/runs").status, 200);
    for token in [&*old, "off", ""] {
        refused(&with(token).get("/runs"), Unauthorized);
    }
    let ready = |client: &Client| client.get("/health/ready").status;
    assert_eq!(ready(app.client()), 200);
    assert_eq!(
        with(key.token())
            .call("DELETE", "/api-keys/ops", None)
            .status,
        204
    );
    assert_eq!(ready(app.client()), 503, "nobody may do anything");
}
