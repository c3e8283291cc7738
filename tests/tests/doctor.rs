//! Health, diagnosis and repair: damage of every kind in the database of the running app.

use serde_json::{Value, json};
use tasker_api::{Diagnosis, Inspection, Readiness, Verdict};
use tasker_domain::RunId;
use tasker_tests::{App, Settings, result, until};

/// Waits for two nested tasks, side by side.
const PAIR: &str = "module.exports = async function execute({ ns }) {
    const drawn = Math.random();
    const both = await Promise.all([
        tools.tasks.execute('gate', { ns }),
        tools.tasks.execute('gate', { ns }),
    ]);
    return { both, drawn };
};";

/// Submits a pair and waits until its frame sleeps over both.
fn pair(app: &App) -> RunId {
    let run = app.client().submit("pair", json!({ "ns": "pairs" }));
    until("the pair sleeps", 60, || {
        let stack = app.client().stack(run);
        let root = stack.first()?;
        (root.snapshot.is_some() && root.pending_calls.len() == 2).then_some(())
    });
    run
}

fn diagnosis(app: &App) -> Diagnosis {
    app.client().get("/doctor?waiting=0").expect(200)
}

/// The kinds of damage that were found in a run.
fn damage_of(diagnosis: &Diagnosis, run: RunId) -> Vec<&str> {
    let run = run.to_string();
    diagnosis
        .damage
        .iter()
        .filter(|damage| damage.task_run_id.as_ref() == Some(&run))
        .map(|damage| damage.kind.as_str())
        .collect()
}

#[test]
fn damage_of_every_kind_is_found_explained_and_repaired() {
    let mut app = App::start(
        &Settings::default()
            .variable("lease_seconds", 2)
            .variable("slice_seconds", 1),
    );
    app.client()
        .publish("gate", include_str!("../tasks/gate.js"));
    app.client().publish("pair", PAIR);
    let names = [
        "sound",
        "root_missing",
        "waking_missed",
        "waits_for_nothing",
        "call_lost",
        "snapshot_damaged",
        "lease_expired",
        "lease_far_ahead",
        "due_far_ahead",
    ];
    let runs = names.map(|_| pair(&app));
    app.kill();
    // The nested tasks wait a long time, so that nothing moves by itself.
    let database = app.database();
    database.change(
        "UPDATE stack_runs SET status = 'pending', attempt = 0, lease_owner = NULL,
             lease_expires_at = NULL, run_after = created_at + 9000000
         WHERE parent_id IS NOT NULL",
        [],
    );
    app.restart();

    let open = |path: &str| app.client().send("GET", path, &[], None);
    assert_eq!(open("/health").status, 200);
    assert_eq!(open("/doctor").status, 401);
    let ready: Readiness = open("/health/ready").expect(200);
    let parts: Vec<_> = ready.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(
        parts,
        ["database", "migrations", "clock database", "timer", "queue"]
    );
    assert_ne!(ready.status, Verdict::Failing);

    let sound = diagnosis(&app);
    assert!(sound.damage.is_empty(), "{:?}", sound.damage);
    assert_ne!(sound.status, Verdict::Failing, "{sound:?}");
    for component in ["quickjs", "stack-processor", "wrappedkeystore", "tasks"] {
        let name = format!("component {component}");
        let check = sound.checks.iter().find(|check| check.name == name);
        assert_eq!(
            check.map(|check| check.status),
            Some(Verdict::Ok),
            "{sound:?}"
        );
    }
    assert_eq!(sound.waiting.len(), 2 * names.len());
    assert!(sound.waiting[0].reason.contains("later") && sound.waiting[0].next_at.is_some());

    let inspect = |run: RunId| -> Inspection {
        app.client()
            .get(&format!("/runs/{run}/inspect"))
            .expect(200)
    };
    let inspection = inspect(runs[0]);
    let root = &inspection.frames[0];
    let snapshot = root.snapshot.as_ref().unwrap();
    assert_eq!(snapshot.engine, inspection.engine);
    assert!(snapshot.bytes > 100 && snapshot.problem.is_none());
    let calls: Vec<_> = snapshot
        .pending_calls
        .iter()
        .map(|call| (call.call, call.label.as_str(), call.state.as_str()))
        .collect();
    assert_eq!(
        calls,
        [
            (1, "tasks.execute", "queued"),
            (2, "tasks.execute", "queued")
        ]
    );
    let places: Vec<_> = snapshot
        .pending_calls
        .iter()
        .filter_map(|call| call.at.as_deref())
        .collect();
    assert!(
        places[0].contains("pair.js:4:") && places[1].contains("pair.js:5:"),
        "{places:?}"
    );
    assert_eq!(
        app.client()
            .get("/runs/019c2a5e-7d10-7b3a-9f6e-2f4f4f0d9c11/inspect")
            .status,
        404
    );

    // Damage.
    database.rows("PRAGMA foreign_keys = off", [], |_| Ok(()));
    let change = |index: usize, sql: &str| {
        assert!(database.change(sql, [runs[index].to_string()]) > 0, "{sql}");
    };
    change(1, "DELETE FROM stack_runs WHERE run_id = ?1 AND path = '0'");
    change(
        2,
        "INSERT INTO call_journal (run_id, seq, frame, call_number, ok, attempts, started_at,
             finished_at, service, method, args, value)
         SELECT run_id, (SELECT coalesce(max(seq), 0) + 1 FROM call_journal WHERE run_id = ?1),
             '0', 1, 1, 1, created_at, created_at, service, method, args, '\"open\"'
         FROM stack_runs WHERE run_id = ?1 AND path = '0.1'",
    );
    change(
        2,
        "DELETE FROM stack_runs WHERE run_id = ?1 AND path = '0.1'",
    );
    change(
        3,
        "DELETE FROM stack_runs WHERE run_id = ?1 AND path <> '0'",
    );
    change(
        4,
        "DELETE FROM stack_runs WHERE run_id = ?1 AND path = '0.2'",
    );
    change(
        5,
        "UPDATE snapshots SET bytes = x'00ff' WHERE stack_run_id =
             (SELECT id FROM stack_runs WHERE run_id = ?1 AND path = '0')",
    );
    let held = |at: &str| {
        format!(
            "UPDATE stack_runs SET status = 'processing', lease_expires_at = {at}
             WHERE run_id = ?1 AND path = '0.1'"
        )
    };
    change(6, &held("1"));
    change(7, &held("created_at + 99000000000"));
    change(
        8,
        "UPDATE stack_runs SET updated_at = created_at + 99000000000,
             run_after = created_at + 99000000000 WHERE run_id = ?1 AND path = '0.1'",
    );
    // A whole run that is gone but for its row, and a snapshot of nothing.
    database.change(
        "INSERT INTO stack_runs (id, run_id, path, parent_id, call_number, kind, status, run_after,
             created_at, updated_at, service, method, args)
         VALUES ('no id', 'no run', '0.1', 'no frame', 1, 'call', 'pending', 99000000000000, 1, 1,
             'keystore', '[\"get\"]', '[]')",
        [],
    );
    database.change(
        "INSERT INTO snapshots (stack_run_id, raw_bytes, engine, position, in_flight, bytes)
         VALUES ('no frame', 1, 'x', 0, 'no JSON', x'00')",
        [],
    );

    let found = diagnosis(&app);
    assert_eq!(found.status, Verdict::Failing);
    assert_eq!(damage_of(&found, runs[0]), [""; 0]);
    for (name, run) in names.iter().zip(runs).skip(1) {
        let kinds = damage_of(&found, run);
        assert!(kinds.contains(name), "{name}: {kinds:?}");
    }
    for kind in ["row_orphaned", "snapshot_orphaned"] {
        assert!(
            found.damage.iter().any(|damage| damage.kind == kind),
            "{kind}"
        );
    }
    let lost = inspect(runs[4]);
    assert_eq!(lost.frames[0].damage.as_deref(), Some("call_lost"));
    let states: Vec<_> = lost.frames[0]
        .snapshot
        .as_ref()
        .unwrap()
        .pending_calls
        .iter()
        .map(|call| call.state.as_str())
        .collect();
    assert_eq!(states, ["queued", "lost"]);
    let damaged = inspect(runs[5]).frames.remove(0).snapshot.unwrap();
    assert!(damaged.problem.is_some() && damaged.pending_calls.is_empty());

    let repaired: Diagnosis = app
        .client()
        .post("/doctor?waiting=0", &Value::Null)
        .expect(200);
    assert_eq!(repaired.damage, [], "all is repaired");
    let done: Vec<_> = repaired
        .repaired
        .iter()
        .flatten()
        .map(|done| done.kind.as_str())
        .collect();
    for name in names
        .iter()
        .skip(1)
        .chain(&["row_orphaned", "snapshot_orphaned"])
    {
        assert!(done.contains(name), "{name}: {done:?}");
    }
    assert_ne!(diagnosis(&app).status, Verdict::Failing);

    // Every run ends, and ends right.
    let opened = app
        .client()
        .put("/keys/pairs/gate", &json!({ "value": "open" }));
    assert_eq!(opened.status, 204);
    for run in runs {
        let run = until("the run ends", 60, || {
            database.change(
                "UPDATE stack_runs SET run_after = 0 WHERE run_after > created_at + 8000000",
                [],
            );
            app.client().post("/sweep", &json!({}));
            let run = app.client().show(run);
            run.status.is_terminal().then_some(run)
        });
        assert_eq!(result(&run)["both"], json!(["open", "open"]));
        app.database().assert_journal(run.task_run_id);
    }
    app.database().assert_idle();
}

#[test]
fn a_setting_that_cannot_be_used_is_named_at_once_and_an_upstream_that_nobody_uses_is_no_trouble() {
    // The settings of the start are checked by the command: this one comes past it, as on another host.
    let mut app =
        App::start(&Settings::default().variable("openai_base_url", "http://127.0.0.1:9"));
    let component = |found: &Diagnosis, name: &str| {
        let name = format!("component {name}");
        let check = found.checks.iter().find(|check| check.name == name);
        check.cloned().expect("it is looked at")
    };
    let unused = component(&diagnosis(&app), "wrappedopenai");
    assert_eq!(unused.status, Verdict::Ok, "{unused:?}");
    assert!(unused.message.contains("nobody uses it"), "{unused:?}");
    app.client()
        .publish("asks", "module.exports = () => tools.openai.models.list()");
    let used = component(&diagnosis(&app), "wrappedopenai");
    assert_eq!(used.status, Verdict::Warning, "{used:?}");

    let manifest = std::fs::read_to_string(tasker_tests::paths::manifest()).unwrap();
    let target = tasker_tests::paths::manifest().with_file_name("target");
    let wrong = manifest
        .replace("\"target/", &format!("\"{}/", target.display()))
        .replace(
            "keystore_key = \"{{ keystore_key }}\"",
            "keystore_key = \"c2VjcmV0\"",
        )
        .replace(
            "idempotency_days = \"{{ idempotency_days }}\"",
            "idempotency_days = \"-1\"",
        )
        .replace(
            "database_timeout_seconds = \"{{ database_timeout_seconds }}\"",
            "database_timeout_seconds = \"0\"",
        )
        .replace(
            "internal_key = \"{{ internal_key }}\"",
            "internal_key = \"s3cret\"",
        );
    assert_ne!(wrong, manifest);
    let file = app.state().join("spin.toml");
    std::fs::write(&file, wrong).unwrap();
    app.use_manifest(&file);
    app.restart();
    let ready: Readiness = app
        .client()
        .send("GET", "/health/ready", &[], None)
        .expect(503);
    let part = ready
        .parts
        .iter()
        .find(|part| part.name == "settings")
        .unwrap();
    for said in [
        "`idempotency_days` must be a whole number from 0 to 36500, not `-1`",
        "`keystore_key` must be 32 bytes in base64",
        "`internal_key` must be empty, or 32 characters or more",
        "`database_timeout_seconds` must be a whole number from 1 to 3600, not `0`",
    ] {
        assert_eq!(part.message.matches(said).count(), 1, "{part:?}");
    }
    // Each component has looked at all that it reads.
    let found = diagnosis(&app);
    for check in found
        .checks
        .iter()
        .filter(|check| check.name.starts_with("component "))
    {
        assert_eq!(check.status, Verdict::Failing, "{check:?}");
        assert!(
            check.message.contains("database_timeout_seconds"),
            "{check:?}"
        );
        assert!(
            !check.message.contains("c2VjcmV0") && !check.message.contains("s3cret"),
            "{check:?}"
        );
    }
    assert!(
        component(&found, "wrappedkeystore")
            .message
            .contains("`keystore_key`")
    );
    assert!(
        component(&found, "tasks")
            .message
            .contains("`idempotency_days`")
    );
}
