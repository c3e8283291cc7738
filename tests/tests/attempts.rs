//! Upstreams that take long: an attempt lasts as long as its service may wait, and what may be done once only is asked for once.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tasker_domain::RunId;
use tasker_tests::{App, Client, Settings, result, until};

/// A server that keeps its answers until it is told to give them.
#[derive(Clone, Default)]
struct Upstream(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    seen: HashMap<String, usize>,
    answers: bool,
}

const MODELS: &str = "/v1/models";
const HELLO: &str = "/functions/v1/hello";
const CHAT: &str = "/v1/chat/completions";
/// Parts of a streamed answer, and the pause between two.
const PARTS: usize = 12;
const PAUSE: Duration = Duration::from_millis(400);

impl Upstream {
    fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let upstream = Self::default();
        let server = upstream.clone();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let server = server.clone();
                thread::spawn(move || server.serve(connection));
            }
        });
        (upstream, url)
    }

    fn seen(&self, path: &str) -> usize {
        self.0
            .0
            .lock()
            .unwrap()
            .seen
            .get(path)
            .copied()
            .unwrap_or(0)
    }

    /// From now on everything is answered.
    fn answer(&self) {
        self.0.0.lock().unwrap().answers = true;
        self.0.1.notify_all();
    }

    /// One request; a client that has gone needs no answer.
    fn serve(&self, mut connection: TcpStream) -> Option<()> {
        let path = request(&mut connection)?;
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        *state.seen.entry(path.clone()).or_default() += 1;
        if path == CHAT {
            let silent = !state.answers;
            drop(state);
            return self.stream(connection, silent);
        }
        drop(changed.wait_while(state, |state| !state.answers).unwrap());
        let body = r#"{"object":"list","data":[]}"#;
        write!(
            connection,
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .ok()
    }

    /// A streamed answer, which may fall silent after its first part.
    fn stream(&self, mut connection: TcpStream, silent: bool) -> Option<()> {
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
        connection.write_all(head.as_bytes()).ok()?;
        for part in 0..PARTS {
            let delta = json!({
                "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{ "index": 0, "delta": { "role": "assistant", "content": format!("{part} ") }, "finish_reason": null }],
            });
            write!(connection, "data: {delta}\n\n").ok()?;
            if silent {
                let (state, changed) = &*self.0;
                let state = state.lock().unwrap();
                drop(changed.wait_while(state, |state| !state.answers).unwrap());
            }
            thread::sleep(PAUSE);
        }
        let end = json!({
            "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }],
        });
        write!(connection, "data: {end}\n\ndata: [DONE]\n\n").ok()
    }
}

/// Reads a request; its path without the query.
fn request(connection: &mut TcpStream) -> Option<String> {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.split('?').next()?.to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok()?;
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    Some(path)
}

/// Slices and drains are short, and an attempt may last.
fn settings(url: &str) -> Settings {
    Settings::default()
        .upstream(url)
        .variable("lease_seconds", 1)
        .variable("slice_seconds", 1)
        .variable("inline_window_ms", 200)
}

fn publish(client: &Client) {
    client.publish("caller", include_str!("../tasks/caller.js"));
    client.publish(
        "quick",
        "module.exports = async (n, { tools }) => n ? await tools.tasks.execute('quick', 0) : await tools.keystore.set('quick', 'n', n);",
    );
}

/// A call that may be made again, and one that may not.
fn calls() -> Value {
    json!({ "calls": [["openai.models.list"], ["supabase.functions.invoke", "hello"]] })
}

/// Sweeps until a run has ended; what came of its calls.
fn outcomes(client: &Client, run: RunId) -> Vec<Value> {
    let ended = until("the run ends", 120, || {
        client.post("/sweep", &json!({}));
        let run = client.show(run);
        run.status.is_terminal().then_some(run)
    });
    match result(&ended) {
        Value::Array(outcomes) => outcomes,
        other => panic!("{other}"),
    }
}

#[test]
fn an_attempt_outlasts_slices_and_drains_and_holds_nothing_up() {
    let (upstream, url) = Upstream::start();
    let app = App::start(&settings(&url));
    let client = app.client();
    publish(client);
    let slow: Vec<RunId> = (0..12).map(|_| client.submit("caller", calls())).collect();
    let all_out = || upstream.seen(MODELS) == 12 && upstream.seen(HELLO) == 12;
    until("all calls are out", 60, || all_out().then_some(()));
    // They are waited for, for longer than a lease, a slice and a drain may last.
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(6) {
        client.result("quick", 1);
    }
    assert!(
        slow.iter()
            .all(|run| !client.show(*run).status.is_terminal())
    );
    upstream.answer();
    for run in slow {
        for outcome in outcomes(client, run) {
            assert!(outcome.get("value").is_some(), "{outcome}");
        }
        assert_eq!(app.database().assert_journal(run), 2);
        let attempts: Vec<u32> = client
            .journal(run)
            .iter()
            .map(|entry| entry.attempts)
            .collect();
        assert_eq!(attempts, [1, 1]);
    }
    assert!(all_out(), "each was made once");
    app.database().assert_idle();
}

/// A frame that stays awake for its call holds no place, and where too many would, it sleeps and its call is made for it.
#[test]
fn calls_that_wait_hold_up_neither_each_other_nor_other_tasks() {
    const RUNS: usize = 40;
    let (upstream, url) = Upstream::start();
    let app = App::start(
        &Settings::default()
            .upstream(&url)
            .variable("drainers", 1)
            .variable("calls_out", 60)
            // All frames that stay awake do so for as long as the upstream waits.
            .variable("inline_window_ms", 600_000)
            .variable("slice_seconds", 600),
    );
    let client = app.client();
    publish(client);
    let models = json!({ "calls": [["openai.models.list"]] });
    let slow: Vec<RunId> = (0..RUNS)
        .map(|_| client.submit("caller", models.clone()))
        .collect();
    until("all calls are out", 120, || {
        (upstream.seen(MODELS) == RUNS).then_some(())
    });
    let sleep = |run: &&RunId| {
        let stack = client.stack(**run);
        stack.iter().any(|entry| entry.snapshot.is_some())
    };
    let asleep = slow.iter().filter(sleep).count();
    assert!(asleep > 0 && asleep < RUNS, "{asleep} of {RUNS} sleep");
    client.result("quick", 1);
    assert!(
        slow.iter()
            .all(|run| !client.show(*run).status.is_terminal())
    );
    upstream.answer();
    for run in slow {
        assert!(outcomes(client, run)[0].get("value").is_some());
        assert_eq!(app.database().assert_journal(run), 1);
    }
    assert_eq!(upstream.seen(MODELS), RUNS, "each was made once");
    app.database().assert_idle();
}

#[test]
fn where_the_host_ends_requests_attempts_end_before_and_say_so() {
    let (upstream, url) = Upstream::start();
    let app = App::start(
        &settings(&url)
            .variable("request_seconds", 5)
            .variable("call_attempts", 2)
            .variable("call_retry_ms", 1),
    );
    publish(app.client());
    let run = app.client().submit("caller", calls());
    let outcomes = outcomes(app.client(), run);
    let [models, hello] = &outcomes[..] else {
        panic!("{outcomes:?}");
    };
    assert_eq!(models["error"]["code"], "upstream_timeout", "{models}");
    let message = models["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("`request_seconds`"), "{message}");
    // It may have been done: it is not made again, and its task learns that.
    assert_eq!(hello["error"]["code"], "outcome_unknown", "{hello}");
    assert_eq!((upstream.seen(MODELS), upstream.seen(HELLO)), (2, 1));
    app.database().assert_idle();
}

#[test]
fn what_was_out_when_its_process_was_lost_is_made_again_only_if_that_is_harmless() {
    // Made for a frame that sleeps, then for one that is awake.
    for (slice, window) in [(1, 200), (60, 60_000)] {
        let (upstream, url) = Upstream::start();
        let mut app = App::start(
            &settings(&url)
                .variable("slice_seconds", slice)
                .variable("inline_window_ms", window),
        );
        publish(app.client());
        app.client().publish(
            "insists",
            "module.exports = (n, { tools }) => tools.with({ retry: { on: ['unknown', 'retryable'] } }).supabase.functions.invoke('hello');",
        );
        let runs = [
            app.client().submit("caller", calls()),
            app.client().submit("insists", 1),
        ];
        until("the calls are out", 60, || {
            let out = upstream.seen(MODELS) == 1 && upstream.seen(HELLO) == 2;
            let sleeps = |run| {
                app.client()
                    .stack(run)
                    .iter()
                    .any(|entry| entry.snapshot.is_some())
            };
            (out && (slice > 1 || runs.iter().all(|run| sleeps(*run)))).then_some(())
        });
        app.kill();
        upstream.answer();
        app.restart();
        let outcomes = outcomes(app.client(), runs[0]);
        assert!(outcomes[0].get("value").is_some(), "{outcomes:?}");
        assert_eq!(
            outcomes[1]["error"]["code"], "outcome_unknown",
            "{outcomes:?}"
        );
        let insisted = until("the other ends", 60, || {
            app.client().post("/sweep", &json!({}));
            let run = app.client().show(runs[1]);
            run.status.is_terminal().then_some(run)
        });
        assert_eq!(result(&insisted)["error"], Value::Null);
        assert_eq!((upstream.seen(MODELS), upstream.seen(HELLO)), (2, 3));
        app.database().assert_idle();
    }
}

#[test]
fn a_streamed_answer_may_take_longer_than_any_silence() {
    let (upstream, url) = Upstream::start();
    let app = App::start(
        &settings(&url)
            .variable("openai_timeout_seconds", 3)
            .variable("call_attempts", 1),
    );
    publish(app.client());
    let chat = json!({ "calls": [["openai.chat.completions.create", {
        "model": "m", "messages": [{ "role": "user", "content": "count" }], "stream": true,
    }]] });
    let silent = &app.client().result("caller", chat.clone())[0];
    assert_eq!(silent["error"]["code"], "upstream_timeout", "{silent}");
    upstream.answer();
    let said = &app.client().result("caller", chat)[0];
    let words = (0..PARTS)
        .map(|part| format!("{part} "))
        .collect::<String>();
    assert_eq!(
        said["value"]["choices"][0]["message"]["content"], words,
        "{said}"
    );
    assert!(PAUSE * u32::try_from(PARTS).unwrap() > Duration::from_secs(3));
    assert_eq!(upstream.seen(CHAT), 2);
}
