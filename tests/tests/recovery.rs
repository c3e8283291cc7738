//! The app stopped, killed and damaged: what sleeps in the database continues.

use std::fs;

use serde_json::{Value, json};
use tasker_api::{Diagnosis, SweepReport};
use tasker_domain::{RunId, RunStatus, StackStatus, event};
use tasker_sandbox::Sandbox;
use tasker_sandbox::faults::Kind;
use tasker_tests::{App, Client, Database, Settings, error, result, until};

/// Short leases, so that what a killed process held is soon free.
fn settings() -> Settings {
    Settings::default()
        .variable("lease_seconds", 1)
        .variable("slice_seconds", 1)
}

fn publish(client: &Client) {
    client.publish("gate", include_str!("../tasks/gate.js"));
    client.publish("sleeper", include_str!("../tasks/sleeper.js"));
}

fn open_gate(client: &Client, namespace: &str) {
    let answer = client.put(
        &format!("/keys/{namespace}/gate"),
        &json!({ "value": "open" }),
    );
    assert!(
        matches!(answer.status, 200 | 201 | 204),
        "{}",
        answer.text()
    );
}

/// Submits a sleeper and waits until its root frame sleeps.
fn sleeper(client: &Client, namespace: &str) -> RunId {
    let run = client.submit("sleeper", json!({ "ns": namespace }));
    until("the run sleeps", 30, || {
        let stack = client.stack(run);
        let root = stack.first()?;
        // On a busy machine it may have slept before, while it waited for the keystore.
        let mut pending = root.pending_calls.iter();
        let is_nested = pending.any(|call| call.service == "tasks");
        (root.snapshot.is_some() && is_nested).then_some(())
    });
    run
}

/// What a sleeper gives.
fn woken() -> Value {
    json!({
        "gate": "open", "sum": 30, "same": true,
        "keys": ["before-0", "before-1", "before-2", "before-3", "before-4", "gate"],
    })
}

#[test]
fn sleeping_runs_outlive_the_process() {
    let mut app = App::start(&settings());
    publish(app.client());
    let stopped = sleeper(app.client(), "stopped");
    assert!(app.stop().success());
    app.restart();
    let killed = sleeper(app.client(), "killed");
    app.kill();

    // What the dead process held is free when its lease has expired, and not before.
    let leases = "SELECT count(*) FROM stack_runs WHERE status = 'processing'";
    let held = app.database().number(leases, []);
    app.restart();
    let mut reclaimed = 0;
    until("the leases are reclaimed", 20, || {
        let report: SweepReport = app.client().post("/sweep", &json!({})).expect(200);
        assert_eq!((report.failed, report.woken), (0, 0));
        reclaimed += i64::from(report.reclaimed);
        (reclaimed >= held).then_some(())
    });
    for (run, namespace) in [(stopped, "stopped"), (killed, "killed")] {
        assert!(!app.client().show(run).status.is_terminal());
        open_gate(app.client(), namespace);
        assert_eq!(result(&app.client().wait(run)), woken());
        app.database().assert_journal(run);
    }
    app.database().assert_idle();
    let report: SweepReport = app.client().post("/sweep", &json!({})).expect(200);
    assert_eq!(report, SweepReport::default());
}

#[test]
fn a_sleeping_run_wakes_on_time_after_a_kill() {
    let mut app = App::start(&settings());
    let code = "module.exports = async (input) => {
        const until = Date.now() + 3_000, seen = [];
        setTimeout(() => seen.push('timer'), 2_000);
        await tools.sleep(new Date(until));
        await tools.sleep(100);
        return { until, woken: Date.now(), seen };
    }";
    app.client().publish("sleeps", code);
    let run = app.client().submit("sleeps", json!({}));
    until("it sleeps", 30, || {
        (app.client().stack(run).len() == 3).then_some(())
    });
    app.kill();
    let timers = "SELECT count(*) FROM stack_runs WHERE kind = 'call' AND service = 'timer'";
    assert_eq!(app.database().number(timers, []), 2);
    // It stays dead past the moment.
    let moment = "SELECT max(run_after) FROM stack_runs WHERE kind = 'call'";
    let moment = app.database().number(moment, []);
    until("the moment has passed", 30, || {
        let now = std::time::SystemTime::UNIX_EPOCH
            .elapsed()
            .expect("a clock");
        (now.as_millis() > moment.unsigned_abs().into()).then_some(())
    });
    app.restart();
    app.client().post("/sweep", &json!({}));
    let woken = result(&app.client().wait(run));
    assert_eq!(woken["until"], moment);
    assert!(woken["woken"].as_i64() >= Some(moment + 100), "{woken}");
    assert_eq!(woken["seen"], json!(["timer"]));
    app.database().assert_journal(run);
    app.database().assert_idle();
}

/// The row of a run's root frame.
const ROOT: &str = "stack_run_id = (SELECT id FROM stack_runs WHERE run_id = ?1 AND path = '0')";

/// The snapshot of a run's root frame, as it is stored.
fn snapshot(database: &Database, run: RunId) -> Vec<u8> {
    let rows = database.rows(
        &format!("SELECT bytes FROM snapshots WHERE {ROOT}"),
        [run.to_string()],
        |row| row.get(0),
    );
    rows.into_iter()
        .next()
        .expect("the root frame has a snapshot")
}

fn replace_snapshot(database: &Database, run: RunId, bytes: &[u8]) {
    let sql = format!("UPDATE snapshots SET bytes = ?2 WHERE {ROOT}");
    assert_eq!(database.change(&sql, (run.to_string(), bytes)), 1);
}

#[test]
fn a_damaged_snapshot_is_replaced_by_a_replay() {
    let mut app = App::start(&settings());
    publish(app.client());
    let names = ["sound", "flipped", "cut", "foreign", "forged"];
    let runs = names.map(|name| sleeper(app.client(), name));
    let [sound, flipped, cut, foreign, forged] = runs;
    app.kill();

    let database = app.database();
    let bytes = |run: RunId| snapshot(&database, run);
    let replace = |run: RunId, bytes: &[u8]| replace_snapshot(&database, run, bytes);
    let mut damaged = bytes(flipped);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x40;
    replace(flipped, &damaged);
    let whole = bytes(cut);
    replace(cut, &whole[..whole.len() / 3]);
    // As if another build of the engine had made it.
    let mut other = bytes(foreign);
    let engine: String = database
        .rows(
            &format!("SELECT engine FROM snapshots WHERE {ROOT}"),
            [foreign.to_string()],
            |row| row.get(0),
        )
        .remove(0);
    let text = engine.as_bytes().to_vec();
    flip_engine(&mut other, &text);
    replace(foreign, &other);
    database.change(
        &format!("UPDATE snapshots SET engine = 'another' WHERE {ROOT}"),
        [foreign.to_string()],
    );
    // A history that the task did not make: only a replay from the start can tell.
    database.change(
        &format!("DELETE FROM snapshots WHERE {ROOT}"),
        [forged.to_string()],
    );
    let changed = database.change(
        "UPDATE call_journal SET args = replace(args, 'before-2', 'before-7') WHERE run_id = ?1 AND frame = '0' AND call_number = 3",
        [forged.to_string()],
    );
    assert_eq!(changed, 1);
    drop(database);

    app.restart();
    for name in names {
        open_gate(app.client(), name);
    }
    for run in [sound, flipped, cut, foreign] {
        let run = app.client().wait(run);
        assert_eq!(result(&run), woken());
        assert_eq!(
            app.database().rows::<i64>(
                "SELECT count(*) FROM call_journal WHERE run_id = ?1 AND frame = '0'",
                [run.task_run_id.to_string()],
                |row| row.get(0),
            ),
            [7]
        );
    }
    let log = app.log("quickjs");
    for run in [flipped, cut, foreign] {
        assert!(tells_of_replay(&log, run), "{run}: {log}");
    }
    assert!(!log.contains(&sound.to_string()), "{log}");

    // It is not the task's fault, so the run is begun again.
    let run = app.client().wait(forged);
    assert_eq!((result(&run), run.attempt), (woken(), 2));
    let mismatch = &run.failures[0].error;
    assert_eq!(
        mismatch.code.as_deref(),
        Some("journal_mismatch"),
        "{mismatch:?}"
    );
    assert!(
        mismatch.message.contains("before-7") && mismatch.message.contains("before-2"),
        "{mismatch:?}"
    );
    app.database().assert_idle();
}

/// Whether the executor's log says that a run's root frame was replayed.
fn tells_of_replay(log: &str, run: RunId) -> bool {
    log.lines().any(|line| {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        let has =
            |field: &str, text: &str| line[field].as_str().is_some_and(|is| is.contains(text));
        has("runId", &run.to_string())
            && has("msg", "replaying its journal")
            && has("trace", &run.to_string().replace('-', ""))
            && (&line["component"], &line["call"], &line["level"])
                == (&json!("quickjs"), &json!("0"), &json!("warn"))
    })
}

#[test]
fn a_snapshot_wakes_its_own_run_alone() {
    let mut app = App::start(&settings());
    let code = "module.exports = async ({ name }) => {
        const memory = `what ${name} knows`;
        await tools.keystore.set('seals', name, memory);
        await tools.waitForEvent('wake');
        return memory;
    }";
    app.client().publish("memory", code);
    let asleep = |client: &Client, name: &str| {
        let run = client.submit("memory", json!({ "name": name }));
        until("it sleeps", 30, || {
            let stack = client.stack(run);
            let root = stack.first()?;
            let mut pending = root.pending_calls.iter();
            let waits = pending.any(|call| call.service == event::SERVICE);
            (root.status == StackStatus::Suspended && waits).then_some(run)
        })
    };
    let names = ["alice", "bob"];
    let runs = names.map(|name| asleep(app.client(), name));
    let [alice, bob] = runs;
    let database = app.database();
    replace_snapshot(&database, bob, &snapshot(&database, alice));
    drop(database);

    let diagnosis: Diagnosis = app.client().get("/doctor").expect(200);
    let damaged: Vec<_> = diagnosis
        .damage
        .iter()
        .map(|it| (&*it.kind, &it.task_run_id))
        .collect();
    assert_eq!(damaged, [("snapshot_damaged", &Some(bob.to_string()))]);
    let wake = |app: &App, name: &str, run: RunId| {
        let event = json!({ "name": "wake", "runId": run });
        let sent = app.client().post("/events", &event);
        assert!(matches!(sent.status, 200..=202), "{}", sent.text());
        let result = result(&app.client().wait(run));
        assert_eq!(result, format!("what {name} knows"));
        app.database().assert_journal(run);
    };
    for (name, run) in names.into_iter().zip(runs) {
        wake(&app, name, run);
    }
    let log = app.log("quickjs");
    assert!(
        tells_of_replay(&log, bob) && !tells_of_replay(&log, alice),
        "{log}"
    );

    // Another key costs one replay, and what is stored then is sealed with it.
    let carol = asleep(app.client(), "carol");
    assert!(app.stop().success());
    app.set("snapshot_key", "snapshot-key-of-the-tests-0123456789");
    app.restart();
    wake(&app, "carol", carol);
    assert!(tells_of_replay(&app.log("quickjs"), carol));
    let dave = asleep(app.client(), "dave");
    wake(&app, "dave", dave);
    assert!(!tells_of_replay(&app.log("quickjs"), dave));
    app.database().assert_idle();
}

/// Changes the engine's hash in a snapshot's header, wherever it stands there.
fn flip_engine(snapshot: &mut [u8], engine: &[u8]) {
    let hash: Vec<u8> = engine
        .chunks(2)
        .filter_map(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok())
        .collect();
    for form in [hash.clone(), hash.into_iter().rev().collect()] {
        if let Some(at) = snapshot
            .windows(form.len())
            .position(|window| window == form)
        {
            snapshot[at] ^= 0xff;
            return;
        }
    }
    panic!("the engine's hash is not in the snapshot");
}

#[test]
fn secrets_are_nowhere_in_clear() {
    const VALUE: &str = "correct horse battery staple";
    let mut app = App::start(&Settings::default());
    let client = app.client();
    publish(client);
    client.publish(
        "careless",
        "module.exports = async function execute() {
            const names = await tools.keystore.list('vault');
            console.log(names, context => tools, tools.keystore);
            await tools.keystore.get('vault', { toString() { return 'key' } });
        };",
    );
    assert!(matches!(
        client
            .put("/keys/vault/key", &json!({ "value": VALUE }))
            .status,
        200 | 201 | 204
    ));
    let stored: Value = client.get("/keys/vault/key").expect(200);
    assert_eq!(stored["value"], VALUE);
    let listed = client.get("/keys/vault").text();
    assert!(
        listed.contains("key") && !listed.contains(VALUE),
        "{listed}"
    );
    assert_eq!(client.run("careless", json!({})).status, RunStatus::Failed);
    // A value that a task reads stays in that run's history, for replays; nobody is shown it.
    client.publish(
        "reader",
        "module.exports = async () => {
            const value = await tools.keystore.get('vault', 'key');
            await tools.keystore.set('vault', 'copy', value);
            return value.length;
        };",
    );
    let read = client.run("reader", json!({}));
    assert_eq!(result(&read), VALUE.len());
    let shown = ["journal", "stack", "logs"]
        .map(|part| {
            client
                .get(&format!("/runs/{}/{part}", read.task_run_id))
                .text()
        })
        .concat();
    assert!(shown.contains("copy") && !shown.contains(VALUE), "{shown}");
    let in_clear = "SELECT count(*) FROM keystore WHERE instr(ciphertext, CAST(?1 AS BLOB)) > 0";
    assert_eq!(app.database().number(in_clear, [VALUE]), 0);
    app.database()
        .change("DELETE FROM task_runs WHERE task_name = 'reader'", []);
    let token = client.token().to_owned();
    let answers = [
        "/runs",
        "/tasks",
        "/metrics",
        "/health",
        "/openapi.json",
        "/runs?cursor=x",
    ]
    .map(|path| client.get(path).text())
    .concat();
    assert!(app.stop().success());
    app.database().change("VACUUM", []);

    let secrets: Value =
        serde_json::from_slice(&fs::read(app.state().join("secrets.json")).unwrap()).unwrap();
    let key = secrets
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_str)
        .find(|secret| *secret != token);
    let key = key.expect("secrets.json holds the keystore's key");
    let mut places = vec![("what was printed", app.output()), ("answers", answers)];
    for component in ["tasks", "stack-processor", "quickjs", "wrappedkeystore"] {
        places.push((component, app.log(component)));
    }
    for entry in fs::read_dir(app.state()).unwrap() {
        let path = entry.unwrap().path();
        if path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().contains("sqlite"))
        {
            places.push((
                "the database",
                String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned(),
            ));
        }
    }
    for (place, text) in places {
        for secret in [&token, key, VALUE] {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
    }

    // Another key cannot open what was sealed with this one.
    app.set(
        "keystore_key",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    );
    app.restart();
    app.client().publish(
        "reader",
        "module.exports = async () => await tools.keystore.get('vault', 'key');",
    );
    let run = app.client().run("reader", json!({}));
    assert_eq!(
        error(&run).code.as_deref(),
        Some("decryption_failed"),
        "{run:?}"
    );
    assert!(!format!("{run:?}").contains(VALUE));
}

#[test]
fn leases_are_kept_while_the_work_goes_on() {
    let sandbox = Sandbox::start(&tasker_sandbox::Settings::default()).expect("a sandbox");
    let app = App::start(
        &Settings::default()
            .upstream(sandbox.url())
            .variable("lease_seconds", 2)
            .variable("slice_seconds", 8)
            .variable("inline_window_ms", 3_000)
            .variable("cpu_ms", 4_500)
            .variable("openai_timeout_seconds", 20)
            .variable("supabase_timeout_seconds", 20),
    );
    let client = app.client();
    client.publish("caller", include_str!("../tasks/caller.js"));
    client.publish("computes", "module.exports = async () => { for (;;); }");
    // One outlasts its slice's patience and then its frame; one is slow when it is tried again, by the queue.
    let (slow, again) = ("/v1/models", "/functions/v1/hello");
    let late = Kind::Slow { delay_ms: 6_000 };
    let unavailable = Kind::Status {
        status: 503,
        retry_after: None,
        body: None,
    };
    sandbox.faults().next(slow, 1, late.clone());
    sandbox.faults().next(again, 1, unavailable);
    sandbox.faults().next(again, 1, late);
    let calls =
        json!({ "calls": [["openai.models.list"], ["supabase.functions.invoke", "hello"]] });
    let runs = [
        client.submit("caller", calls),
        client.submit("computes", json!({})),
    ];
    until("the runs end", 60, || {
        let report: SweepReport = client.post("/sweep", &json!({})).expect(200);
        assert_eq!(
            (report.reclaimed, report.failed),
            (0, 0),
            "a lease was lost"
        );
        runs.iter()
            .all(|run| client.show(*run).status.is_terminal())
            .then_some(())
    });
    let [called, computed] = runs.map(|run| client.show(run));
    assert!(
        !result(&called).to_string().contains(r#""error":{"#),
        "{called:?}"
    );
    assert_eq!(error(&computed).code.as_deref(), Some("cpu_limit"));
    assert_eq!(app.database().assert_journal(called.task_run_id), 2);
    assert_eq!(
        (sandbox.record().count(slow), sandbox.record().count(again)),
        (1, 2)
    );
    app.database().assert_idle();
}

#[test]
fn a_run_whose_executors_are_lost_is_begun_again() {
    let mut app = App::start(&settings());
    let code = "module.exports = async ({ ns }) => {
        if (await tools.keystore.get(ns, 'began')) return 'again';
        await tools.keystore.set(ns, 'began', true);
        for (;;);
    }";
    app.client().publish("lost", code);
    let run = app.client().submit("lost", json!({ "ns": "lost" }));
    until("it has begun", 30, || {
        (app.client().get("/keys/lost/began").status == 200).then_some(())
    });
    // This is the last executor that it may lose.
    let lost_before = "UPDATE stack_runs SET attempt = 4 WHERE status = 'processing'";
    assert_eq!(app.database().change(lost_before, []), 1);
    app.kill();
    app.restart();
    let ended = until("it ends", 30, || {
        app.client().post("/sweep", &json!({}));
        let run = app.client().show(run);
        run.status.is_terminal().then_some(run)
    });
    assert_eq!((result(&ended), ended.attempt), (json!("again"), 2));
    assert_eq!(
        ended.failures[0].error.code.as_deref(),
        Some("executor_lost")
    );
    app.database().assert_journal(run);
    app.database().assert_idle();
}
