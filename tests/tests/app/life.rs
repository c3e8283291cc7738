//! The life of tasks and runs.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tasker_api::{
    Cancelled, Change, JournalEntry, LogEntry, Page, PublishedTask, Run, RunSummary, Submitted,
    Task, TaskSummary, Timestamp,
};
use tasker_domain::{ErrorCode, LogLevel, RunStatus};
use tasker_tests::{Client, result, until};

use crate::apps::{asleep, live, open_gate};

const GREET: &str = r#"
/**
 * @task greet
 * @description Greets someone, and remembers it.
 * @param {string} input.name - whom
 * @param {integer} [input.times=1] - how often
 */
module.exports = async function execute({ name, times = 1 }) {
    console.log("greeting", { name });
    const greetings = [];
    for (let i = 0; i < times; i++) {
        await tools.keystore.set("greet", name, i);
        greetings.push(`Hello ${name} ${await tools.keystore.get("greet", name)}`);
    }
    console.warn("done");
    return { greetings };
};
"#;

/// The events of an answer: id, name and data of each.
fn events(text: &str) -> Vec<(String, String, Value)> {
    let field = |event: &str, name: &str| {
        let lines = event.lines().filter_map(|line| line.strip_prefix(name));
        lines.collect::<Vec<_>>().join("\n")
    };
    text.split("\n\n")
        .filter(|event| event.starts_with("id: "))
        .map(|event| {
            let data = serde_json::from_str(&field(event, "data: ")).unwrap();
            (field(event, "id: "), field(event, "event: "), data)
        })
        .collect()
}

#[test]
fn a_run_for_later_begins_when_it_is_due() {
    let app = live();
    let client = app.client();
    client.publish("later", "module.exports = async () => 'done';");
    let submit = |time: Value| {
        let mut body = json!({ "taskName": "later" });
        body.as_object_mut()
            .unwrap()
            .extend(time.as_object().unwrap().clone());
        client.post("/tasks", &body)
    };

    let soon: Submitted = submit(json!({ "delayMs": 400 })).expect(202);
    let run = client.wait(soon.task_run_id);
    assert_eq!(result(&run), "done");
    let (due, began) = (run.run_at.unwrap(), run.started_at.unwrap());
    assert!(began >= due && due.millis() >= run.created_at.millis() + 400);

    let next_year = Timestamp::from_millis(due.millis() + 365 * 86_400_000);
    let far: Submitted = submit(json!({ "runAt": next_year })).expect(202);
    let far = far.task_run_id;
    let waiting = client.show(far);
    assert_eq!(waiting.status, RunStatus::Queued);
    assert_eq!(waiting.run_at, Some(next_year));
    assert_eq!(
        client
            .post(&format!("/runs/{far}/cancel"), &json!({}))
            .status,
        202
    );

    for (time, status) in [
        (json!({ "runAt": "2999-01-01T00:00:00Z" }), 422),
        (json!({ "runAt": next_year, "delayMs": 1 }), 422),
        (json!({ "delayMs": -1 }), 422),
        (json!({ "runAt": "tomorrow" }), 400),
    ] {
        assert_eq!(submit(time.clone()).status, status, "{time}");
    }
}

#[test]
fn a_run_is_followed_while_it_goes_on() {
    let app = live();
    let client = app.client();
    client.publish(
        "followed",
        "module.exports = async () => {
            console.log('before');
            await tools.keystore.set('followed', 'k', 1);
            while (!(await tools.keystore.get('followed', 'gate'))) {}
            console.log('after');
            return [1.50];
        };",
    );
    let run = client.submit("followed", json!({}));
    let path = format!("/runs/{run}/events");
    let opener = client.clone();
    let follower = std::thread::spawn({
        let (client, path) = (client.clone(), path.clone());
        move || client.get(&path)
    });
    until("a call has settled", 30, || {
        (!opener.journal(run).is_empty()).then_some(())
    });
    open_gate(client, "followed", "open");
    let answer = follower.join().unwrap();
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "text/event-stream")
    );
    let told = events(&answer.text());
    let names: BTreeSet<_> = told.iter().map(|(_, name, _)| name.as_str()).collect();
    assert!(names.is_superset(&BTreeSet::from(["status", "call", "log", "end"])));
    let of = |name: &str| -> Vec<Value> {
        let named = told.iter().filter(|(_, other, _)| other == name);
        named.map(|(_, _, data)| data.clone()).collect()
    };
    let journal = client.journal(run);
    assert_eq!(of("call").len(), journal.len());
    assert_eq!(of("call")[0]["args"], json!(["followed", "k", "[hidden]"]));
    let messages: Vec<_> = of("log")
        .iter()
        .map(|line| line["message"].clone())
        .collect();
    assert_eq!(messages, ["before", "after"]);
    let end: Value = client.get(&format!("/runs/{run}")).expect(200);
    assert_eq!(told.last().unwrap().2, end);

    let authorization = format!("Bearer {}", client.token());
    let after = |id: &str| {
        let headers = [
            ("authorization", authorization.as_str()),
            ("last-event-id", id),
        ];
        client.send("GET", &path, &headers, None)
    };
    let rest = events(&after(&told[told.len() - 3].0).text());
    assert_eq!(rest, told[told.len() - 2..], "what came after it");
    assert_eq!(after(&told.last().unwrap().0).status, 204);
    after("elsewhere").expect_problem(ErrorCode::BadRequest);
    let end_alone = client.get(&format!("{path}?calls=false&logs=false"));
    assert_eq!(events(&end_alone.text()).len(), 1);
    let unknown = "/runs/00000000-0000-7000-8000-000000000000/events";
    client.get(unknown).expect_problem(ErrorCode::RunNotFound);
}

#[test]
fn a_task_is_published_run_and_told_of() {
    let app = live();
    let client = app.client();

    let code = json!({ "code": GREET });
    let published: PublishedTask = client.put("/tasks/greet", &code).expect(201);
    assert_eq!(
        (published.name.as_str(), published.change),
        ("greet", Change::Created)
    );
    assert!(
        published.version.len() == 32 && published.version.bytes().all(|b| b.is_ascii_hexdigit())
    );
    assert_eq!(
        published.description.as_deref(),
        Some("Greets someone, and remembers it.")
    );
    let schema: Value = published.input_schema.as_ref().unwrap().read().unwrap();
    assert_eq!(schema["properties"]["times"]["type"], "integer", "{schema}");
    assert_eq!(schema["required"], json!(["name"]));
    let again: PublishedTask = client.put("/tasks/greet", &code).expect(200);
    assert_eq!(
        (again.change, &again.version),
        (Change::Unchanged, &published.version)
    );
    let task: Task = client.get("/tasks/greet").expect(200);
    assert_eq!(
        (task.code.as_str(), &task.version),
        (GREET, &published.version)
    );
    let tasks: Vec<TaskSummary> = client.pages("/tasks");
    assert_eq!(tasks.iter().filter(|task| task.name == "greet").count(), 1);

    let answer = client.post(
        "/tasks",
        &json!({ "taskName": "greet", "input": { "name": "Ada", "times": 2 } }),
    );
    let submitted: Submitted = answer.expect(202);
    assert_eq!(submitted.status, RunStatus::Queued);
    assert_eq!(
        answer.header("location"),
        format!("/tasks/status/{}", submitted.task_run_id)
    );
    let id = submitted.task_run_id;
    let run = client.wait(id);
    assert_eq!(
        result(&run),
        json!({ "greetings": ["Hello Ada 0", "Hello Ada 1"] })
    );
    assert_eq!(
        (run.task_name.as_str(), &run.version),
        ("greet", &published.version)
    );
    assert_eq!(
        run.input.read::<Value>().unwrap(),
        json!({ "name": "Ada", "times": 2 })
    );
    assert!(run.error.is_none() && run.idempotency_key.is_none());
    assert!(run.created_at <= run.started_at.unwrap() && run.started_at <= run.finished_at);
    let alias: Run = client.get(answer.header("location")).expect(200);
    assert_eq!(alias, run);

    let journal = client.journal(id);
    let calls: Vec<_> = journal
        .iter()
        .map(|entry| (entry.call, entry.position, entry.method.join(".")))
        .collect();
    let expected: Vec<_> = (1..=4)
        .map(|n: u32| {
            (
                n,
                Some(n),
                if n % 2 == 1 { "set" } else { "get" }.to_owned(),
            )
        })
        .collect();
    assert_eq!(calls, expected);
    let first: &JournalEntry = &journal[0];
    assert_eq!(
        (first.frame.as_str(), first.service.as_str(), first.attempts),
        ("0", "keystore", 1)
    );
    assert_eq!(
        first.args.read::<Value>().unwrap(),
        json!(["greet", "Ada", "[hidden]"])
    );
    assert_eq!(
        first.result.as_ref().unwrap().read::<Value>().unwrap(),
        json!({ "created": true })
    );
    assert!(first.error.is_none() && first.started_at <= first.finished_at);

    let logs = client.logs(id);
    let lines: Vec<_> = logs
        .iter()
        .map(|line| (line.seq, line.level, line.message.as_str()))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1], (2, LogLevel::Warn, "done"));
    assert!(
        lines[0].1 == LogLevel::Info
            && lines[0].2.contains("greeting")
            && lines[0].2.contains("Ada")
    );
    let later: Page<LogEntry> = client.get(&format!("/runs/{id}/logs?cursor=1")).expect(200);
    assert_eq!(later.items, logs[1..]);
    assert!(client.stack(id).is_empty());
}

#[test]
fn lists_show_every_run_once_newest_first() {
    let app = live();
    let client = app.client();
    client.publish(
        "listed",
        "module.exports = async (input) => { if (input.fail) throw new Error('no'); return 1 }",
    );
    let mut runs: Vec<_> = (0..7)
        .map(|n| client.submit("listed", json!({ "fail": n == 3 })))
        .collect();
    for run in &runs {
        client.wait(*run);
    }
    runs.reverse();

    let (mut seen, mut pages) = (Vec::new(), 0);
    let mut query = "/runs?task=listed&limit=3".to_owned();
    loop {
        let page: Page<RunSummary> = client.get(&query).expect(200);
        pages += 1;
        seen.extend(page.items.into_iter().map(|run| run.task_run_id));
        match page.next_cursor {
            Some(cursor) => query = format!("/runs?task=listed&limit=3&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((seen, pages), (runs.clone(), 3));
    let failed: Vec<RunSummary> = client.pages("/runs?task=listed&status=failed");
    assert_eq!(
        failed.iter().map(|run| run.task_run_id).collect::<Vec<_>>(),
        [runs[3]]
    );
    assert_eq!(failed[0].error.as_ref().unwrap().message, "no");
    let completed: Vec<RunSummary> = client.pages("/runs?task=listed&status=completed");
    assert_eq!(completed.len(), 6);
}

#[test]
fn an_idempotency_key_makes_one_run() {
    let app = live();
    let client = app.client();
    let request = |task: &str, n: u32, key: &str| json!({ "taskName": task, "input": { "n": n }, "idempotencyKey": key });

    // All at once: one of them makes the run, the others get it.
    let body = request("double", 21, "order-1");
    let ids: BTreeSet<_> = std::thread::scope(|scope| {
        let submits: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    client
                        .clone()
                        .post("/tasks", &body)
                        .expect::<Submitted>(202)
                        .task_run_id
                })
            })
            .collect();
        submits
            .into_iter()
            .map(|submit| submit.join().unwrap())
            .collect()
    });
    assert_eq!(ids.len(), 1);
    let id = *ids.first().unwrap();
    let run = client.wait(id);
    assert_eq!(result(&run), 42);
    assert_eq!(run.idempotency_key.as_deref(), Some("order-1"));

    let existing: Submitted = client
        .post("/tasks", &request("double", 21, "order-1"))
        .expect(202);
    assert_eq!(
        (existing.task_run_id, existing.status),
        (id, RunStatus::Completed)
    );
    let authorization = format!("Bearer {}", client.token());
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", "order-1"),
    ];
    let by_header = client.send(
        "POST",
        "/tasks",
        &headers,
        Some(br#"{"taskName":"double","input":{"n":21}}"#),
    );
    assert_eq!(by_header.expect::<Submitted>(202).task_run_id, id);
    client
        .post("/tasks", &request("double", 22, "order-1"))
        .expect_problem(ErrorCode::IdempotencyConflict);
    // A key belongs to a task.
    client.publish("listed-too", "module.exports = async (input) => input.n");
    let other: Submitted = client
        .post("/tasks", &request("listed-too", 22, "order-1"))
        .expect(202);
    assert_ne!(other.task_run_id, id);
    assert_eq!(result(&client.wait(other.task_run_id)), 22);
}

#[test]
fn a_sleeping_run_keeps_the_version_that_it_began_with() {
    for app in [live(), asleep()] {
        let client = app.client();
        let code = |answer: &str| {
            format!(
                "module.exports = async function execute() {{
                    const before = {answer:?};
                    const gate = await tools.tasks.execute('gate', {{ ns: 'versions' }});
                    return [before, gate, {answer:?}];
                }};"
            )
        };
        let old_version = client.publish("versioned", &code("old")).version;
        let old = client.submit("versioned", json!({}));
        until_asleep(client, old);
        let new_version = client.publish("versioned", &code("new")).version;
        assert_ne!(old_version, new_version);
        let new = client.submit("versioned", json!({}));
        until_asleep(client, new);
        assert_eq!(client.call("DELETE", "/tasks/versioned", None).status, 204);
        client
            .post("/tasks", &json!({ "taskName": "versioned" }))
            .expect_problem(ErrorCode::TaskNotFound);
        client
            .get("/tasks/versioned")
            .expect_problem(ErrorCode::TaskNotFound);

        open_gate(client, "versions", "open");
        let (old, new) = (client.wait(old), client.wait(new));
        assert_eq!(result(&old), json!(["old", "open", "old"]));
        assert_eq!(result(&new), json!(["new", "open", "new"]));
        assert_eq!((old.version, new.version), (old_version, new_version));
        client.call("DELETE", "/keys/versions/gate", None);
    }
}

#[test]
fn a_sleeping_run_shows_its_stack_and_can_be_cancelled() {
    for app in [live(), asleep()] {
        let client = app.client();
        let id = client.submit("sleeper", json!({ "ns": "cancelled" }));
        until_asleep(client, id);
        let stack = client.stack(id);
        let root = &stack[0];
        assert_eq!((root.path.as_str(), root.service.as_str()), ("0", "tasks"));
        let snapshot = root.snapshot.as_ref().unwrap();
        assert!(
            snapshot.snapshot_bytes > 0 && snapshot.snapshot_bytes <= 12 << 10,
            "{snapshot:?}"
        );
        assert!(
            snapshot.snapshot_raw_bytes >= snapshot.snapshot_bytes && !snapshot.engine.is_empty()
        );
        assert_eq!(snapshot.journal_position, 5);
        let pending: Vec<_> = root
            .pending_calls
            .iter()
            .map(|call| (call.call, call.method.join(".")))
            .collect();
        assert_eq!(pending, [(6, "execute".to_owned())]);
        assert!(stack.iter().any(|entry| entry.path == "0.6"), "{stack:?}");

        // A wait for a run that does not end ends by itself.
        let begin = Instant::now();
        let run: Run = client
            .get(&format!("/tasks/status/{id}?wait=0.3"))
            .expect(200);
        assert!(!run.status.is_terminal() && begin.elapsed() >= Duration::from_millis(300));

        let cancelled: Cancelled = client
            .post(&format!("/runs/{id}/cancel"), &json!({ "force": true }))
            .expect(202);
        assert_eq!(
            (cancelled.task_run_id, cancelled.status),
            (id, RunStatus::Cancelled)
        );
        let run = client.show(id);
        assert_eq!(run.status, RunStatus::Cancelled);
        assert_eq!(run.error.unwrap().code.as_deref(), Some("cancelled"));
        assert!(client.stack(id).is_empty());
        client
            .post(&format!("/runs/{id}/cancel"), &json!({}))
            .expect_problem(ErrorCode::RunFinished);
        // Whatever was in a VM at that moment has written nothing since.
        open_gate(client, "cancelled", "late");
        assert_eq!(client.show(id).status, RunStatus::Cancelled);
        client.call("DELETE", "/keys/cancelled/gate", None);
    }
}

#[test]
fn a_submission_waits_for_the_end_of_its_run() {
    for app in [live(), asleep()] {
        let client = app.client();
        let double = |key: &str| json!({ "taskName": "double", "input": { "n": 21 }, "idempotencyKey": key });
        let answer = client.post("/tasks?wait=60", &double("waits"));
        let run: Run = answer.expect(200);
        assert_eq!(
            (run.status, result(&run)),
            (RunStatus::Completed, json!(42))
        );
        assert_eq!(
            answer.header("location"),
            format!("/tasks/status/{}", run.task_run_id)
        );
        // It is the run that one without waiting gives, and that the same key gives again.
        assert_eq!(client.show(run.task_run_id), run);
        let again: Run = client.post("/tasks?wait=60", &double("waits")).expect(200);
        assert_eq!(again, run);
        let submitted: Submitted = client.post("/tasks", &double("waits")).expect(202);
        assert_eq!(submitted.task_run_id, run.task_run_id);

        // Whoever waits for no time has a run all the same, which goes on.
        let run: Run = client
            .post("/tasks?wait=0", &double("waits-not"))
            .expect(200);
        let ended = client.wait_for(run.task_run_id, 60);
        assert_eq!(result(&ended), json!(42));

        // One that takes longer is shown as it is.
        let code = "module.exports = async (input, { tools }) => tools.waitForEvent('never-sent')";
        client.publish("waits-long", code);
        let begin = Instant::now();
        let long = json!({ "taskName": "waits-long" });
        let run: Run = client.post("/tasks?wait=0.3", &long).expect(200);
        assert!(!run.status.is_terminal() && begin.elapsed() >= Duration::from_millis(300));
        client
            .post(
                &format!("/runs/{}/cancel", run.task_run_id),
                &json!({ "force": true }),
            )
            .expect::<Cancelled>(202);

        // What is refused makes no run.
        let mut with_token = double("waits-refused");
        with_token["publicToken"] = json!({});
        for (path, body) in [
            ("/tasks?wait=60", &with_token),
            ("/tasks?wait=soon", &double("waits-refused")),
            ("/tasks?wait=-1", &double("waits-refused")),
        ] {
            client
                .post(path, body)
                .expect_problem(ErrorCode::BadRequest);
        }
        let other =
            json!({ "taskName": "double", "input": { "n": 1 }, "idempotencyKey": "waits-refused" });
        let run: Run = client.post("/tasks?wait=60", &other).expect(200);
        assert_eq!(result(&run), json!(2));
    }
}

/// Waits until the root frame of a run sleeps in the database for its nested task.
fn until_asleep(client: &Client, run: tasker_domain::RunId) {
    until("the run sleeps", 30, || {
        let stack = client.stack(run);
        let root = stack.first()?;
        let nested = root
            .pending_calls
            .iter()
            .any(|call| call.service == "tasks");
        (root.snapshot.is_some() && nested).then_some(())
    });
}
