//! Methods of Google's APIs, as its clients for Node and for Python call them.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tasker_sandbox::record::Recorded;

use super::outcome::Outcome;
use super::{assert_same, both, calls, ours, seen, text};
use crate::world::World;

#[test]
fn google_methods_are_called_as_by_its_own_clients() {
    let calls = calls("google.json");
    let methods: BTreeSet<&str> = calls
        .iter()
        .filter_map(|one| one["call"].as_str())
        .collect();
    let apis: BTreeSet<&str> = methods
        .iter()
        .filter_map(|name| name.split('.').next())
        .collect();
    assert!(methods.len() >= 60 && apis.len() >= 6, "{methods:?}");

    let world = World::start(|settings, _| settings);
    let (ours, [node, python]) = both(["google.mjs", "google_client.py"], &calls, || {
        ours(&world, &calls, |one| {
            let name = format!("gapi.{}", text(&one["call"]));
            let params = one.get("params").cloned().unwrap_or(json!({}));
            world.call(&json!([name, params]))
        })
    });
    assert_same(&calls, &ours, &node, as_node);
    assert_same(&calls, &ours, &python, as_python);
}

/// All of it but the order of the query's parameters.
fn as_node(outcome: &Outcome) -> Value {
    compared(outcome, |request| seen::request(request, &["content-type"]))
}

/// What both clients agree in: Python's asks for JSON by a parameter, which is Google's default, escapes other
/// characters of a path, and gives all files as bytes.
fn as_python(outcome: &Outcome) -> Value {
    let mut outcome = outcome.clone();
    for request in &mut outcome.requests {
        request
            .query
            .retain(|(name, value)| (name.as_str(), value.as_str()) != ("alt", "json"));
    }
    outcome.value = outcome.value.map(|value| match value {
        Value::String(text) if !text.is_empty() => {
            json!({ "base64": BASE64_STANDARD.encode(text) })
        }
        Value::Object(mut file) if file.contains_key("base64") => {
            file.remove("contentType");
            Value::Object(file)
        }
        other => other,
    });
    compared(&outcome, |request| {
        let mut seen = seen::request(request, &["content-type"]);
        seen["path"] = json!(percent_decode_str(&request.path).decode_utf8_lossy());
        seen
    })
}

fn compared(outcome: &Outcome, seen: impl Fn(&Recorded) -> Value) -> Value {
    let requests: Vec<Value> = outcome
        .requests
        .iter()
        .map(|request| {
            let mut seen = seen(request);
            let mut query = request.query.clone();
            query.sort();
            seen["query"] = json!(query);
            seen["authorized"] = json!(
                request
                    .header("authorization")
                    .is_some_and(|value| value.starts_with("Bearer "))
            );
            seen
        })
        .collect();
    json!({
        "requests": requests,
        "value": outcome.value.clone().map(seen::plain),
        "status": outcome.error.as_ref().map(|error| &error["status"]),
        "message": outcome.error.as_ref().map(|error| &error["message"]),
    })
}
