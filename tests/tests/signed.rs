//! A host without service chaining that counts the requests of each request: the app does all that it does elsewhere,
//! and nobody else gets at its components.

use std::fs;

use serde_json::{Value, json};
use tasker_api::SweepReport;
use tasker_domain::internal::{HEADER, Signer};
use tasker_domain::wire::{ExecuteReply, ExecuteRequest};
use tasker_domain::{Lease, LeaseToken};
use tasker_postgres_server::{Durability, Server};
use tasker_tests::soak::now_ms;
use tasker_tests::{Answer, App, Client, INTERNAL_KEY, Settings, error, paths, result, until};

/// How many requests one request of the app may make: fewer than some of the tasks here make calls.
const REQUESTS: u32 = 12;

fn app() -> App {
    let settings = Settings::default()
        .limited_host(REQUESTS)
        .variable("lease_seconds", 2)
        .variable("slice_seconds", 1);
    let app = App::start(&settings);
    for (name, code) in [
        ("mixed", include_str!("../tasks/mixed.js")),
        ("double", include_str!("../tasks/double.js")),
        ("gate", include_str!("../tasks/gate.js")),
        ("sleeper", include_str!("../tasks/sleeper.js")),
    ] {
        app.client().publish(name, code);
    }
    app
}

/// The input of a mixed run, with more calls at once than a request may make; what it gives, and how many entries its
/// journal has.
fn mixed() -> (Value, i64, usize) {
    let input = json!({ "ns": "mixed", "steps": 1, "width": 14, "depth": 1 });
    let below = 1 + 105 + 1;
    let entries_below = 3 + 28 + 1;
    let entries = (3 + 28 + 3 + 2 * entries_below) + 1;
    (input, below + 2 * below, entries)
}

#[test]
fn everything_works_without_chaining_and_with_few_requests() {
    let mut app = app();
    // Nested tasks, timers, calls.
    let (input, sum, entries) = mixed();
    let run = app.client().run("mixed", input);
    assert_eq!(result(&run), sum);
    assert_eq!(app.database().assert_journal(run.task_run_id), entries);

    // Sleep, loss of the process, sweep and wake.
    let sleeper = app.client().submit("sleeper", json!({ "ns": "s" }));
    until("it sleeps", 30, || {
        let root = app.client().stack(sleeper).into_iter().next()?;
        (root.snapshot.is_some() && !root.pending_calls.is_empty()).then_some(())
    });
    app.kill();
    let lost =
        "UPDATE stack_runs SET status = 'processing', lease_owner = 'lost', lease_expires_at = 0
        WHERE kind = 'frame' AND path <> '0'";
    assert_eq!(app.database().change(lost, []), 1);
    app.restart();
    let report: SweepReport = app.client().post("/sweep", &json!({})).expect(200);
    assert!(report.reclaimed >= 1, "{report:?}");
    let opened = app
        .client()
        .put("/keys/s/gate", &json!({ "value": "open" }));
    assert_eq!(opened.status, 204);
    let woken = result(&app.client().wait(sleeper));
    assert_eq!(
        (&woken["gate"], &woken["sum"]),
        (&json!("open"), &json!(30))
    );

    // A diagnosis asks every component.
    let doctor: Value = app.client().get("/doctor").expect(200);
    let checks = doctor["checks"].as_array().expect("a list of checks");
    for component in components() {
        let check = checks.iter().find(|check| {
            check["name"]
                .as_str()
                .is_some_and(|name| name.contains(&component))
        });
        let check = check.unwrap_or_else(|| panic!("{component} is not in {doctor}"));
        assert_ne!(check["status"], "failed", "{check}");
    }
    app.database().assert_idle();
    // Nothing was refused by the host: every component kept to what it may.
    for component in ["tasks", "stack-processor", "quickjs"] {
        assert_eq!(app.log(component), "", "{component}");
    }
}

/// Fills its VM, sleeps over it, and looks whether it is still there.
const LARGE: &str = "module.exports = async ({ mib, random }) => {
    const kept = [];
    for (let i = 0; i < mib; i++) {
        const part = new Float64Array(1 << 17).fill(i);
        if (random) for (let at = 0; at < part.length; at++) part[at] = Math.random();
        kept.push(part);
    }
    const sum = () => kept.reduce((sum, part) => sum + part[part.length - 1], 0);
    const before = sum();
    await tools.tasks.execute('double', { n: 1 });
    return { same: sum() === before, mib: kept.length };
}";

#[test]
fn the_largest_vm_fits_into_what_the_host_gives() {
    let settings = Settings::default().limited_host(REQUESTS);
    let app = App::start(&settings.variable("cpu_ms", 30_000));
    app.client().publish("large", LARGE);
    app.client()
        .publish("double", include_str!("../tasks/double.js"));
    let run = |mib: u32, random: bool| {
        let input = json!({ "mib": mib, "random": random });
        app.client().run("large", input)
    };
    assert_eq!(result(&run(48, false)), json!({ "same": true, "mib": 48 }));
    for (mib, random, code) in [
        (30, true, "snapshot_too_large"),
        (80, false, "memory_limit"),
    ] {
        let run = run(mib, random);
        assert_eq!(error(&run).code.as_deref(), Some(code), "{run:?}");
    }
    assert_eq!(app.log("quickjs"), "", "no executor was lost");
}

/// The components that the manifest gives a route of requests between components.
fn components() -> Vec<String> {
    let manifest: toml::Table = fs::read_to_string(paths::manifest())
        .unwrap()
        .parse()
        .unwrap();
    let triggers = manifest["trigger"]["http"].as_array().unwrap();
    let components: Vec<_> = triggers
        .iter()
        .map(|trigger| {
            let component = trigger["component"].as_str().unwrap();
            (trigger["route"].as_str().unwrap(), component.to_owned())
        })
        // What clients reach, and nobody else.
        .filter(|(_, component)| component != "tasks" && component != "ui")
        .map(|(route, component)| {
            assert_eq!(route, format!("/_internal/{component}/..."));
            component
        })
        .collect();
    assert!(components.len() >= 8, "{components:?}");
    components
}

/// Sends what another component might send, with this signature.
fn send(client: &Client, path: &str, body: &str, signature: Option<&str>) -> Answer {
    let authorization = format!("Bearer {}", client.token());
    let mut headers = vec![
        ("content-type", "application/json"),
        ("authorization", authorization.as_str()),
    ];
    headers.extend(signature.map(|signature| (HEADER, signature)));
    client.send("POST", path, &headers, Some(body.as_bytes()))
}

#[test]
fn only_the_app_itself_reaches_its_components() {
    let app = app();
    let client = app.client();
    let signer = Signer::new(INTERNAL_KEY).unwrap();
    let stranger = Signer::new(&INTERNAL_KEY.replace("nobody", "anybody")).unwrap();
    let now = now_ms();
    for (nonce, component) in (1..).zip(components()) {
        let path = format!("/_internal/{component}/health");
        let sign = |signer: &Signer, path: &str, body: &str, at: i64| {
            Some(signer.sign(path, body.as_bytes(), [nonce; 16], at))
        };
        let good = sign(&signer, &path, "null", now);
        for (what, signature, body) in [
            ("no signature", None, "null"),
            ("nonsense", Some("1.2.3.4".to_owned()), "null"),
            (
                "an old one",
                sign(&signer, &path, "null", now - 120_000),
                "null",
            ),
            (
                "one of the future",
                sign(&signer, &path, "null", now + 120_000),
                "null",
            ),
            (
                "another secret",
                sign(&stranger, &path, "null", now),
                "null",
            ),
            ("another body", good.clone(), "true"),
            ("no body", good.clone(), ""),
            (
                "another path",
                sign(&signer, "/_internal/quickjs/check", "null", now),
                "null",
            ),
            (
                "a path without the prefix",
                sign(&signer, "/health", "null", now),
                "null",
            ),
        ] {
            let answer = send(client, &path, body, signature.as_deref());
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (403, ""),
                "{path}: {what}"
            );
        }
        let query = format!("{path}?x=1");
        assert_eq!(
            send(client, &query, "null", good.as_deref()).status,
            403,
            "{query}"
        );
        for path in [
            format!("//_internal/{component}/health"),
            format!("/_internal/{component}//health"),
            format!("/_internal/{component}/../quickjs/health"),
            format!("/_internal/{component}"),
            format!("/_internal/{component}x/health"),
            format!("/%5Finternal/{component}/health"),
            "/health".to_owned(),
        ] {
            let answer = send(client, &path, "null", good.as_deref());
            assert!(
                matches!(answer.status, 403..=405),
                "{path}: {}",
                answer.status
            );
        }
        let get = [(HEADER, good.as_deref().unwrap())];
        assert_eq!(client.send("GET", &path, &get, None).status, 404);
        let taken = send(client, &path, "null", good.as_deref());
        assert_eq!(taken.status, 200, "{path}");
    }
}

#[test]
fn a_request_is_taken_once() {
    let app = app();
    let client = app.client();
    let signer = Signer::new(INTERNAL_KEY).unwrap();
    let mut nonce = 0_u128;
    let mut ask = |path: &str, body: &str| {
        nonce += 1;
        let signature = signer.sign(path, body.as_bytes(), nonce.to_be_bytes(), now_ms());
        let first = send(client, path, body, Some(&signature));
        let again = send(client, path, body, Some(&signature));
        assert_eq!((again.status, again.text().as_str()), (403, ""), "{path}");
        first
    };
    let (input, sum, entries) = mixed();
    let run = client.submit("mixed", input);
    let id = run.to_string();
    let mut last = None;
    until("the run ends", 90, || {
        for path in ["stack-processor/drain", "stack-processor/sweep"] {
            let answer = ask(&format!("/_internal/{path}"), "null");
            assert!(matches!(answer.status, 200 | 202), "{}", answer.status);
        }
        let held = app.database().rows(
            "SELECT id, lease_token FROM stack_runs
             WHERE run_id = ?1 AND status = 'processing' AND kind = 'frame'",
            [&id],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
        );
        last = held.into_iter().next().or(last.take());
        client.show(run).status.is_terminal().then_some(())
    });
    assert_eq!(result(&client.show(run)), sum);
    assert_eq!(app.database().assert_journal(run), entries);
    // Of a lease that has passed on there is nothing to execute.
    let (frame, token) = last.expect("a frame was seen at work");
    let request = ExecuteRequest {
        lease: Lease {
            id: frame.parse().unwrap(),
            token: LeaseToken(token),
        },
        lease_ms: 2_000,
        within_ms: None,
        calls: None,
        was_lost: false,
    };
    let body = serde_json::to_string(&request).unwrap();
    let reply: ExecuteReply = ask("/_internal/quickjs/execute", &body).expect(200);
    assert_eq!(reply.next, None);
    app.database().assert_idle();
}

#[test]
fn with_chaining_there_is_nothing_at_these_routes() {
    let app = App::start(&Settings::default().variable("internal_key", INTERNAL_KEY));
    let signer = Signer::new(INTERNAL_KEY).unwrap();
    for component in components() {
        for route in ["/health", "/call", "/drain", "/execute", ""] {
            let path = format!("/_internal/{component}{route}");
            let signature = signer.sign(&path, b"null", [1; 16], now_ms());
            for signature in [None, Some(signature.as_str())] {
                let answer = send(app.client(), &path, "null", signature);
                assert_eq!((answer.status, answer.text().as_str()), (404, ""), "{path}");
            }
        }
    }
}

/// Sends itself an address, and waits until somebody has used it.
const LINK: &str = "module.exports = async () => {
    console.log(await tools.eventUrl('go', { data: 'used', expires: '1m' }));
    return (await tools.waitForEvent('go')).data;
}";

#[test]
fn machines_whose_clocks_differ_trust_each_other() {
    let server = Server::start(Durability::None);
    for ahead_ms in [300_000, -300_000] {
        let settings = Settings::default()
            .limited_host(REQUESTS)
            .variable("database_url", server.database())
            .clock_ahead_ms(ahead_ms);
        let app = App::start(&settings);
        let client = app.client();
        client.publish("mixed", include_str!("../tasks/mixed.js"));
        client.publish("double", include_str!("../tasks/double.js"));
        client.publish("link", LINK);
        // What one component signs the next one takes, whichever of them has asked the database for the time.
        let (input, sum, entries) = mixed();
        let run = client.run("mixed", input);
        assert_eq!(result(&run), sum);
        assert_eq!(app.database().assert_journal(run.task_run_id), entries);
        // An address is good until its moment.
        let run = client.submit("link", json!({}));
        let address = until("there is an address", 30, || client.logs(run).pop());
        let used = client.send("POST", &address.message, &[], Some(b""));
        assert_eq!(used.status, 202, "{}", used.text());
        assert_eq!(result(&client.wait(run)), "used");
        app.database().assert_idle();
        // Nothing was refused on the way.
        for component in ["tasks", "stack-processor", "quickjs", "wrappedkeystore"] {
            assert_eq!(app.log(component), "", "{component}");
        }
    }
}
