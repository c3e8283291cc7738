//! Events: runs that wait for them, clients that send them, and people with signed addresses.

use serde_json::{Value, json};
use tasker_domain::{ErrorCode, RunId, RunStatus};
use tasker_tests::{Client, error, result, until};

use crate::apps::{asleep, live};

const WAITS: &str = "module.exports = async function execute({ name, options }) {
    try {
        const { id, data, sentAt } = await tools.waitForEvent(name, options);
        return { id, data, late: sentAt - Date.now() };
    } catch (e) {
        return { name: e.name, code: e.code };
    }
}";

/// Submits a run that waits, and waits until it does.
fn waiting(client: &Client, name: &str, options: Value) -> RunId {
    let run = client.submit("waits", json!({ "name": name, "options": options }));
    until("it waits", 30, || {
        let stack = client.stack(run);
        let wait = stack.iter().find(|entry| entry.service == "event")?;
        // It has looked at the early events.
        (wait.run_after > wait.created_at).then_some(())
    });
    run
}

fn send(client: &Client, event: Value) -> Value {
    let answer = client.post("/events", &event);
    assert!(matches!(answer.status, 200 | 202), "{}", answer.text());
    answer.expect(answer.status)
}

#[test]
fn runs_wait_for_events() {
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish("waits", WAITS);
        let name = "order-paid";
        let seven = waiting(client, name, json!({ "match": { "order.id": 7 } }));
        let eight = waiting(
            client,
            name,
            json!({ "match": { "order.id": 8 }, "timeout": "30d" }),
        );
        assert_eq!(client.show(seven).status, RunStatus::Suspended);

        let sent = send(
            client,
            json!({ "name": name, "data": { "order": { "id": 8 } } }),
        );
        assert_eq!(sent["delivered"], 1);
        let woken = result(&client.wait(eight));
        assert_eq!(
            (&woken["id"], &woken["data"]["order"]["id"]),
            (&sent["id"], &json!(8))
        );
        assert!(woken["late"].as_i64() <= Some(0), "{woken}");
        assert_eq!(client.show(seven).status, RunStatus::Suspended);

        // To one run, once.
        let event = json!({ "name": name, "runId": seven, "id": format!("e-{seven}"), "data": { "order": { "id": 7 } } });
        assert_eq!(send(client, event.clone())["delivered"], 1);
        assert_eq!(client.post("/events", &event).status, 200);
        assert_eq!(result(&client.wait(seven))["id"], event["id"]);
        let mut other = event.clone();
        other["data"] = json!(1);
        client
            .post("/events", &other)
            .expect_problem(ErrorCode::IdempotencyConflict);

        // Early, and in vain.
        let early = client.submit("waits", json!({ "name": "early" }));
        send(
            client,
            json!({ "name": "early", "runId": early, "data": "first" }),
        );
        assert_eq!(result(&client.wait(early))["data"], "first");
        let timeout = json!({ "name": "never", "options": { "timeout": 300 } });
        assert_eq!(
            client.result("waits", timeout),
            json!({ "name": "TimeoutError", "code": "event_timeout" })
        );
    }
}

/// Each round leaves a wait or a sleep behind that has lost: they take no event and do not add up.
#[test]
fn a_loop_of_races_sees_every_event() {
    const EVENTS: usize = 60;
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish(
            "races",
            "module.exports = async function execute({ events }) {
                const seen = [];
                let rounds = 0;
                while (seen.length < events) {
                    rounds++;
                    const event = await Promise.race([tools.waitForEvent('race-news'), tools.sleep(rounds % 40)]);
                    if (event) seen.push(event.data);
                }
                return seen.sort((one, other) => one - other);
            }",
        );
        let run = client.submit("races", json!({ "events": EVENTS }));
        for number in 0..EVENTS {
            send(
                client,
                json!({ "name": "race-news", "runId": run, "data": number }),
            );
        }
        let seen = result(&client.wait_for(run, 120));
        assert_eq!(seen, json!((0..EVENTS).collect::<Vec<_>>()));
    }
}

#[test]
fn events_are_refused_when_they_are_wrong() {
    let app = live();
    let client = app.client();
    client.publish("waits", WAITS);
    let ended = client
        .run("waits", json!({ "name": "x", "options": { "timeout": 1 } }))
        .task_run_id;
    let unknown = "019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11";
    for (event, code) in [
        (json!({}), ErrorCode::BadRequest),
        (json!({ "name": "" }), ErrorCode::BadRequest),
        (json!({ "name": "a", "more": 1 }), ErrorCode::BadRequest),
        (json!({ "name": "a", "runId": "x" }), ErrorCode::BadRequest),
        (json!({ "name": "a", "id": "url:x" }), ErrorCode::BadRequest),
        (
            json!({ "name": "a", "runId": unknown }),
            ErrorCode::RunNotFound,
        ),
        (
            json!({ "name": "a", "runId": ended }),
            ErrorCode::RunFinished,
        ),
        (
            json!({ "name": "a", "data": "x".repeat(300_000) }),
            ErrorCode::BodyTooLarge,
        ),
        (
            json!({ "name": "a", "ttlSeconds": 9_999_999 }),
            ErrorCode::TimeInvalid,
        ),
    ] {
        client.post("/events", &event).expect_problem(code);
    }
    client
        .send("POST", "/events", &[], Some(b"{}"))
        .expect_problem(ErrorCode::Unauthorized);
    let failed = client.run("waits", json!({ "name": "a\nb" }));
    assert_eq!(result(&failed)["code"], "invalid_arguments");
}

#[test]
fn a_person_approves_with_a_signed_address() {
    for app in [live(), asleep()] {
        let client = app.client();
        client.publish(
            "approval",
            "module.exports = async function execute({ expires }) {
                const yes = await tools.eventUrl('decision', {
                    data: { ok: true }, expires, title: 'Pay <7>?', text: 'To Ada.', label: 'Yes, pay',
                });
                const open = await tools.eventUrl('decision');
                console.log(yes); console.log(open);
                const { data } = await tools.waitForEvent('decision');
                return data;
            }",
        );
        let addresses = |run: RunId| {
            until("it waits", 30, || {
                let logs = client.logs(run);
                // It has looked at the early events.
                let waits = client
                    .stack(run)
                    .iter()
                    .any(|entry| entry.method == ["wait"] && entry.run_after > entry.created_at);
                (waits && logs.len() == 2)
                    .then(|| logs.into_iter().map(|log| log.message).collect::<Vec<_>>())
            })
        };
        let run = client.submit("approval", json!({ "expires": "2d" }));
        let urls = addresses(run);
        let yes = urls[0].as_str();
        assert!(yes.starts_with("/events/signed/"), "{yes}");

        // Looking at the address sends nothing, however often.
        let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
        for method in ["GET", "HEAD", "GET"] {
            let page = client.send(method, yes, &browser, None);
            assert_eq!(page.status, 200);
            let policy = page.header("content-security-policy");
            assert!(
                policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
                "{policy}"
            );
        }
        let page = client.send("GET", yes, &browser, None).text();
        for part in [
            "<h1>Pay &lt;7&gt;?</h1>",
            "<p>To Ada.</p>",
            "&quot;ok&quot;: true",
            "<form method=\"post\"><button>Yes, pay</button>",
        ] {
            assert!(page.contains(part), "{part} is not in\n{page}");
        }
        let told = client.send("GET", yes, &[], None);
        assert!(
            told.header("content-security-policy")
                .contains("default-src 'none'")
        );
        assert!(!told.text().contains('<'), "{}", told.text());
        let told: Value = told.expect(200);
        assert_eq!(told["data"], json!({ "ok": true }));
        assert_eq!(
            (&told["title"], &told["label"]),
            (&json!("Pay <7>?"), &json!("Yes, pay"))
        );
        assert_eq!(client.show(run).status, RunStatus::Suspended);
        let mut changed = yes.to_owned();
        changed.replace_range(40..41, if &yes[40..41] == "A" { "B" } else { "A" });
        for wrong in [
            &changed[..],
            &yes[..yes.len() - 1],
            "/events/signed/x",
            "/events/signed/a.b",
        ] {
            for method in ["GET", "POST"] {
                client
                    .send(method, wrong, &[], None)
                    .expect_problem(ErrorCode::EventUrlInvalid);
            }
        }
        let json_body = [("content-type", "application/json")];
        assert_eq!(
            client
                .send("POST", yes, &json_body, Some(b"{\"ok\":false}"))
                .status,
            400
        );

        let form = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "text/html,*/*"),
        ];
        let done = client.send("POST", yes, &form, Some(b""));
        assert_eq!(done.status, 200);
        assert!(done.text().contains("Done"), "{}", done.text());
        // A person who comes again is told, before and after pressing the button.
        for method in ["GET", "POST"] {
            let page = client.send(method, yes, &browser, None);
            assert_eq!(page.status, 409);
            assert!(
                page.text().contains("<h1>Already decided</h1>"),
                "{}",
                page.text()
            );
        }
        assert_eq!(result(&client.wait(run)), json!({ "ok": true }));
        client
            .send("POST", yes, &[], None)
            .expect_problem(ErrorCode::EventUrlUsed);
        for method in ["GET", "POST"] {
            client
                .send(method, &urls[1], &[], None)
                .expect_problem(ErrorCode::RunFinished);
        }
        let page = client.send("GET", &urls[1], &browser, None);
        assert!(
            page.text().contains("No answer is needed any more"),
            "{}",
            page.text()
        );
        let page = client.send("GET", &changed, &browser, None);
        assert_eq!(page.status, 403);
        assert!(
            page.text().contains("This address does not work"),
            "{}",
            page.text()
        );

        // An address whose data the sender says, and one whose time is up.
        let run = client.submit("approval", json!({ "expires": 1 }));
        let urls = addresses(run);
        for method in ["GET", "POST"] {
            client
                .send(method, &urls[0], &[], None)
                .expect_problem(ErrorCode::EventUrlExpired);
            let page = client.send(method, &urls[0], &browser, None);
            assert_eq!(page.status, 410);
            assert!(page.text().contains("Too late"), "{}", page.text());
        }
        let answer = client.send("POST", &urls[1], &json_body, Some(b"{\"ok\": \"maybe\"}"));
        assert_eq!(answer.status, 202, "{}", answer.text());
        assert_eq!(result(&client.wait(run)), json!({ "ok": "maybe" }));
    }
}

#[test]
fn an_event_never_awaited_or_never_sent_ends_no_run_wrongly() {
    let app = live();
    let client = app.client();
    client.publish(
        "forgets",
        "module.exports = async () => { tools.waitForEvent('x'); return 1 }",
    );
    assert_eq!(
        error(&client.run("forgets", json!({}))).code.as_deref(),
        Some("call_not_awaited")
    );
    client.publish(
        "races",
        "module.exports = async () => {
            const first = await Promise.race([tools.waitForEvent('never-sent'), tools.sleep(200).then(() => 'slept')]);
            return first;
        }",
    );
    let run = client.run("races", json!({}));
    assert_eq!(result(&run), "slept");
    assert!(client.stack(run.task_run_id).is_empty());
}
