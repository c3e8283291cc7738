//! How many requests a client may make within a minute.

use serde_json::{Value, json};
use tasker_api::CreatedApiKey;
use tasker_tests::{Answer, App, Client, Settings};

#[track_caller]
fn refused(answer: &Answer) {
    let problem: Value = answer.expect(429);
    assert_eq!(problem["code"], "too_many_requests", "{problem}");
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
}

#[test]
fn a_client_that_asks_too_often_is_refused_and_others_are_not() {
    let settings = Settings::default()
        .variable("key_requests", 5)
        .variable("client_requests", 3);
    let app = App::start(&settings);
    let admin = app.client();
    let holder = |name: &str| {
        let key = json!({ "name": name, "roles": ["submit", "deploy"] });
        let made: CreatedApiKey = admin.post("/api-keys", &key).expect(201);
        Client::new(admin.url(), &made.key)
    };
    let (one, two) = (holder("one"), holder("two"));
    let code = json!({ "code": "module.exports = async () => 1;" });
    assert_eq!(one.put("/tasks/one", &code).status, 201);
    for _ in 0..4 {
        assert_eq!(one.get("/tasks").status, 200);
    }
    // Nothing is done for one more, whatever it asks for, by a session neither.
    refused(&one.put("/tasks/two", &code));
    refused(&one.post("/tasks", &json!({ "taskName": "one" })));
    let session = json!({ "key": one.token() }).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("tasker-dashboard", "1"),
    ];
    let begun = one.send(
        "POST",
        "/ui/api/session",
        &headers,
        Some(session.as_bytes()),
    );
    assert_eq!(begun.status, 200, "{}", begun.text());
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    refused(&one.send("GET", "/ui/api/tasks", &[("cookie", cookie)], None));
    assert_eq!(admin.get("/tasks/two").status, 404);

    // Whoever has another key goes on, and the operator without a bound.
    assert_eq!(two.get("/tasks/one").status, 200);
    for _ in 0..9 {
        assert_eq!(admin.get("/tasks").status, 200);
    }

    // Without a key the address counts, of all public tokens together; the session was begun from there.
    let run = admin.run("one", json!({})).task_run_id;
    let reader = || {
        let allow = json!({ "allow": { "read": { "runId": run } } });
        let made: Value = admin.post("/tokens", &allow).expect(201);
        Client::new(admin.url(), made["token"].as_str().unwrap())
    };
    let (first, second) = (reader(), reader());
    let path = format!("/runs/{run}");
    assert_eq!(
        (first.get(&path).status, second.get(&path).status),
        (200, 200)
    );
    refused(&first.get(&path));
    refused(&second.get(&path));
    for open in ["/health", "/openapi.json", "/errors/too_many_requests"] {
        assert_eq!(first.get(open).status, 200, "{open}");
    }
    assert_eq!(two.get(&path).status, 200);
}

#[test]
fn a_large_bound_is_counted_in_parts() {
    let app = App::start(&Settings::default().variable("key_requests", 1_000));
    let key = json!({ "name": "busy", "roles": ["submit"] });
    let made: CreatedApiKey = app.client().post("/api-keys", &key).expect(201);
    let client = Client::new(app.client().url(), &made.key);
    // Each second one is noted, as two: six times the standard deviation are left to chance.
    let refused_at = (0..1_200).find(|_| client.get("/tasks").status == 429);
    assert!(refused_at >= Some(800), "{refused_at:?}");
}
