//! Requests of the tasks' own.

use serde_json::{Value, json};
use tasker_sandbox::Sandbox;
use tasker_sandbox::faults::Kind;
use tasker_tests::{App, Settings, result};

use crate::world::{World, error, sandbox, value};

const ECHO: &str = "/web/echo";

fn authority(sandbox: &Sandbox) -> &str {
    sandbox.url().trim_start_matches("http://")
}

/// An app whose tasks may ask the sandbox.
fn world() -> World {
    World::start(|settings, sandbox| settings.variable("fetch_hosts", authority(sandbox)))
}

impl World {
    fn fetch(&self, init: Value) -> Value {
        self.call(&json!(["fetch.request", init]))
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.url())
    }
}

fn status(status: u16) -> Kind {
    Kind::Status {
        status,
        retry_after: Some("0".to_owned()),
        body: None,
    }
}

/// What the sandbox was asked, as it echoes it.
fn echoed(answer: &Value) -> Value {
    let text = answer["body"]["text"].as_str().expect("a text");
    serde_json::from_str(text).expect("JSON")
}

/// The values of a header in such a list.
fn header<'a>(headers: &'a Value, name: &str) -> Vec<&'a str> {
    let headers = headers.as_array().expect("a list of headers");
    let named = headers.iter().filter(|header| header[0] == name);
    named.filter_map(|header| header[1].as_str()).collect()
}

#[test]
fn a_request_is_made_and_its_answer_gathered() {
    let world = world();
    let answer = world.fetch(json!({
        "url": world.at("/web/echo?a=1&b=%C3%BC#top"), "method": "post",
        "headers": [["X-One", "1"], ["x-one", "2"], ["Content-Type", "text/plain;charset=UTF-8"], ["connection", "close"],
            ["Host", "elsewhere.example.com"], ["Content-Length", "1"], ["Transfer-Encoding", "chunked"], ["Accept-Encoding", "gzip"]],
        "body": { "text": "grün" },
    }));
    let answer = value(&answer);
    let asked = echoed(answer);
    assert_eq!(
        (&asked["method"], &asked["query"], &asked["body"]),
        (
            &json!("POST"),
            &json!([["a", "1"], ["b", "ü"]]),
            &json!({ "text": "grün" })
        )
    );
    for (name, expected) in [
        ("x-one", "1, 2"),
        ("content-type", "text/plain;charset=UTF-8"),
        ("content-length", "5"),
        ("accept-encoding", "identity"),
        ("accept", "*/*"),
        ("host", authority(&world.sandbox)),
    ] {
        assert_eq!(header(&asked["headers"], name), [expected], "{name}");
    }
    assert!(header(&asked["headers"], "transfer-encoding").is_empty());
    assert_eq!(
        (
            &answer["url"],
            &answer["status"],
            &answer["statusText"],
            &answer["redirected"]
        ),
        (
            &json!(world.at("/web/echo?a=1&b=%C3%BC")),
            &json!(200),
            &json!("OK"),
            &json!(false)
        )
    );

    let outcomes = world.calls(&[
        json!(["fetch.request", { "url": world.at("/web/cookies") }]),
        json!(["fetch.request", { "url": world.at("/web/bytes") }]),
        json!(["fetch.request", { "url": world.at("/web/nothing") }]),
        json!(["fetch.request", { "url": world.at("/web/cookies"), "method": "HEAD" }]),
        json!(["fetch.request", { "url": world.at(ECHO), "method": "PUT", "body": { "base64": "AAEC/w==" } }]),
        json!(["fetch.request", { "url": world.at(ECHO), "method": "PROPFIND" }]),
        json!(["fetch.request", { "url": world.at("/web/status/404") }]),
        json!(["fetch.request", { "url": world.at("/web/status/418"), "method": "DELETE" }]),
    ]);
    let answers: Vec<_> = outcomes.iter().map(value).collect();
    assert_eq!(
        header(&answers[0]["headers"], "set-cookie"),
        ["one=1; Path=/; HttpOnly", "two=2"]
    );
    assert_eq!(answers[1]["body"], json!({ "base64": "AAEC/w==" }));
    assert_eq!(
        (&answers[2]["status"], &answers[2]["body"]),
        (&json!(204), &json!(null))
    );
    assert_eq!(
        (&answers[3]["status"], &answers[3]["body"]),
        (&json!(200), &json!(null))
    );
    assert_eq!(echoed(answers[4])["body"], json!({ "base64": "AAEC/w==" }));
    assert_eq!(echoed(answers[5])["method"], "PROPFIND");
    assert_eq!(
        (&answers[6]["status"], &answers[6]["statusText"]),
        (&json!(404), &json!("Not Found"))
    );
    assert_eq!(
        (&answers[7]["status"], &answers[7]["body"]),
        (&json!(418), &json!({ "text": r#"{"status":418}"# }))
    );
    assert_eq!(world.seen("/web/status/404"), 1);
}

#[test]
fn what_passes_is_tried_again_if_that_does_no_harm_and_is_an_answer_at_last() {
    let world = world();
    let url = world.at(ECHO);
    // How often the sandbox is asked, and what comes of it, after so many failures.
    let after = |count: u32, kind: &Kind, init: Value| {
        world.sandbox.reset();
        world.sandbox.faults().next(ECHO, count, kind.clone());
        (world.fetch(init), world.seen(ECHO))
    };
    let keyed =
        json!({ "url": url, "method": "POST", "headers": [["Idempotency-Key", "order-17"]] });
    for passing in [429, 502, 503, 504] {
        for init in [
            json!({ "url": url }),
            json!({ "url": url, "method": "DELETE" }),
            keyed.clone(),
        ] {
            let (outcome, seen) = after(1, &status(passing), init.clone());
            assert_eq!(
                (&value(&outcome)["status"], seen),
                (&json!(200), 2),
                "{passing} {init}"
            );
        }
        let (outcome, seen) = after(1, &status(passing), json!({ "url": url, "method": "POST" }));
        assert_eq!(
            (&value(&outcome)["status"], seen),
            (&json!(passing), 1),
            "{passing}"
        );
    }
    let (outcome, seen) = after(9, &status(503), json!({ "url": url }));
    let last = value(&outcome);
    assert_eq!(
        (&last["status"], &last["statusText"], seen),
        (&json!(503), &json!("Service Unavailable"), 5)
    );
    assert_eq!(header(&last["headers"], "retry-after"), ["0"]);
    assert!(
        last["body"]["text"]
            .as_str()
            .is_some_and(|text| text.contains("SANDBOX_FAULT"))
    );

    // The connection breaks.
    for kind in [Kind::Cut, Kind::CutBody] {
        let (outcome, seen) = after(1, &kind, json!({ "url": url }));
        assert_eq!(
            (&value(&outcome)["status"], seen),
            (&json!(200), 2),
            "{kind:?}"
        );
        let (outcome, seen) = after(1, &kind, json!({ "url": url, "method": "POST" }));
        assert_eq!(
            (&error(&outcome)["code"], seen),
            (&json!("outcome_unknown"), 1),
            "{kind:?}"
        );
    }
    let (outcome, seen) = after(5, &Kind::Cut, json!({ "url": url }));
    assert_eq!(
        (&error(&outcome)["code"], seen),
        (&json!("upstream_unreachable"), 5)
    );

    // Its author may want it anyway.
    world.client().publish(
        "insists",
        "module.exports = async ({ url, on }, { tools }) =>
           (await tools.with({ retry: { on } }).fetch.request({ url, method: 'POST' })).status;",
    );
    for (on, kind) in [
        (json!(["retryable", "unknown"]), status(503)),
        (json!(["retryable", "unknown"]), Kind::Cut),
        (json!([500]), status(500)),
    ] {
        world.sandbox.reset();
        world.sandbox.faults().next(ECHO, 1, kind.clone());
        let run = world
            .client()
            .run("insists", json!({ "url": url, "on": on }));
        assert_eq!(
            (result(&run), world.seen(ECHO)),
            (json!(200), 2),
            "{on} {kind:?}"
        );
    }
}

#[test]
fn redirects_are_followed_and_credentials_stay_behind() {
    let other = sandbox();
    let world = World::start(|settings, sandbox| {
        let hosts = format!("{}, {}", authority(sandbox), authority(&other));
        settings.variable("fetch_hosts", hosts)
    });
    let there = |url: &str, status: u16| {
        let to = percent_encoding::utf8_percent_encode(url, percent_encoding::NON_ALPHANUMERIC);
        world.at(&format!("/web/redirect?status={status}&to={to}"))
    };
    let headers = json!([
        ["authorization", "Bearer a"],
        ["cookie", "b=1"],
        ["x-other", "c"],
        ["content-type", "text/plain"]
    ]);
    let post = |url: String| json!(["fetch.request", { "url": url, "method": "POST", "headers": headers, "body": { "text": "body" } }]);
    let (own, elsewhere) = (world.at(ECHO), format!("{}{ECHO}", other.url()));
    let outcomes = world.calls(&[
        post(there(&own, 307)),
        post(there(&elsewhere, 307)),
        post(there(&own, 303)),
        json!(["fetch.request", { "url": there(&own, 302), "redirect": "manual" }]),
        json!(["fetch.request", { "url": there(&own, 302), "redirect": "error" }]),
        json!(["fetch.request", { "url": there("file:///etc/passwd", 302) }]),
        json!(["fetch.request", { "url": world.at("/pages/hops/19") }]),
        json!(["fetch.request", { "url": world.at("/pages/loop") }]),
    ]);
    for (at, method, body, credentials, url) in [
        (0, "POST", "body", 1, &own),
        (1, "POST", "body", 0, &elsewhere),
        (2, "GET", "", 1, &own),
    ] {
        let answer = value(&outcomes[at]);
        let asked = echoed(answer);
        assert_eq!(
            (&answer["url"], &answer["redirected"]),
            (&json!(url), &json!(true)),
            "{at}"
        );
        assert_eq!(
            (&asked["method"], &asked["body"]["text"]),
            (&json!(method), &json!(body)),
            "{at}"
        );
        for name in ["authorization", "cookie"] {
            assert_eq!(
                header(&asked["headers"], name).len(),
                credentials,
                "{at} {name}"
            );
        }
        assert_eq!(header(&asked["headers"], "x-other"), ["c"]);
        assert_eq!(
            header(&asked["headers"], "content-type").is_empty(),
            body.is_empty()
        );
    }
    let manual = value(&outcomes[3]);
    assert_eq!(
        (&manual["status"], &manual["redirected"]),
        (&json!(302), &json!(false))
    );
    assert_eq!(header(&manual["headers"], "location"), [own.as_str()]);
    for refused in [4, 5, 7] {
        assert_eq!(
            error(&outcomes[refused])["code"],
            "upstream_invalid",
            "{refused}"
        );
    }
    assert_eq!(value(&outcomes[6])["url"], world.at("/pages/article"));
}

#[test]
fn no_request_leads_where_the_operator_does_not_want_it() {
    // Another server of this machine stands for what must not be reached.
    let inside = sandbox();
    let port = inside.url().rsplit(':').next().expect("a port").to_owned();
    let world = World::start(|settings, sandbox| {
        settings.variable("fetch_hosts", format!("*, *:*, {}", authority(sandbox)))
    });
    assert_eq!(
        value(&world.fetch(json!({ "url": world.at(ECHO) })))["status"],
        200
    );
    let mut urls: Vec<String> = [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "%31%32%37.0.0.1",
        "x@127.0.0.1",
    ]
    .into_iter()
    .map(|host| format!("http://{host}:{port}{ECHO}"))
    .collect();
    urls.extend(
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1/",
            "http://metadata.google.internal/",
            "http://wrappedkeystore.spin.internal/call",
            "http://self.alt/sweep",
            "file:///etc/passwd",
            "https://user:password@example.com/",
        ]
        .map(str::to_owned),
    );
    let redirected: Vec<String> = urls
        .iter()
        .map(|url| percent_encoding::utf8_percent_encode(url, percent_encoding::NON_ALPHANUMERIC))
        .map(|url| world.at(&format!("/web/redirect?status=307&to={url}")))
        .collect();
    for url in urls.iter().chain(&redirected) {
        let outcome = world.fetch(json!({ "url": url }));
        let code = error(&outcome)["code"].as_str().unwrap_or_default();
        assert!(
            ["host_forbidden", "invalid_arguments", "upstream_invalid"].contains(&code),
            "{url}: {outcome}"
        );
    }
    assert_eq!(inside.record().all(), []);
}

#[test]
fn nothing_can_be_asked_unless_its_host_is_allowed_and_the_way_to_that_is_told() {
    let said = "--variable fetch_hosts=";
    // What it says at its start, `tasker up` alone says.
    let world = World::start(|settings, _| settings.faults());
    let outcome = world.fetch(json!({ "url": world.at(ECHO) }));
    let refused = error(&outcome);
    assert_eq!(refused["code"], "host_forbidden");
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(
        message.contains(&format!("fetch_hosts={}`", authority(&world.sandbox))),
        "{message}"
    );
    assert_eq!(world.sandbox.record().all(), []);
    tasker_tests::until("it is said how to allow hosts", 60, || {
        world.app.output().contains(said).then_some(())
    });
    let wrong =
        App::refused(&Settings::default().variable("fetch_hosts", "https://a.example/path"));
    assert!(wrong.contains("`fetch_hosts`"), "{wrong}");
}

#[test]
fn a_secret_is_filled_in_for_its_hosts_and_shown_to_nobody() {
    const SECRET: &str = "one-that-nobody-may-see-c41d";
    let other = sandbox();
    let world = World::start(|settings, sandbox| {
        let hosts = format!("{} {}", authority(sandbox), authority(&other));
        settings.variable("fetch_hosts", hosts)
    });
    let key = json!({ "value": SECRET, "secret": true, "hosts": [world.sandbox.url()] });
    assert_eq!(world.client().put("/keys/vendor/key", &key).status, 204);
    let secret = json!({ "$secret": "vendor/key" });
    let there =
        percent_encoding::utf8_percent_encode(other.url(), percent_encoding::NON_ALPHANUMERIC);
    let call = |init: Value| json!(["fetch.request", init]);
    let calls = [
        call(
            json!({ "url": world.at(ECHO), "method": "POST", "body": { "json": { "password": secret } },
            "headers": [["authorization", ["Bearer ", secret]], ["x-key", secret]] }),
        ),
        call(json!({ "url": format!("{}{ECHO}", other.url()), "headers": [["x-key", secret]] })),
        call(
            json!({ "url": world.at(&format!("/web/redirect?status=307&to={there}")), "headers": [["x-key", secret]] }),
        ),
        call(json!({ "url": secret })),
    ];
    let run = world.client().run("caller", json!({ "calls": calls }));
    let Value::Array(outcomes) = result(&run) else {
        panic!("{run:?}")
    };
    let asked = echoed(value(&outcomes[0]));
    assert_eq!(asked["body"]["text"], r#"{"password":"[hidden]"}"#);
    assert_eq!(
        header(&asked["headers"], "authorization"),
        ["Bearer [hidden]"]
    );
    let sent = world.sandbox.record().take();
    // The calls are made side by side, so any of them may have come first.
    let echo = sent.iter().find(|request| request.path == ECHO).unwrap();
    assert_eq!(
        echo.header("authorization"),
        Some(format!("Bearer {SECRET}").as_str())
    );
    assert_eq!(echo.body, format!(r#"{{"password":"{SECRET}"}}"#));
    for denied in [1, 2] {
        assert_eq!(
            error(&outcomes[denied])["code"],
            "secret_denied",
            "{outcomes:?}"
        );
    }
    assert_eq!(error(&outcomes[3])["code"], "invalid_arguments");
    assert_eq!(other.record().all(), []);
    let client = world.client();
    for seen in [
        json!(outcomes).to_string(),
        json!(client.journal(run.task_run_id)).to_string(),
        json!(client.logs(run.task_run_id)).to_string(),
        world.app.output(),
    ] {
        assert!(!seen.contains(SECRET), "{seen}");
    }
}

#[test]
fn bodies_are_bounded() {
    let world = world();
    let large = |bytes: usize| {
        world.fetch(json!({ "url": world.at(&format!("/web/large?bytes={bytes}")) }))
    };
    assert_eq!(error(&large((16 << 20) + 1))["code"], "upstream_too_large");
    assert_eq!(world.seen("/web/large"), 1);
    // Large, and within the memory of the task that tells of it.
    let outcome = large(1 << 20);
    let body = &value(&outcome)["body"];
    let text = body["text"].as_str().or(body["base64"].as_str());
    assert!(text.is_some_and(|text| text.len() >= 1 << 20));
}
