//! Policies: what may be called, how often in a minute, and how many at once, by all instances together.

use serde_json::{Value, json};
use tasker_api::StackKind;
use tasker_sandbox::faults::Kind;
use tasker_tests::{result, until};

use crate::world::{World, error, value};

const A_MINUTE: usize = 12;

#[test]
fn a_policy_holds_under_parallel_load() {
    let world = World::start(|settings, _| {
        settings
            .variable(
                "gapi_policy",
                r#"{"allow": ["gmail.*", "admin.directory.*.list"], "deny": ["gmail.*.send"]}"#,
            )
            .variable(
                "openai_policy",
                format!(r#"{{"requestsPerMinute": {A_MINUTE}, "deny": ["files.*"]}}"#),
            )
            .variable("supabase_policy", r#"{"concurrency": 3}"#)
    });

    // However a method is written, and also if a policy allows more than there is.
    let outcomes = world.calls(&[
        json!(["gapi.gmail.users.getProfile", { "userId": "me" }]),
        json!(["gapi.admin.users.list", { "customer": "my_customer" }]),
        json!(["gapi.admin.directory.users.list", { "customer": "my_customer" }]),
        json!(["gapi.gmail.users.messages.send", { "userId": "me", "requestBody": { "raw": "x" } }]),
        json!(["gapi.gmail_v1.users.messages.send", { "userId": "me", "requestBody": { "raw": "x" } }]),
        json!(["gapi.admin_directory_v1.users.delete", { "userKey": "ada@example.com" }]),
        json!(["gapi.drive.files.list", {}]),
        json!(["openai.files.list"]),
    ]);
    for allowed in &outcomes[..3] {
        value(allowed);
    }
    for denied in &outcomes[3..] {
        assert_eq!(error(denied)["code"], "policy_denied");
    }
    assert_eq!(world.sandbox.record().all().len(), 3);

    // At once: the rest is tried again, and what never gets its turn says why.
    world.sandbox.reset();
    world
        .sandbox
        .faults()
        .next("/functions/v1/", 24, Kind::Slow { delay_ms: 40 });
    let hello = json!(["supabase.functions.invoke", "hello"]);
    let runs = [(); 4].map(|()| {
        world
            .client()
            .submit("caller", json!({ "calls": vec![&hello; 6] }))
    });
    let outcomes: Vec<Value> = runs
        .iter()
        .flat_map(|run| match result(&world.client().wait(*run)) {
            Value::Array(outcomes) => outcomes,
            other => panic!("{other}"),
        })
        .collect();
    let (answered, refused): (Vec<_>, Vec<_>) = outcomes
        .iter()
        .partition(|outcome| outcome.get("value").is_some());
    for refused in refused {
        assert_eq!(error(refused)["code"], "concurrency_limited");
    }
    assert_eq!(answered.len(), world.sandbox.record().all().len());
    assert!(answered.len() >= 6);
    assert!((2..=3).contains(&world.sandbox.record().most_at_once()));

    // In a minute: the rest waits for the next one in the queue.
    world.sandbox.reset();
    let models = json!(["openai.models.list"]);
    let runs = [(); 4].map(|()| {
        world
            .client()
            .submit("caller", json!({ "calls": vec![&models; 10] }))
    });
    let waiting = 40 - A_MINUTE;
    until("the rest waits", 30, || {
        let calls: Vec<_> = runs
            .iter()
            .flat_map(|run| world.client().stack(*run))
            .filter(|entry| entry.kind == StackKind::Call && entry.attempt > 0)
            .collect();
        (calls.len() == waiting).then_some(())
    });
    assert_eq!(world.seen("/v1/models"), A_MINUTE);
    for run in runs {
        // 409: all calls of this one were among the first.
        let answer = world
            .client()
            .post(&format!("/runs/{run}/cancel"), &json!({}));
        assert!(matches!(answer.status, 202 | 409), "{}", answer.text());
    }
}
