//! Every chain of the shared list, as a task makes it: the requests and the answers must be those of the
//! official client, which `golden.json` holds.

mod common;

use common::{project, run};
use serde_json::{Map, Value, json};
use tasker_service::http::{Request, Response};

#[test]
fn chains_are_those_of_the_official_client() {
    let golden: Vec<Value> =
        serde_json::from_str(include_str!("golden.json")).expect("golden chains");
    assert!(golden.len() >= 150);
    let mut wrong = Vec::new();
    for chain in &golden {
        let js = chain["js"].as_str().expect("a chain");
        let fake = project(response(&chain["answer"]));
        let outcome = run(js, &fake);
        let requests: Vec<Value> = fake.sent().iter().map(seen).collect();
        if json!(requests) != expected(&chain["requests"]) {
            wrong.push(format!(
                "{js}\n  {}\n  {}",
                json!(requests),
                expected(&chain["requests"])
            ));
        }
        let (got, want) = match &outcome {
            Ok(value) => (value.clone(), chain.get("value").cloned()),
            Err(error) => (
                error["message"].clone(),
                chain.get("thrown").map(|thrown| thrown["message"].clone()),
            ),
        };
        if Some(&got) != want.as_ref() {
            wrong.push(format!("{js}\n  {outcome:?}\n  {want:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn response(answer: &Value) -> Response {
    let headers = answer["headers"].as_object().expect("headers");
    Response {
        status: answer["status"].as_u64().expect("a status") as u16,
        headers: headers
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        body: answer["body"].as_str().unwrap_or_default().into(),
    }
}

/// A request as the golden file has it.
fn seen(request: &Request) -> Value {
    let url = request
        .url
        .strip_prefix("http://project.example.com")
        .expect("the project");
    let mut headers = Map::new();
    for (name, value) in &request.headers {
        if name != "x-client-info" {
            headers.insert(name.clone(), value.clone().into());
        }
    }
    same_form(json!({
        "method": request.method,
        "url": url,
        "headers": headers,
        "body": String::from_utf8_lossy(&request.body),
    }))
}

fn expected(requests: &Value) -> Value {
    let requests = requests.as_array().expect("requests").iter().cloned();
    Value::Array(requests.map(same_form).collect())
}

/// Headers in the order of their names, without those that the official client's HTTP layer adds.
fn same_form(mut request: Value) -> Value {
    let mut headers: Vec<(String, Value)> = request["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| !(*name == "accept" && *value == "*/*"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    headers.sort_by(|a, b| a.0.cmp(&b.0));
    request["headers"] = Value::Object(headers.into_iter().collect());
    request
}
