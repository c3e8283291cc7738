//! Runs of their own that tasks start.

use std::time::Duration;

use serde_json::{Value, json};
use tasker_api::Versions;
use tasker_domain::started::key;
use tasker_domain::{Lease, Path, RunId, RunStatus, Stop, StopCause};
use tasker_engine::submission::{self, Wanted, submit};
use tasker_engine::{World, drainer};
use tasker_store::Starter;
use tasker_store::Submitted;
use tasker_store::prelude::*;

use crate::asleep::{self, ask};
use crate::world::Small;

/// A run of `main` whose frame is awake.
fn begun(world: &Small) -> (RunId, Lease) {
    asleep::begun(world, "main")
}

/// A run of `main` whose frame sleeps over calls that are in the queue.
fn asking(world: &Small, calls: &[(&str, &str, Value)]) -> RunId {
    asleep::asleep(world, "main", calls)
}

/// How many runs there are.
fn runs(world: &Small) -> u64 {
    let counts = world.store().count_runs().unwrap();
    counts.iter().map(|(_, count)| count).sum()
}

/// What the calls of a run have given, once a drainer was there.
fn answers(world: &Small, run: RunId) -> Vec<Value> {
    let own = world.clone();
    world.begin(async move { drainer::drain(&own).await });
    world.pass(Duration::from_secs(1));
    let mut entries = world.store().journal(run, 0, 9).unwrap().items;
    entries.sort_by_key(|entry| entry.call.number);
    let shown = entries.into_iter().map(|entry| match entry.outcome {
        Ok(value) => serde_json::from_str(&value).unwrap(),
        Err(error) => json!(error.code),
    });
    shown.collect()
}

#[test]
fn a_call_that_is_made_again_starts_no_second_run() {
    let world = Small::new(&[]);
    world.publish("main", "v1", None);
    let run = asking(&world, &[("tasks", "start", json!(["main", { "n": 1 }]))]);
    // Its worker is lost once it has made the run.
    let wanted = Wanted {
        input: "{\"n\":1}".to_owned(),
        idempotency_key: Some(key(run, &Path::root().call(1))),
        ..world.wanted()
    };
    let (started, made) = submit(&world, &world.store(), wanted, world.now_ms()).unwrap();
    assert_eq!(made, Submitted::Created);
    assert_eq!(answers(&world, run), [json!(started)]);
    assert_eq!(runs(&world), 2);
}

#[test]
fn a_run_starts_as_many_as_the_setting_says() {
    let world = Small::new(&[("run_starts", "2")]);
    world.publish("main", "v1", None);
    let (run, lease) = begun(&world);
    for call in [7, 8] {
        let wanted = Wanted {
            idempotency_key: Some(key(run, &Path::root().call(call))),
            starter: Some(Starter { run, at_most: 2 }),
            run_at: Some(world.now_ms() + 600_000),
            ..world.wanted()
        };
        let (_, made) = submit(&world, &world.store(), wanted, world.now_ms()).unwrap();
        assert_eq!(made, Submitted::Created);
    }
    ask(&world, lease, &[("tasks", "start", json!(["main"]))]);
    assert_eq!(answers(&world, run), [json!("starts_limit")]);
    assert_eq!(runs(&world), 3);
}

#[test]
fn a_task_tags_its_run() {
    let world = Small::new(&[]);
    world.publish("main", "v1", None);
    let (run, _) = {
        let tags = vec!["b".to_owned()];
        let wanted = Wanted {
            tags,
            ..world.wanted()
        };
        submit(&world, &world.store(), wanted, world.now_ms()).unwrap()
    };
    let again = submission::again(
        &world,
        &world.store(),
        world.store().run(run).unwrap().unwrap(),
        Versions::Newest,
        None,
        None,
    );
    let (again, _) = again.unwrap();
    assert_eq!(
        world.store().tags(again).unwrap(),
        Some(vec!["b".to_owned()])
    );

    let own = asking(&world, &[("tag", "", json!(["z", "a", "z"]))]);
    assert_eq!(answers(&world, own), [json!(["a", "z"])]);
    let many: Vec<String> = (0..21).map(|number| format!("n{number}")).collect();
    for (args, code) in [
        (json!(many), "tags_invalid"),
        (json!(["a b"]), "invalid_arguments"),
        (json!([]), "invalid_arguments"),
    ] {
        let run = asking(&world, &[("tag", "", args)]);
        assert_eq!(answers(&world, run), [json!(code)]);
        assert_eq!(world.store().tags(run).unwrap(), Some(vec![]));
    }
}

#[test]
fn a_task_touches_what_its_run_has_started_and_nothing_else() {
    let world = Small::new(&[]);
    world.publish("main", "v1", None);
    let starter = asking(
        &world,
        &[("tasks", "start", json!(["main", null, { "priority": 7 }]))],
    );
    let started = answers(&world, starter).remove(0);
    let id: RunId = serde_json::from_value(started.clone()).unwrap();
    let made = world.store().run(id).unwrap().unwrap();
    assert_eq!((made.priority, made.input.as_str()), (7, "null"));

    // Another run of the same task may not. Each call has a run: the first one that settles wakes it.
    let calls = [
        ("runs", "get", json!([started]), "run_not_found"),
        ("runs", "wait", json!([started]), "run_not_found"),
        ("runs", "cancel", json!([started]), "run_not_found"),
        ("runs", "signal", json!([started, "go"]), "run_not_found"),
        ("runs", "get", json!(["x"]), "invalid_arguments"),
        ("tasks", "start", json!(["none"]), "task_not_found"),
        (
            "tasks",
            "start",
            json!(["main", {}, { "idempotencyKey": "x" }]),
            "invalid_arguments",
        ),
    ];
    for (service, method, args, code) in calls {
        let other = asking(&world, &[(service, method, args)]);
        assert_eq!(answers(&world, other), [json!(code)], "{service}.{method}");
    }
    assert_ne!(
        world.store().run(id).unwrap().unwrap().status,
        RunStatus::Cancelled
    );
}

#[test]
fn a_task_waits_for_the_end_of_what_it_has_started() {
    let world = Small::new(&[]);
    world.publish("main", "v1", None);
    for is_cancelled in [false, true] {
        let (starter, lease) = begun(&world);
        let wanted = Wanted {
            idempotency_key: Some(key(starter, &Path::root().call(9))),
            run_at: Some(world.now_ms() + 60_000),
            ..world.wanted()
        };
        let (started, _) = submit(&world, &world.store(), wanted, world.now_ms()).unwrap();
        ask(&world, lease, &[("runs", "wait", json!([started]))]);
        let (nothing, asleep): ([Value; 0], _) = ([], answers(&world, starter));
        assert_eq!(asleep, nothing);

        // However the run ends, the call that waits is due then.
        let expected = if is_cancelled {
            let stop = Stop::new(StopCause::Cancel, 0, world.now_ms());
            let cancelled = world.store().cancel(started, &stop, true, world.now_ms());
            cancelled.unwrap();
            json!("cancelled")
        } else {
            world.pass(Duration::from_secs(60));
            json!(1)
        };
        assert_eq!(answers(&world, starter), std::slice::from_ref(&expected));
        // One that has ended is not waited for.
        let (starter, lease) = begun(&world);
        ask(&world, lease, &[("runs", "wait", json!([started]))]);
        assert_eq!(
            answers(&world, starter),
            [json!("run_not_found")],
            "{expected}"
        );
    }
}
