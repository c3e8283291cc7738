//! Two builds of the engine on one database, one after the other and at once: a run moves between them either way, and
//! ends right.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tasker_domain::{RunId, StackStatus};
use tasker_postgres_server::{Durability, Server};
use tasker_tests::{App, Client, Settings, paths, result, until};
use tempfile::TempDir;

/// Before the hash that a build of the engine carries.
const MARK: &[u8] = b"tasker-vm-";

/// The app with an executor that carries another hash: as far as snapshots go, another build of the engine.
fn other_build(folder: &Path) -> PathBuf {
    let manifest = fs::read_to_string(paths::manifest_with_timer()).expect("the manifest");
    let mut manifest: toml::Table = manifest.parse().expect("the manifest is TOML");
    for (name, component) in manifest["component"].as_table_mut().expect("components") {
        let source = component["source"].as_str().expect("a file");
        let mut source = paths::root().join(source);
        if name == "quickjs" {
            let mut program = fs::read(&source).expect("the executor is built");
            let at = mark(&program);
            program[at] = if program[at] == b'0' { b'1' } else { b'0' };
            source = folder.join("quickjs.wasm");
            fs::write(&source, program).expect("the other executor can be written");
        }
        component["source"] = source.to_str().expect("a path in UTF-8").into();
    }
    let path = folder.join("spin.toml");
    fs::write(&path, manifest.to_string()).expect("the other manifest can be written");
    path
}

/// Where the hash begins.
fn mark(program: &[u8]) -> usize {
    let found: Vec<_> = program
        .windows(MARK.len() + 16)
        .enumerate()
        .filter(|(_, text)| {
            text.starts_with(MARK) && text[MARK.len()..].iter().all(u8::is_ascii_hexdigit)
        })
        .map(|(at, _)| at + MARK.len())
        .collect();
    assert_eq!(found.len(), 1, "the executor carries one hash");
    found[0]
}

/// Waits until the run's root frame sleeps; gives the engine of its snapshot.
fn asleep(client: &Client, run: RunId) -> String {
    until("the run sleeps", 30, || {
        let stack = client.stack(run);
        let root = stack.first()?;
        let sleeps = root.status == StackStatus::Suspended;
        let snapshot = root.snapshot.as_ref().filter(|_| sleeps);
        snapshot.map(|snapshot| snapshot.engine.clone())
    })
}

const STEPS: i64 = 5;

/// Sets a key, draws a number and waits for an event, again and again.
const TASK: &str = "module.exports = async ({ ns, steps }) => {
    const drawn = [], seen = [];
    for (let step = 1; step <= steps; step++) {
        drawn.push(Math.random());
        await tools.keystore.set(ns, `step-${step}`, drawn.at(-1));
        const event = await tools.waitForEvent('go');
        seen.push(event.data.step);
        const kept = await Promise.all(drawn.map((_, i) => tools.keystore.get(ns, `step-${i + 1}`)));
        if (kept.some((value, i) => value !== drawn[i])) throw new Error(`step ${step}: other numbers`);
    }
    return seen;
}";

#[test]
fn a_run_moves_between_builds_of_the_engine_either_way() {
    let folder = TempDir::new().expect("a temporary folder");
    // With the timer: a kill may come before the wait for an event is noted, and then a sweep must see to it.
    let manifests = [paths::manifest_with_timer(), other_build(folder.path())];
    let settings = Settings::default().manifest(manifests[0].clone());
    let mut app = App::start(&settings.variable("lease_seconds", 2));
    app.client().publish("steps", TASK);
    let input = |ns: &str| json!({ "ns": ns, "steps": STEPS });
    let moved = app.client().submit("steps", input("moved"));
    let mut engines = vec![asleep(app.client(), moved)];
    for step in 1..=STEPS {
        // Every step on the other build; the last two on the same one.
        let build = usize::try_from(step.min(STEPS - 1) % 2).expect("0 or 1");
        app.use_manifest(&manifests[build]);
        app.restart();
        let event = json!({ "name": "go", "runId": moved, "data": { "step": step } });
        let sent = app.client().post("/events", &event);
        assert!(matches!(sent.status, 200..=202), "{}", sent.text());
        if step < STEPS {
            // It sleeps again when it waits for the next event, with a snapshot of its own.
            let keys = "SELECT count(*) FROM keystore WHERE namespace = 'moved'";
            until("the next step has begun", 60, || {
                let run = app.client().show(moved);
                assert!(!run.status.is_terminal(), "{run:?}");
                (app.database().number(keys, []) > step).then_some(())
            });
            engines.push(asleep(app.client(), moved));
        }
    }
    let run = app.client().wait(moved);
    let steps: Vec<_> = (1..=STEPS).collect();
    assert_eq!(result(&run), json!(steps));
    // Two engines in turn.
    let [one, other, again, and_again, last] = &engines[..] else {
        panic!("{engines:?}")
    };
    assert_ne!(one, other);
    assert_eq!([one, one, other], [again, last, and_again]);
    // Each of its calls was made once, whichever build replayed them.
    let entries = app.database().assert_journal(moved);
    let steps = usize::try_from(STEPS).expect("a few");
    assert_eq!(entries, 2 * steps + steps * (steps + 1) / 2);
    let revisions = "SELECT max(revision) FROM keystore WHERE namespace = 'moved'";
    assert_eq!(app.database().number(revisions, []), 1);
    assert_eq!(replays(&app), steps - 1);
    app.database().assert_idle();
}

/// How many frames an app has woken without their snapshots.
fn replays(app: &App) -> usize {
    let log = app.log("quickjs");
    log.lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| {
            line["msg"]
                .as_str()
                .is_some_and(|text| text.contains("replaying its journal"))
        })
        .count()
}

/// Runs that go on at once while two builds are at work.
const RUNS: usize = 8;

/// How many steps one node takes while the other is halted.
const ALONE: i64 = 3;

#[test]
fn builds_of_the_engine_work_at_once_on_one_database() {
    let folder = TempDir::new().expect("a temporary folder");
    let server = Server::start(Durability::None);
    let settings = Settings::default()
        .variable("database_url", server.database())
        .shared_key()
        // Each node finds room for drainers of its own.
        .variable("drainers", 8)
        .variable("lease_seconds", 2);
    let nodes = [paths::manifest_with_timer(), other_build(folder.path())]
        .map(|manifest| App::start(&settings.clone().manifest(manifest)));
    nodes[0].client().publish("steps", TASK);
    let runs: Vec<_> = (0..RUNS)
        .map(|number| {
            let input = json!({ "ns": format!("run-{number}"), "steps": STEPS });
            nodes[number % 2].client().submit("steps", input)
        })
        .collect();
    let database = nodes[0].database();
    let mut engines = Vec::new();
    for step in 1..=STEPS {
        // While one node is alone, whatever sleeps has to move to it; in the end a run belongs to the node that claims it.
        let awake = usize::try_from(step % 2).expect("0 or 1");
        let is_alone = step <= ALONE;
        runs.iter()
            .for_each(|run| drop(asleep(nodes[awake].client(), *run)));
        if is_alone {
            nodes[1 - awake].halt();
        }
        for (number, run) in runs.iter().enumerate() {
            let node = if is_alone { awake } else { number % 2 };
            let event = json!({ "name": "go", "runId": run, "data": { "step": step } });
            let sent = nodes[node].client().post("/events", &event);
            assert!(matches!(sent.status, 200..=202), "{}", sent.text());
        }
        if step < STEPS {
            let woken = runs.iter().enumerate().map(|(number, run)| {
                let keys = format!("SELECT key FROM keystore WHERE namespace = 'run-{number}'");
                until("the next step has begun", 60, || {
                    (database.texts(&keys).len() as i64 > step).then_some(())
                });
                asleep(nodes[awake].client(), *run)
            });
            engines.push(woken.collect::<BTreeSet<_>>());
        }
        if is_alone {
            nodes[1 - awake].go_on();
        }
    }
    let [one, other, again, ..] = &engines[..] else {
        panic!("{engines:?}")
    };
    assert_eq!((one.len(), other.len()), (1, 1), "{engines:?}");
    assert!(one != other && one == again, "{engines:?}");
    let steps = usize::try_from(STEPS).expect("a few");
    for (number, run) in runs.iter().enumerate() {
        let seen = result(&nodes[number % 2].client().wait(*run));
        assert_eq!(seen, json!((1..=STEPS).collect::<Vec<_>>()));
        let entries = database.assert_journal(*run);
        assert_eq!(entries, 2 * steps + steps * (steps + 1) / 2);
    }
    let replayed = [replays(&nodes[0]), replays(&nodes[1])];
    assert!(
        replayed.iter().all(|replays| *replays >= RUNS),
        "{replayed:?}"
    );
    // Whichever node replayed them: each key was set once.
    let twice = "SELECT namespace FROM keystore WHERE revision > 1";
    assert_eq!(database.texts(twice), [""; 0]);
    database.assert_idle();
}
