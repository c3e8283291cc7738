//! Methods of `openai`.

use serde_json::{Value, json};

use super::outcome::Outcome;
use super::{assert_same, both, calls, ours, seen, text};
use crate::world::World;

const HEADERS: &[&str] = &[
    "accept",
    "authorization",
    "content-type",
    "openai-beta",
    "openai-organization",
    "openai-project",
];

#[test]
fn openai_methods_are_called_as_by_the_official_client() {
    let calls = calls("openai.json");
    for endpoint in [
        "chat.completions.create",
        "responses.create",
        "embeddings.create",
        "models.list",
        "images.generate",
        "moderations.create",
        "files.create",
        "files.content",
        "get",
        "post",
    ] {
        assert!(
            calls.iter().any(|call| call["method"] == endpoint),
            "{endpoint}"
        );
    }
    let world = World::start(|settings, _| {
        settings
            .variable("openai_organization", "org-sandbox")
            .variable("openai_project", "proj-sandbox")
    });
    let (ours, [official]) = both(["openai.mjs"], &calls, || {
        ours(&world, &calls, |one| {
            let mut call = vec![json!(format!("openai.{}", text(&one["method"])))];
            call.extend(one["args"].as_array().into_iter().flatten().cloned());
            world.call(&json!(call))
        })
    });
    assert_same(&calls, &ours, &official, as_compared);
}

fn as_compared(outcome: &Outcome) -> Value {
    let requests: Vec<Value> = outcome
        .requests
        .iter()
        .map(|request| seen::request(request, HEADERS))
        .collect();
    json!({
        "requests": requests,
        "value": outcome.value.clone().map(seen::plain),
        "error": outcome.error.as_ref().map(|error| {
            ["name", "message", "status", "code"].map(|member| &error[member])
        }),
    })
}
