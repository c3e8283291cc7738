//! Upstreams that fail: each failure is a typed error, and one that may pass is tried again.

use std::time::Instant;

use serde_json::{Value, json};
use tasker_sandbox::faults::Kind;

use crate::world::{World, error, value};

/// Reads, which may be made twice, and last a request that may not.
const READS: usize = 2;

/// A call of each service, and the path of its request.
fn calls() -> [(&'static str, Value); 3] {
    [
        ("/v1/models", json!(["openai.models.list"])),
        (
            "/gmail/v1/users/me/profile",
            json!(["gapi.gmail.users.getProfile", { "userId": "me" }]),
        ),
        (
            "/functions/v1/hello",
            json!(["supabase.functions.invoke", "hello"]),
        ),
    ]
}

fn world() -> World {
    World::start(|settings, _| {
        settings
            .variable("openai_timeout_seconds", 1)
            .variable("gapi_timeout_seconds", 1)
            .variable("supabase_timeout_seconds", 1)
    })
}

/// Every request of a service's path fails in the same way so often; what came of each call.
#[track_caller]
fn with(world: &World, count: u32, kind: &Kind) -> Vec<Value> {
    world.sandbox.reset();
    for (path, _) in calls() {
        world.sandbox.faults().next(path, count, kind.clone());
    }
    world.calls(&calls().map(|(_, call)| call))
}

fn status(status: u16, retry_after: Option<&str>) -> Kind {
    Kind::Status {
        status,
        retry_after: retry_after.map(str::to_owned),
        body: None,
    }
}

#[test]
fn what_may_pass_is_tried_again() {
    let world = world();
    for kind in [status(429, None), status(503, Some("0"))] {
        for (outcome, (path, _)) in with(&world, 1, &kind).iter().zip(calls()) {
            value(outcome);
            assert_eq!(world.seen(path), 2, "{kind:?} {path}");
        }
    }
    // Nobody knows whether the upstream has done it: only what may be done twice is tried again.
    for (kind, code) in [
        (status(500, None), "upstream_failed"),
        (status(504, None), "upstream_failed"),
        (Kind::Cut, "outcome_unknown"),
        (Kind::CutBody, "outcome_unknown"),
        (Kind::Slow { delay_ms: 1_500 }, "outcome_unknown"),
    ] {
        let outcomes = with(&world, 1, &kind);
        for (outcome, (path, _)) in outcomes.iter().zip(calls()).take(READS) {
            value(outcome);
            assert_eq!(world.seen(path), 2, "{kind:?} {path}");
        }
        let (path, once) = (calls()[READS].0, error(&outcomes[READS]));
        assert_eq!(
            (&once["code"], world.seen(path)),
            (&json!(code), 1),
            "{kind:?}"
        );
    }
    // Not before the upstream says.
    let begin = Instant::now();
    for outcome in with(&world, 1, &status(429, Some("2"))) {
        value(&outcome);
    }
    assert!(
        begin.elapsed().as_millis() >= 2_000,
        "{:?}",
        begin.elapsed()
    );

    // All attempts of a call that changes something carry the same key.
    world.sandbox.reset();
    world
        .sandbox
        .faults()
        .next("/v1/moderations", 2, status(500, None));
    value(&world.call(&json!(["openai.moderations.create", { "input": "x" }])));
    let keys: Vec<_> = world
        .sandbox
        .record()
        .all()
        .iter()
        .map(|request| request.header("idempotency-key").map(str::to_owned))
        .collect();
    assert!(keys.len() == 3 && keys[0].is_some() && keys.iter().all(|key| *key == keys[0]));
}

#[test]
fn what_does_not_pass_is_a_typed_error() {
    let world = world();
    // Tried five times, then the last answer is thrown.
    for (outcome, (path, _)) in with(&world, 5, &status(500, None))
        .iter()
        .zip(calls())
        .take(READS)
    {
        let error = error(outcome);
        assert_eq!(error["status"], 500, "{path} {error}");
        assert_eq!(error["body"]["error"]["status"], "SANDBOX_FAULT", "{error}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| message.contains("told to fail"))
        );
        assert_eq!(world.seen(path), 5);
    }
    for outcome in &with(&world, 5, &Kind::Slow { delay_ms: 1_500 })[..READS] {
        assert_eq!(error(outcome)["code"], "upstream_timeout");
    }
    for outcome in &with(&world, 5, &Kind::Cut)[..READS] {
        assert_eq!(error(outcome)["code"], "upstream_unreachable");
    }
    // Not tried again: another attempt would give the same.
    for code in [400, 403, 404] {
        for (outcome, (path, _)) in with(&world, 1, &status(code, None))
            .iter()
            .zip(calls())
            .take(2)
        {
            let error = error(outcome);
            assert_eq!(error["status"], code, "{error}");
            assert!(
                error["code"].is_string() && error["body"]["error"].is_object(),
                "{error}"
            );
            assert_eq!(world.seen(path), 1, "{code} {path}");
        }
    }
    let bad = with(&world, 5, &Kind::BadJson);
    assert_eq!(error(&bad[0])["code"], "upstream_invalid");
    assert_eq!(error(&bad[1])["code"], "upstream_invalid");

    // The upstream's own code, and Google's own reason.
    world.sandbox.reset();
    let outcomes = world.calls(&[
        json!(["openai.models.retrieve", "does-not-exist"]),
        json!(["gapi.admin.users.get", { "userKey": "nobody@example.com" }]),
    ]);
    assert_eq!(error(&outcomes[0])["code"], "model_not_found");
    assert_eq!(error(&outcomes[1])["code"], "notFound");
}

#[test]
fn an_answer_that_is_too_large_is_not_asked_for_again() {
    // A busy machine takes its time over such answers.
    let world = World::start(|settings, _| settings);
    for (outcome, (path, _)) in with(&world, 1, &Kind::Huge { bytes: 40 << 20 })
        .iter()
        .zip(calls())
    {
        assert_eq!(error(outcome)["code"], "upstream_too_large", "{path}");
        assert_eq!(world.seen(path), 1);
    }
}

#[test]
fn an_unknown_name_is_refused_with_the_nearest() {
    let world = world();
    for (call, nearest) in [
        (
            json!(["openai.chat.completion.create", {}]),
            "chat.completions.create",
        ),
        (json!(["openai.embedding.create", {}]), "embeddings.create"),
        (
            json!(["gapi.gmail.users.message.list", { "userId": "me" }]),
            "messages",
        ),
        (
            json!(["gapi.gmial.users.messages.list", { "userId": "me" }]),
            "gmail",
        ),
        (
            json!(["gapi.gmail.users.messages.list", { "userId": "me", "maxResult": 1 }]),
            "maxResults",
        ),
        (json!(["supabase.storage.listBucket"]), "listBuckets"),
        (json!(["supabase.auth.admin.createUsers", {}]), "createUser"),
        (json!(["websearch.serch", "x"]), "search"),
        (json!(["keystore.gett", "a", "b"]), "get"),
    ] {
        let outcome = world.call(&call);
        let error = error(&outcome);
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| message.contains(nearest)),
            "{call}: {error}"
        );
        let code = error["code"].as_str().unwrap_or_default();
        assert!(
            ["unknown_method", "invalid_arguments"].contains(&code),
            "{call}: {error}"
        );
    }
    // An API that is not packed is looked for in Google's directory; nothing else is asked.
    let asked: Vec<String> = world
        .sandbox
        .record()
        .take()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert_eq!(asked, ["/discovery/v1/apis"]);
}
