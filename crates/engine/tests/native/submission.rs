//! Making runs.

use tasker_api::{RawJson, Versions};
use tasker_domain::{ErrorCode, Outcome, RunId};
use tasker_engine::World;
use tasker_engine::submission::{Error, Wanted, again, input, submit, webhook};
use tasker_store::prelude::*;
use tasker_store::{Concurrency, Finish, NewLog, Publication, Submitted, TaskSettings};

use crate::world::{BEGIN_MS, Small};

/// What the task `main` takes.
const SCHEMA: &str = r#"{"type":"object","properties":{"n":{"type":"number","default":3}}}"#;

fn made(world: &Small, wanted: Wanted) -> RunId {
    let (id, submitted) = submit(world, &world.store(), wanted, world.now_ms()).unwrap();
    assert_eq!(submitted, Submitted::Created);
    id
}

fn code<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Refused(problem)) => problem.code,
        other => panic!("{other:?}"),
    }
}

/// Ends the only run that is due.
fn end(world: &Small, outcome: Outcome) {
    let (store, now) = (world.store(), world.now_ms());
    let claimed = store.claim(1, 0, &world.lease_terms(9_000), now).unwrap();
    let finish = Finish {
        outcome,
        logs: NewLog::default(),
    };
    store.load(claimed[0].lease, now).unwrap();
    store.finish(claimed[0].lease, &finish, None, now).unwrap();
}

#[test]
fn one_key_makes_one_run() {
    let world = Small::new(&[("idempotency_days", "2")]);
    world.publish("main", "v1", None);
    let keyed = |input: &str| Wanted {
        input: input.to_owned(),
        idempotency_key: Some("key".to_owned()),
        ..world.wanted()
    };
    let first = made(&world, keyed("{\"n\":1}"));
    let (_, same) = submit(&world, &world.store(), keyed("{\"n\":1}"), BEGIN_MS).unwrap();
    assert!(matches!(same, Submitted::Existing(run) if run.id == first));
    let (_, other) = submit(&world, &world.store(), keyed("{\"n\":2}"), BEGIN_MS).unwrap();
    assert_eq!(other, Submitted::Conflict(first));
    assert_eq!(world.store().queue_depth(BEGIN_MS).unwrap().0, 1);
}

#[test]
fn a_key_counts_until_its_moment_whatever_the_settings_say() {
    let world = Small::new(&[("idempotency_days", "0")]);
    world.publish("main", "v1", None);
    let until = BEGIN_MS + 5_000;
    let keyed = || Wanted {
        idempotency_key: Some("key".to_owned()),
        key_until: Some(until),
        ..world.wanted()
    };
    let first = made(&world, keyed());
    end(&world, Ok("1".to_owned()));
    let (_, same) = submit(&world, &world.store(), keyed(), until - 1).unwrap();
    assert!(matches!(same, Submitted::Existing(run) if run.id == first));
    let (_, again) = submit(&world, &world.store(), keyed(), until).unwrap();
    assert_eq!(again, Submitted::Created);
}

#[test]
fn a_run_has_the_terms_of_its_task_unless_it_says_otherwise() {
    let world = Small::new(&[("run_attempts", "4")]);
    world.publish("main", "v1", Some(SCHEMA));
    let run = |id| world.store().run(id).unwrap().unwrap();
    let plain = run(made(&world, world.wanted()));
    assert_eq!((plain.priority, plain.retry.any), (0, false));
    assert_eq!(plain.retry.pauses.len(), 3);
    let keyed = Wanted {
        concurrency_key: Some("k".to_owned()),
        ..world.wanted()
    };
    let refused = submit(&world, &world.store(), keyed, BEGIN_MS);
    assert_eq!(code(refused), "concurrency_invalid");

    let task = world.wanted().task;
    let settings = TaskSettings {
        priority: Some(7),
        attempts: Some(2),
        concurrency: Some(Concurrency {
            at_once: 1,
            per: Some("n".to_owned()),
        }),
        ..TaskSettings::default()
    };
    let publication = Publication {
        task: &tasker_domain::TaskFunction {
            version: "v2".to_owned(),
            ..task
        },
        grants: None,
        settings: &settings,
        schedules: &[],
    };
    world.store().publish_with(&publication, BEGIN_MS).unwrap();
    let limited = made(&world, world.wanted());
    let own = run(limited);
    assert_eq!((own.priority, own.retry.any), (7, true));
    assert_eq!(own.retry.pauses.len(), 1);
    // The input with its default says which runs it shares the limit with; a key says otherwise.
    let limit = |id| world.store().concurrency_limit(id).unwrap().unwrap();
    assert_eq!(
        (limit(limited).scope.as_str(), limit(limited).at_once),
        ("main:3", 1)
    );
    let with_wishes = Wanted {
        priority: Some(-5),
        concurrency_key: Some("k".to_owned()),
        ..world.wanted()
    };
    let wished = made(&world, with_wishes);
    assert_eq!(run(wished).priority, -5);
    assert_eq!(limit(wished).scope, "main:k");
}

#[test]
fn an_input_is_compact_and_fits() {
    let raw = |text: &str| RawJson::parse(text.to_owned()).unwrap();
    assert_eq!(
        input(&raw(" { \"n\" : 1 } "), Some(SCHEMA), "main").unwrap(),
        "{\"n\":1}"
    );
    assert_eq!(input(&raw("null"), Some(SCHEMA), "main").unwrap(), "{}");
    assert_eq!(input(&raw("null"), None, "main").unwrap(), "null");
    assert_eq!(
        code(input(&raw("{\"n\":\"x\"}"), Some(SCHEMA), "main")),
        "input_invalid"
    );
    let large = format!("\"{}\"", "x".repeat(tasker_api::INPUT_MAX_BYTES));
    assert_eq!(code(input(&raw(&large), None, "main")), "body_too_large");
}

#[test]
fn an_ended_run_is_run_again_at_the_newest_versions_or_at_its_own() {
    let world = Small::new(&[]);
    world.publish("main", "v1", None);
    let first = made(
        &world,
        Wanted {
            deadline: Some(BEGIN_MS + 500),
            priority: Some(9),
            ..world.wanted()
        },
    );
    end(&world, Ok("1".to_owned()));
    world.pass(std::time::Duration::from_secs(1));
    world.publish("main", "v2", Some(r#"{"type":"object","required":["n"]}"#));
    let ended = || world.store().run(first).unwrap().unwrap();
    let store = world.store();
    let newest = again(&world, &store, ended(), Versions::Newest, None, None);
    assert_eq!(code(newest), "input_invalid");
    let (same, submitted) = again(&world, &store, ended(), Versions::Same, None, None).unwrap();
    assert_eq!(submitted, Submitted::Created);
    let run = store.run(same).unwrap().unwrap();
    assert_eq!((run.version.as_str(), run.priority), ("v1", 9));
    assert_eq!(
        (run.retry_of, run.deadline),
        (Some(first), Some(world.now_ms() + 500))
    );
    store.delete_task("main", world.now_ms()).unwrap();
    let gone = again(&world, &store, ended(), Versions::Newest, None, None);
    assert_eq!(code(gone), ErrorCode::TaskNotFound.as_str());
}

#[test]
fn a_webhook_goes_where_the_app_allows() {
    let world = Small::new(&[("webhook_hosts", "hooks.example.com")]);
    assert_eq!(webhook(&world, None).unwrap(), None);
    let url = "https://hooks.example.com/x";
    assert_eq!(webhook(&world, Some(url)).unwrap().as_deref(), Some(url));
    for wrong in ["", "https://other.example.com/x"] {
        assert_eq!(code(webhook(&world, Some(wrong))), "webhook_invalid");
    }
}
