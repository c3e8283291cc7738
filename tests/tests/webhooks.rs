//! Completion webhooks: signed, told again until they are taken, and only to allowed hosts.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::{Value, json};
use tasker_api::Submitted;
use tasker_settings::WEBHOOK_SECRET;
use tasker_tests::{App, Settings, until};
use webhooks::Secret;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A request that a receiver got.
struct Told {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// A receiver that fails the first time. Answers its address and what it gets.
fn receiver() -> (String, Receiver<Told>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, told) = channel();
    thread::spawn(move || {
        let mut answers = ["500 Internal Server Error"].into_iter();
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let mut headers = BTreeMap::new();
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                if let Some((name, value)) = line.trim().split_once(": ") {
                    headers.insert(name.to_ascii_lowercase(), value.to_owned());
                }
                line.clear();
            }
            let length = headers
                .get("content-length")
                .map_or(0, |text| text.parse().unwrap());
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let status = answers.next().unwrap_or("204 No Content");
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            if sender.send(Told { headers, body }).is_err() {
                return;
            }
        }
    });
    (address, told)
}

#[test]
fn the_end_of_a_run_is_told_until_it_is_taken() {
    let (address, told) = receiver();
    let app = App::start(
        &Settings::default()
            .variable("webhook_hosts", &address)
            .variable("webhook_secret", SECRET),
    );
    let client = app.client();
    client.publish("double", include_str!("../tasks/double.js"));
    let submit = |url: &str| {
        let body = json!({ "taskName": "double", "input": { "n": 4 }, "webhook": { "url": url } });
        client.post("/tasks", &body)
    };
    for forbidden in [
        "https://elsewhere.example.com/",
        "http://127.0.0.1:1/",
        "file:///etc",
        "",
    ] {
        let refused: Value = submit(forbidden).expect(422);
        assert_eq!(refused["code"], "webhook_invalid", "{forbidden}");
    }
    let run: Submitted = submit(&format!("http://{address}/ended?key=hidden")).expect(202);
    client.wait(run.task_run_id);
    let view = || -> Value {
        let run: Value = client
            .get(&format!("/runs/{}", run.task_run_id))
            .expect(200);
        run["webhook"].clone()
    };
    let delivered = until("the webhook is told", 60, || {
        client.post("/sweep", &json!({}));
        let webhook = view();
        (webhook["state"] == "delivered").then_some(webhook)
    });
    assert_eq!(delivered["attempts"], 2);
    assert_eq!(
        delivered["url"],
        format!("http://{address}/ended"),
        "without its query"
    );
    assert!(delivered["deliveredAt"].is_string() && delivered["error"].is_null());

    let attempts: Vec<Told> = told.try_iter().collect();
    assert_eq!(attempts.len(), 2);
    let key = WEBHOOK_SECRET.parse(SECRET).unwrap().unwrap();
    let secret = Secret::new(key);
    for Told { headers, body } in &attempts {
        let id = &headers["webhook-id"];
        assert_eq!(*id, format!("msg_{}", run.task_run_id.0.simple()));
        let timestamp: i64 = headers["webhook-timestamp"].parse().unwrap();
        let signature = secret.sign(id, timestamp, body);
        assert_eq!(headers["webhook-signature"], signature);
        let message: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(message["type"], "run.completed");
        assert_eq!(message["data"]["taskRunId"], json!(run.task_run_id));
        assert_eq!(message["data"]["result"], 8);
        assert!(headers["traceparent"].contains(&run.task_run_id.0.simple().to_string()));
    }
    // The secret is nowhere to be seen.
    let key = SECRET.trim_start_matches("whsec_");
    let shown = client.get("/doctor").text() + &app.log("webhooks") + &app.log("tasks");
    assert!(
        !shown.contains(key) && shown.contains("webhooks"),
        "{shown}"
    );
    let log = app.log("webhooks");
    assert!(log.contains("the receiver answered 500"), "{log}");
    assert!(!log.contains("hidden"), "a URL may have secrets: {log}");
}
