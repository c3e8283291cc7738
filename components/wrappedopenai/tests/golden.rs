//! The same calls as the official client made, as `golden/record.mjs` recorded them: the requests and the values agree.

mod common;

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::{answering, call};
use serde_json::{Value, json};
use tasker_service::http::Response;
use wrappedopenai::table::ENDPOINTS;

fn answer(recorded: &Value) -> Response {
    let headers = recorded["headers"].as_object().unwrap().iter();
    let body = match recorded["base64"].as_str() {
        Some(base64) => STANDARD.decode(base64).unwrap(),
        None => recorded["body"].as_str().unwrap().as_bytes().to_vec(),
    };
    Response {
        status: recorded["status"].as_u64().unwrap().try_into().unwrap(),
        headers: headers
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
        body,
    }
}

/// The parts of a form, as the recording has them.
fn parts(content_type: &str, body: &[u8]) -> Value {
    let boundary = content_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let delimiter = format!("--{boundary}\r\n");
    // Bytes as characters: files are binary.
    let text: String = body.iter().copied().map(char::from).collect();
    let text = text.strip_suffix(&format!("--{boundary}--\r\n")).unwrap();
    let bytes = |text: &str| text.chars().map(|c| c as u8).collect::<Vec<_>>();
    let parts = text.split(&delimiter).skip(1).map(|part| {
        let (head, content) = part.split_once("\r\n\r\n").unwrap();
        let content = bytes(content.strip_suffix("\r\n").unwrap());
        let field = |name: &str| {
            let (_, rest) = head.split_once(&format!("{name}=\""))?;
            Some(rest.split_once('"').unwrap().0.to_owned())
        };
        match field("filename") {
            Some(filename) => {
                let (_, media_type) = head.split_once("Content-Type: ").unwrap();
                json!({"name": field("; name"), "filename": filename, "type": media_type, "base64": STANDARD.encode(content)})
            }
            None => json!({"name": field("; name"), "value": String::from_utf8(content).unwrap()}),
        }
    });
    parts.collect()
}

/// Numbers as JavaScript has them: `1.0` is `1`.
fn normal(value: &mut Value) {
    match value {
        Value::Number(number) => *value = json!(number.as_f64().unwrap()),
        Value::Array(items) => items.iter_mut().for_each(normal),
        Value::Object(members) => members.values_mut().for_each(normal),
        _ => {}
    }
}

#[test]
fn requests_and_values_are_those_of_the_official_client() {
    let recorded: Vec<Value> = serde_json::from_str(include_str!("golden/client.json")).unwrap();
    let mut called = BTreeSet::new();
    for (number, case) in recorded.iter().enumerate() {
        let method = case["method"].as_str().unwrap();
        let at = format!("case {number}: {method}{}", case["args"]);
        called.insert(method);
        let host = answering([answer(&case["answer"])]);
        let outcome = call(&host, method, &case["args"]);

        let sent = host.sent();
        let [request] = &sent[..] else {
            panic!("{at}: {} requests", sent.len())
        };
        let expected = &case["request"];
        assert_eq!(request.method, expected["method"], "{at}");
        assert_eq!(request.url, expected["url"], "{at}");
        let header = |name: &str| {
            request
                .headers
                .iter()
                .find(|(other, _)| other == name)
                .map(|(_, value)| value.as_str())
        };
        for (name, value) in expected["headers"].as_object().unwrap() {
            let sent = header(name).unwrap_or_default();
            if value == "multipart/form-data" {
                assert_eq!(parts(sent, &request.body), expected["form"], "{at}");
            } else {
                assert_eq!(sent, value, "{at}: {name}");
            }
        }
        assert_eq!(
            header("content-type").is_some(),
            expected["headers"].get("content-type").is_some(),
            "{at}"
        );
        assert_eq!(
            header("openai-beta").is_some(),
            expected["headers"].get("openai-beta").is_some(),
            "{at}"
        );
        assert_eq!(
            header("idempotency-key").is_some(),
            request.method != "GET",
            "{at}"
        );
        if let Some(body) = expected.get("body") {
            assert_eq!(
                serde_json::from_slice::<Value>(&request.body).unwrap(),
                *body,
                "{at}"
            );
        } else if expected.get("form").is_none() {
            assert!(request.body.is_empty(), "{at}");
        }

        if let Some(error) = case.get("error") {
            let failure = outcome.expect_err(&at).error;
            let code = failure.code.filter(|code| code != "upstream_failed");
            let thrown = json!({"name": failure.name, "message": failure.message, "status": failure.status, "code": code});
            assert_eq!(thrown, *error, "{at}");
        } else {
            let mut value: Value =
                serde_json::from_str(&outcome.unwrap_or_else(|error| panic!("{at}: {error:?}")))
                    .unwrap();
            let mut expected = case["value"].clone();
            normal(&mut value);
            normal(&mut expected);
            assert_eq!(value, expected, "{at}");
        }
    }
    for endpoint in ENDPOINTS {
        assert!(
            called.contains(endpoint.name),
            "{} is not among the recorded calls",
            endpoint.name
        );
    }
}
