//! Public tokens: what a front end does with one, and all that it does not.

use serde_json::{Value, json};
use tasker_api::{CreatedApiKey, CreatedPublicToken, Deed, PublicRun, Submitted};
use tasker_domain::ErrorCode::{self, *};
use tasker_domain::RunStatus;
use tasker_tests::{Answer, App, Client, Settings};

use crate::apps::live;

/// Waits for two events, and says what it was given.
const ORDER: &str = "/**
 * @param {object} input
 * @param {number} input.customer
 * @param {string} [input.text]
 */
module.exports = async ({ customer, text }) => {
    console.log('seen by operators alone');
    const { data } = await tools.waitForEvent('approved');
    await tools.waitForEvent('go on');
    return { customer, text, data };
};";

/// A text of the app's own that no client may see.
const INSIDE: &str = "seen by operators alone";

/// Made-up secrets, which two apps share.
const API_TOKEN: &str = "api-token-of-the-tokens-0123456789abcdef";
const EVENT_KEY: &str = "event-key-of-the-tokens-0123456789abcdef";

fn key(admin: &Client, key: &Value) -> Client {
    let made: CreatedApiKey = admin.post("/api-keys", key).expect(201);
    Client::new(admin.url(), &made.key)
}

#[track_caller]
fn made(client: &Client, allow: &Value) -> CreatedPublicToken {
    client
        .post("/tokens", &json!({ "allow": allow }))
        .expect(201)
}

/// A front end with a token that `client` has made.
#[track_caller]
fn front_end(client: &Client, allow: &Value) -> Client {
    let made = made(client, allow);
    assert!(made.token.starts_with("tpub_"), "{}", made.token);
    Client::new(client.url(), &made.token)
}

#[track_caller]
fn refused(answer: &Answer, code: ErrorCode) -> String {
    answer.expect_problem(code).detail
}

#[test]
fn a_front_end_runs_one_task_reads_its_run_and_answers_it() {
    let app = live();
    let admin = app.client();
    admin.publish("front-order", ORDER);
    let shop = key(
        admin,
        &json!({ "name": "front-shop", "roles": ["submit"], "tasks": ["front-*"] }),
    );
    let allow = json!({ "submit": {
        "taskName": "front-order", "input": { "customer": 7 }, "open": ["text"], "read": true,
    } });
    let browser = front_end(&shop, &allow);
    let submit = |body: Value| browser.post("/tasks", &body);
    let order = |input: Value| json!({ "taskName": "front-order", "input": input });
    for wrong in [
        order(json!({ "customer": 8 })),
        order(json!({ "customer": 7, "other": 1 })),
        json!({ "taskName": "double", "input": { "text": "a" } }),
        json!({ "taskName": "front-order", "priority": 1 }),
        json!({ "taskName": "front-order", "webhook": { "url": "https://example.com" } }),
    ] {
        refused(&submit(wrong), Forbidden);
    }
    refused(&submit(order(json!({ "text": 1 }))), InputInvalid);
    let mut body = order(json!({ "text": "a" }));
    body["publicToken"] = json!({ "expiresInSeconds": 600 });
    let first: Submitted = submit(body).expect(202);
    let run = first.task_run_id;

    // Once: the same again is the same run, anything else is refused.
    let again: Submitted = submit(order(json!({ "customer": 7, "text": "a" }))).expect(202);
    assert_eq!((again.task_run_id, again.public_token), (run, None));
    refused(&submit(order(json!({ "text": "b" }))), IdempotencyConflict);
    let input: Value = admin.show(run).input.read().unwrap();
    assert_eq!(input, json!({ "customer": 7, "text": "a" }));

    let reader = Client::new(admin.url(), &first.public_token.unwrap());
    let seen: Value = reader.get(&format!("/runs/{run}")).expect(200);
    let members: Vec<_> = seen.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        [
            "taskRunId",
            "status",
            "result",
            "error",
            "createdAt",
            "startedAt",
            "finishedAt"
        ]
    );

    let sender = front_end(
        &shop,
        &json!({ "send": { "runId": run, "name": "approved" } }),
    );
    let other = admin.submit("double", json!({ "n": 1 }));
    for wrong in [
        json!({ "name": "go on" }),
        json!({ "name": "approved", "runId": other }),
        json!({ "name": "approved", "ttlSeconds": 1 }),
    ] {
        refused(&sender.post("/events", &wrong), Forbidden);
    }
    let approved = |by: &str| json!({ "name": "approved", "data": by });
    assert_eq!(sender.post("/events", &approved("ann")).status, 202);
    assert_eq!(sender.post("/events", &approved("ann")).status, 200);
    refused(
        &sender.post("/events", &approved("bob")),
        IdempotencyConflict,
    );

    let go_on = front_end(
        admin,
        &json!({ "send": { "runId": run, "name": "go on", "repeat": true } }),
    );
    for _ in 0..2 {
        // The second one may find that the run has ended.
        let answer = go_on.post("/events", &json!({ "name": "go on" }));
        assert!(matches!(answer.status, 202 | 409), "{}", answer.text());
    }
    let ended: PublicRun = reader.get(&format!("/runs/{run}?wait=60")).expect(200);
    assert_eq!(ended.status, RunStatus::Completed);
    let result: Value = ended.result.unwrap().read().unwrap();
    assert_eq!(result, json!({ "customer": 7, "text": "a", "data": "ann" }));

    // The stream tells how the run moves, and nothing of what is in it.
    let events = reader.get(&format!("/runs/{run}/events"));
    assert_eq!(events.status, 200);
    let text = events.text();
    assert!(
        text.contains("event: end\n") && text.contains("\"ann\""),
        "{text}"
    );
    for hidden in ["event: call", "event: log", INSIDE, "idempotencyKey"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    for more in ["calls=true", "logs=true"] {
        refused(
            &reader.get(&format!("/runs/{run}/events?{more}")),
            Forbidden,
        );
    }
}

#[test]
fn a_token_opens_nothing_else() {
    let app = live();
    let admin = app.client();
    let (run, other) = (
        admin.submit("double", json!({ "n": 1 })),
        admin.submit("double", json!({ "n": 2 })),
    );
    let nobody = "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11";
    let read = front_end(admin, &json!({ "read": { "runId": run } }));
    let submit = front_end(
        admin,
        &json!({ "submit": { "taskName": "double", "open": ["n"], "repeat": true, "read": true } }),
    );
    let send = front_end(
        admin,
        &json!({ "send": { "runId": run, "name": "x", "repeat": true } }),
    );
    let calls = [
        ("GET", format!("/runs/{other}")),
        ("GET", format!("/runs/{nobody}")),
        ("GET", format!("/tasks/status/{other}?wait=1")),
        ("GET", format!("/runs/{other}/events")),
        ("GET", format!("/runs/{run}/logs")),
        ("GET", format!("/runs/{run}/journal")),
        ("GET", format!("/runs/{run}/stack")),
        ("GET", format!("/runs/{run}/inspect")),
        ("GET", format!("/runs/{run}/export")),
        ("DELETE", format!("/runs/{run}")),
        ("POST", format!("/runs/{run}/cancel")),
        ("POST", format!("/runs/{run}/retry")),
        ("POST", "/runs/cancel".to_owned()),
        ("POST", "/tokens".to_owned()),
        ("POST", "/api-keys".to_owned()),
        ("POST", "/sweep".to_owned()),
        ("PUT", "/tasks/double".to_owned()),
        ("PUT", "/keys/a/b".to_owned()),
        ("GET", "/runs".to_owned()),
        ("GET", "/tasks".to_owned()),
        ("GET", "/tasks/double".to_owned()),
        ("GET", "/schedules".to_owned()),
        ("GET", "/keys".to_owned()),
        ("GET", "/api-keys".to_owned()),
        ("GET", "/api-keys/self".to_owned()),
        ("GET", "/audit".to_owned()),
        ("GET", "/doctor".to_owned()),
        ("GET", "/metrics".to_owned()),
        ("GET", "/no/such/path".to_owned()),
    ];
    for client in [&read, &submit, &send] {
        for (method, path) in &calls {
            let answer = client.call(method, path, None);
            let detail = refused(&answer, Forbidden);
            assert_eq!(
                detail, "the public token is not for this",
                "{method} {path}"
            );
        }
    }
    for client in [&submit, &send] {
        refused(&client.get(&format!("/runs/{run}")), Forbidden);
    }
    refused(
        &read.post("/tasks", &json!({ "taskName": "double" })),
        Forbidden,
    );
    refused(
        &read.post("/events", &json!({ "name": "x", "runId": run })),
        Forbidden,
    );

    // A token is taken in its header alone, and is no key to sign in with.
    let query = format!("/runs/{run}?token={}&access_token={0}", read.token());
    refused(&read.send("GET", &query, &[], None), Unauthorized);
    let key = json!({ "key": read.token() }).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("tasker-dashboard", "1"),
    ];
    let signed_in = read.send("POST", "/ui/api/session", &headers, Some(key.as_bytes()));
    refused(&signed_in, Unauthorized);
    refused(&read.get(&format!("/ui/api/runs/{run}")), Unauthorized);

    // What is named by a holder is named apart from what others name.
    let keyed = |client: &Client| -> Submitted {
        let body = json!({ "taskName": "double", "input": { "n": 3 }, "idempotencyKey": "mine" });
        client.post("/tasks", &body).expect(202)
    };
    let [own, of_admin] = [&submit, admin].map(|client| keyed(client).task_run_id);
    assert_ne!(own, of_admin);
    assert_eq!(keyed(&submit).task_run_id, own);
    let id = admin.show(own).idempotency_key.unwrap();
    let body = json!({ "taskName": "double", "idempotencyKey": id });
    refused(&admin.post("/tasks", &body), BadRequest);
}

#[test]
fn a_key_makes_tokens_for_what_it_may_do_itself() {
    let app = live();
    let admin = app.client();
    admin.publish("front-made", "module.exports = async () => 1;");
    let (own, other) = (
        admin.submit("front-made", json!({})),
        admin.submit("double", json!({ "n": 1 })),
    );
    let read = |run: &str| json!({ "read": { "runId": run } });
    let submit = |task: &str| json!({ "submit": { "taskName": task, "input": { "a": "unsaid" } } });
    let send = |run: &str| json!({ "send": { "runId": run, "name": "x" } });
    let (own, other) = (own.to_string(), other.to_string());
    let wishes = [
        read(&own),
        read(&other),
        submit("front-made"),
        submit("double"),
        send(&own),
        send(&other),
    ];
    for (role, may) in [
        ("submit", [true, false, true, false, true, false]),
        ("observe", [true, false, false, false, false, false]),
        ("deploy", [false; 6]),
        ("metrics", [false; 6]),
    ] {
        let name = format!("front-{role}");
        let about = json!({
            "name": name, "roles": [role], "tasks": ["front-*"], "expiresInSeconds": 600,
        });
        let client = key(admin, &about);
        for (allow, may) in wishes.iter().zip(may) {
            let answer = client.post("/tokens", &json!({ "allow": allow }));
            match may {
                true => {
                    // It ends with the key, before its own time is up.
                    let made: CreatedPublicToken = answer.expect(201);
                    let keys: Value = client.get("/api-keys/self").expect(200);
                    let until = keys["expiresAt"].as_str().unwrap();
                    let expires_at = serde_json::to_value(made.expires_at).unwrap();
                    assert!(
                        expires_at.as_str().unwrap() <= until,
                        "{expires_at} {until}"
                    );
                }
                false => drop(refused(&answer, Forbidden)),
            }
        }
    }
    let no_run = "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11";
    for (body, code) in [
        (json!({ "allow": read(no_run) }), RunNotFound),
        (json!({ "allow": send(no_run) }), RunNotFound),
        (json!({ "allow": submit("no-such-task") }), TaskNotFound),
        (
            json!({ "allow": read(&own), "expiresInSeconds": 0 }),
            BadRequest,
        ),
        (
            json!({ "allow": read(&own), "expiresInSeconds": 86_401 }),
            BadRequest,
        ),
        (json!({ "allow": { "runs": {} } }), BadRequest),
        (
            json!({ "allow": { "send": { "runId": own, "name": "" } } }),
            BadRequest,
        ),
        (
            json!({ "allow": { "submit": { "taskName": "front-made", "input": [] } } }),
            BadRequest,
        ),
    ] {
        refused(&admin.post("/tokens", &body), code);
    }

    // Making one is a deed; what is in it is not told.
    let deeds: Vec<Deed> = admin.pages("/audit?key=front-submit&action=createPublicToken");
    let done: Vec<_> = deeds.iter().filter(|deed| deed.outcome == "done").collect();
    let targets: Vec<_> = done.iter().map(|deed| &*deed.target).collect();
    assert_eq!(targets, [&*own, "front-made", &*own]);
    let detail: Value = done[1].detail.as_ref().unwrap().read().unwrap();
    assert_eq!(
        (&detail["allow"], &detail["repeat"]),
        (&json!("submit"), &json!(false))
    );
    let all = serde_json::to_string(&deeds).unwrap();
    assert!(!all.contains("tpub_") && !all.contains("unsaid"), "{all}");
}

#[test]
fn a_token_lasts_until_its_time_is_up_or_a_secret_of_the_app_is_another() {
    let settings = Settings::default()
        .variable("api_token", API_TOKEN)
        .variable("event_key", EVENT_KEY)
        // A file has no clock of its own, so the app's counts.
        .variable("database_url", "");
    let mut app = App::start(&settings);
    app.client()
        .publish("front-once", "module.exports = async () => 1;");
    let run = app.client().submit("front-once", json!({}));
    app.client().wait(run);
    let path = format!("/runs/{run}");
    let maker = key(
        app.client(),
        &json!({ "name": "maker", "roles": ["observe"] }),
    );
    let day = json!({ "allow": { "read": { "runId": run } }, "expiresInSeconds": 86_400 });
    let token: CreatedPublicToken = maker.post("/tokens", &day).expect(201);
    let token = token.token;
    let read = |app: &App, token: &str| Client::new(app.client().url(), token).get(&path);
    assert_eq!(read(&app, &token).status, 200);

    let other = if token.ends_with('A') { "E" } else { "A" };
    for wrong in [
        format!("{}{other}", &token[..token.len() - 1]),
        token.replacen("tpub_eyJ", "tpub_eyK", 1),
        token[..token.len() - 1].to_owned(),
        "tpub_".to_owned(),
    ] {
        let said = refused(&read(&app, &wrong), Unauthorized);
        assert!(said.starts_with("the public token is not valid"), "{said}");
    }
    // Front ends with old tokens slow nobody down.
    for _ in 0..110 {
        refused(&read(&app, "tpub_old"), Unauthorized);
    }
    assert_eq!(app.client().get(&path).status, 200);

    // Nothing is looked up, so it outlives its key.
    assert_eq!(
        app.client().call("DELETE", "/api-keys/maker", None).status,
        204
    );
    assert_eq!(read(&app, &token).status, 200);

    // Another app with the same secrets takes it: until the day is over.
    for (ahead_ms, code) in [(43_200_000, RunNotFound), (86_400_000, Unauthorized)] {
        let later = App::start(&settings.clone().clock_ahead_ms(ahead_ms));
        refused(&read(&later, &token), code);
    }
    app.set("event_key", "another-event-key-0123456789abcdefghij");
    app.restart();
    refused(&read(&app, &token), Unauthorized);
    assert_eq!(app.client().get(&path).status, 200);
}
