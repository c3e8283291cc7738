//! Secrets: they reach the upstreams they are for, and nothing else.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use rusqlite::types::ValueRef;
use serde_json::{Value, json};
use tasker_api::TaskError;
use tasker_sandbox::faults::Kind;
use tasker_tests::{App, result};

use crate::world::{World, delegated, error, value};

const OPENAI: &str = "sk-one-that-nobody-may-see-1f9c";
const SUPABASE: &str = "sb_secret_one-that-nobody-may-see-77aa";
const BRAVE: &str = "brave-one-that-nobody-may-see-03bd";
const REFERENCED: &str = "referenced \"one\" that/nobody+may see é 5e6d";
const ELSEWHERE: &str = "one-for-another-host-that-nobody-may-see";
/// No secret: a task may read it, and then it is the task's.
const STORED: &str = "a value of the keystore";
/// How access tokens begin, and what is signed to get one.
const TOKEN: &str = "ya29.sandbox-";
const ASSERTION: &str = "eyJhbGciOiJSUzI1NiIs";

#[test]
fn secrets_stand_in_no_table_log_error_or_journal() {
    let mut world = World::start(|settings, sandbox| {
        delegated(settings, sandbox)
            .variable("openai_api_key", OPENAI)
            .variable("supabase_key", SUPABASE)
            .variable("websearch_engine", "brave")
            .variable("websearch_api_key", BRAVE)
    });
    let key = world.sandbox.service_account();
    let private_key = json!(key)["private_key"].as_str().map(str::to_owned);
    let private_line = private_key
        .as_deref()
        .and_then(|key| key.lines().nth(5))
        .expect("a key")
        .to_owned();
    let here = world.sandbox.url().to_owned();
    keep(
        &world,
        "vendor/key",
        &json!({ "value": REFERENCED, "secret": true, "hosts": [here] }),
    );
    keep(
        &world,
        "vendor/other",
        &json!({ "value": ELSEWHERE, "secret": true, "hosts": ["api.example.com"] }),
    );
    keep(&world, "vendor/open", &json!({ "value": STORED }));

    // Every service, with an answer and with errors in which the upstream repeats what it was sent.
    let echoed = |path: &str, status: u16, secret: &str| {
        let said = format!("the key {secret} is not welcome");
        let body = json!({ "error": { "message": said, "code": 400 }, "message": said, "code": "PGRST301" });
        let kind = Kind::Status {
            status,
            retry_after: None,
            body: Some(body.to_string()),
        };
        world.sandbox.faults().next(path, 1, kind);
    };
    echoed("/v1/embeddings", 400, OPENAI);
    echoed("/rest/v1/cities", 400, SUPABASE);
    echoed("/res/v1/web/search", 422, BRAVE);
    let labels = json!(["gapi.gmail.users.labels.list", { "userId": "me" }]);
    value(&world.call(&labels));
    let sent = world.sandbox.record().take();
    let token = sent.iter().find_map(|request| {
        let value = request.header("authorization")?;
        value
            .strip_prefix("Bearer ")
            .filter(|token| token.starts_with(TOKEN))
    });
    echoed(
        "/gmail/v1/users/me/labels",
        400,
        token.expect("an access token was sent"),
    );
    let outcomes = world.calls(&[
        json!(["openai.models.list"]),
        json!(["openai.embeddings.create", { "model": "m", "input": "x" }]),
        json!(["gapi.gmail.users.getProfile", { "userId": "me" }]),
        json!(["gapi.gmail.users.labels.list", { "userId": "me" }]),
        json!([
            "gapi.authenticate",
            ["https://www.googleapis.com/auth/drive"]
        ]),
        json!(["websearch.search", "durable execution"]),
        json!(["websearch.search", "durable execution"]),
        json!(["keystore.get", "vendor", "key"]),
        json!(["keystore.get", "openai", "api_key"]),
    ]);
    let failed: Vec<usize> = (0..outcomes.len())
        .filter(|at| outcomes[*at].get("error").is_some())
        .collect();
    assert_eq!(failed.len(), 5, "{outcomes:?}");
    assert_eq!(
        error(&outcomes[1])["message"],
        "400 the key [hidden] is not welcome"
    );
    assert_eq!(error(&outcomes[7])["code"], "secret_hidden");
    assert_eq!(error(&outcomes[8])["code"], "keystore_denied");
    world.client().publish(
        "chain",
        "module.exports = async (input, { tools }) => {
           await tools.keystore.set('vendor', 'made', await tools.keystore.get('vendor', 'open'));
           const { error } = await tools.supabase.from('cities').select();
           console.error(error.message);
           await tools.supabase.from('cities').select().throwOnError().eq('nothing', 1);
         };",
    );
    let chain = world.client().run("chain", json!({}));
    assert!(chain.error.is_some());

    // A reference is filled where the upstream reads it, and nowhere else.
    world.sandbox.reset();
    let secret = |name: &str| json!({ "$secret": format!("vendor/{name}") });
    let invoke = |options: Value| json!(["supabase.functions.invoke", "echo", options]);
    let outcomes = world.calls(&[
        invoke(json!({ "body": { "key": secret("key"), "note": "see above" }, "headers": { "x-custom": "plain" } })),
        invoke(json!({ "body": { "key": secret("other") } })),
        invoke(json!({ "body": { "key": secret("open") } })),
        invoke(json!({ "body": { "key": secret("missing") } })),
        json!(["openai.get", "/models", { "query": { "key": secret("key") } }]),
    ]);
    assert_eq!(
        value(&outcomes[0])["data"]["body"],
        json!({ "key": "[hidden]", "note": "see above" })
    );
    for denied in [1, 2, 4] {
        assert_eq!(
            error(&outcomes[denied])["code"],
            "secret_denied",
            "{outcomes:?}"
        );
    }
    assert!(outcomes[3].get("error").is_some());
    let requests = world.sandbox.record().take();
    let sent: Vec<Value> = requests
        .iter()
        .map(|request| serde_json::from_str(&request.body).expect("JSON"))
        .collect();
    assert_eq!(sent, [json!({ "key": REFERENCED, "note": "see above" })]);

    // Errors as a client of the app gets them, and what a log of it says.
    let errors: Vec<TaskError> = chain.error.into_iter().collect();
    let seen = [
        json!(errors).to_string(),
        json!(world.client().journal(chain.task_run_id)).to_string(),
        json!(world.client().logs(chain.task_run_id)).to_string(),
        json!(outcomes).to_string(),
        world.app.output(),
    ];
    world.app.stop();
    let needles: Vec<(&str, String)> = [
        ("OpenAI's key", OPENAI),
        ("Supabase's key", SUPABASE),
        ("Brave's key", BRAVE),
        ("a referenced secret", REFERENCED),
        ("a secret for another host", ELSEWHERE),
        ("a private key", &private_line),
        ("an access token", TOKEN),
        ("an assertion", ASSERTION),
    ]
    .into_iter()
    .flat_map(|(what, secret)| forms(secret).map(|form| (what, form)))
    .collect();
    let find = |place: &str, bytes: &[u8]| {
        for (what, needle) in &needles {
            let found = bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes());
            assert!(!found, "{what} stands in {place}");
        }
    };
    for text in &seen {
        find("what clients see", text.as_bytes());
    }
    assert!(in_tables(&world.app, find) > 100);
    assert!(in_files(world.app.state(), find) > 3);
}

#[track_caller]
fn keep(world: &World, name: &str, value: &Value) {
    let answer = world.client().put(&format!("/keys/{name}"), value);
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// A secret as it is and as others might write it.
fn forms(secret: &str) -> [String; 4] {
    let json = json!(secret).to_string();
    [
        secret.to_owned(),
        json.trim_matches('"').to_owned(),
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
    ]
}

/// Looks at every value of every table; answers how many there are.
fn in_tables(app: &App, find: impl Fn(&str, &[u8])) -> usize {
    let database = app.database();
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
    let tables: Vec<String> = database.rows(tables, [], |row| row.get(0));
    tables
        .iter()
        .map(|table| {
            let values = database.rows(&format!("SELECT * FROM \"{table}\""), [], |row| {
                let mut values = 0;
                while let Ok(value) = row.get_ref(values) {
                    if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = value {
                        find(&format!("the table {table}"), bytes);
                    }
                    values += 1;
                }
                Ok(values)
            });
            values.into_iter().sum::<usize>()
        })
        .sum()
}

/// Looks at every file but those with compiled code; answers how many there are.
fn in_files(folder: &Path, find: impl Fn(&str, &[u8]) + Copy) -> usize {
    fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            if path.is_dir() {
                return in_files(&path, find);
            }
            if path
                .extension()
                .is_some_and(|extension| extension == "cwasm")
            {
                return 0;
            }
            find(
                &path.display().to_string(),
                &fs::read(&path).expect("a file"),
            );
            1
        })
        .sum()
}

#[test]
fn a_credential_comes_back_in_no_form_and_not_in_part() {
    let world = World::start(|settings, _| settings.variable("openai_api_key", OPENAI));
    let part = &OPENAI[..OPENAI.len() - 1];
    let basic = BASE64_STANDARD_NO_PAD.encode(format!("user:{OPENAI}"));
    // What an error keeps of an answer ends within the key.
    let cut = |at: usize| format!("{}{OPENAI} is wrong", "m".repeat(at - part.len()));
    let said = |message: String| json!({ "error": { "message": message } }).to_string();
    for (body, needle) in [
        (said(cut(2_000)), part),
        (cut(4_096), part),
        (said(format!("Basic {basic}")), basic.as_str()),
    ] {
        let kind = Kind::Status {
            status: 401,
            retry_after: None,
            body: Some(body),
        };
        world.sandbox.faults().next("/v1/models", 1, kind);
        let outcome = world.call(&json!(["openai.models.list"])).to_string();
        assert!(outcome.contains("[hidden]"), "{outcome}");
        assert!(!outcome.contains(needle), "{outcome}");
    }
}

#[test]
fn credentials_and_grants_come_from_the_keystore() {
    let world = World::start(|settings, sandbox| {
        delegated(settings, sandbox)
            .variable("google_service_account", "")
            .variable("openai_api_key", "")
    });
    let models = json!(["openai.models.list"]);
    let profile = json!(["gapi.gmail.users.getProfile", { "userId": "me" }]);
    // A server of OpenAI's kind may need none, so it is asked.
    assert_eq!(error(&world.call(&models))["status"], 401);
    assert_eq!(world.sandbox.record().take().len(), 1);
    assert_eq!(error(&world.call(&profile))["code"], "credential_missing");
    assert_eq!(world.sandbox.record().take(), []);

    keep(&world, "openai/api_key", &json!({ "value": OPENAI }));
    keep(
        &world,
        "google/service_account",
        &json!({ "value": world.sandbox.service_account() }),
    );
    assert!(value(&world.call(&models))["data"].is_array());
    let sent = world.sandbox.record().take();
    assert_eq!(
        sent[0].header("authorization"),
        Some(format!("Bearer {OPENAI}").as_str())
    );
    assert_eq!(
        value(&world.call(&profile))["emailAddress"],
        "admin@example.com"
    );

    // What a task may read is fixed when it is published, and is the task's own: that of its caller does not count.
    let reader = "module.exports = async ({ ns }, { tools }) => tools.keystore.get(ns, 'key')";
    let caller =
        "module.exports = async (input, { tools }) => tools.tasks.execute('reader', input)";
    let publish = |name: &str, code: &str, grants: Value| {
        let task = json!({ "code": code, "keystore": grants });
        let answer = world.client().put(&format!("/tasks/{name}"), &task);
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    };
    keep(&world, "team-a/key", &json!({ "value": "a" }));
    keep(&world, "team-b/key", &json!({ "value": "b" }));
    publish("reader", reader, json!(["team-a"]));
    publish("through", caller, json!(["team-b"]));
    // Whoever says which namespaces a task may use says also if it may reach others through another task.
    let denied = world.client().run("through", json!({ "ns": "team-a" }));
    assert_eq!(
        tasker_tests::error(&denied).code.as_deref(),
        Some("call_denied")
    );
    let task = json!({ "code": caller, "keystore": ["team-b"], "calls": ["reader"] });
    world
        .client()
        .put("/tasks/through", &task)
        .expect::<Value>(200);
    for task in ["reader", "through"] {
        assert_eq!(
            result(&world.client().run(task, json!({ "ns": "team-a" }))),
            "a"
        );
        let denied = world.client().run(task, json!({ "ns": "team-b" }));
        assert_eq!(
            tasker_tests::error(&denied).code.as_deref(),
            Some("keystore_denied")
        );
    }
    let selfish = "/** @keystore google, team-a */\nmodule.exports = async ({ ns }) => tools.keystore.get(ns, 'key')";
    publish("selfish", selfish, Value::Null);
    let denied = world.client().run("selfish", json!({ "ns": "google" }));
    let denied = tasker_tests::error(&denied);
    assert_eq!(denied.code.as_deref(), Some("keystore_denied"));
    assert!(
        denied
            .message
            .contains("`tasker publish --keystore google`"),
        "{denied:?}"
    );
    assert_eq!(
        result(&world.client().run("selfish", json!({ "ns": "team-a" }))),
        "a"
    );
    publish("reader", reader, json!(["team-*"]));
    assert_eq!(
        result(&world.client().run("reader", json!({ "ns": "team-b" }))),
        "b"
    );
}
