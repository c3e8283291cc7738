//! Schedules fire on the sweep.

use std::time::Duration;

use tasker_domain::{CatchUp, Overlap};
use tasker_engine::submission::triggered;
use tasker_engine::{World, drainer};
use tasker_store::SetSchedule;
use tasker_store::prelude::*;

use crate::world::{BEGIN_MS, Small};

/// A schedule of the task `main` that is due each minute.
fn with_schedule(input: &str) -> Small {
    let world = Small::new(&[]);
    world.publish("main", "v1", Some(r#"{"type":"object","required":["n"]}"#));
    let schedule = SetSchedule {
        name: "tick".to_owned(),
        task: "main".to_owned(),
        cron: "* * * * *".to_owned(),
        time_zone: "UTC".to_owned(),
        input: input.to_owned(),
        overlap: Overlap::Allow,
        catch_up: CatchUp::Last,
        paused: None,
        next_at: Some(BEGIN_MS + 60_000),
    };
    world.store().set_schedule(&schedule, BEGIN_MS).unwrap();
    world
}

fn swept(world: &Small) -> u32 {
    drainer::sweep(world, &world.store()).unwrap().scheduled
}

#[test]
fn a_sweep_fires_what_is_due_once() {
    let world = with_schedule("{\"n\":1}");
    assert_eq!(swept(&world), 0);
    world.pass(Duration::from_secs(61));
    assert_eq!((swept(&world), swept(&world)), (1, 0));
    let schedule = world.store().schedule("tick").unwrap().unwrap();
    assert_eq!(schedule.next_at, Some(BEGIN_MS + 120_000));
    let run = world
        .store()
        .run(schedule.last_run.unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(
        (run.input.as_str(), run.schedule.as_deref()),
        ("{\"n\":1}", Some("tick"))
    );
    assert_eq!(run.retry.pauses.len(), 2);
    world.pass(Duration::from_secs(60));
    assert_eq!(swept(&world), 1);

    let id = triggered(&world, &world.store(), schedule).unwrap();
    let run = world.store().run(id).unwrap().unwrap();
    assert_eq!(run.schedule.as_deref(), Some("tick"));
    assert_eq!(world.store().queue_depth(world.now_ms()).unwrap().0, 3);
}

#[test]
fn what_cannot_be_run_is_told() {
    let world = with_schedule("{}");
    world.pass(Duration::from_secs(61));
    assert_eq!(swept(&world), 0);
    let schedule = world.store().schedule("tick").unwrap().unwrap();
    let problem = schedule.last_problem.clone().unwrap();
    assert!(
        problem.contains("does not fit the task `main`"),
        "{problem}"
    );
    assert_eq!(schedule.skipped.unwrap().moments, 1);
    assert!(triggered(&world, &world.store(), schedule).is_err());

    world.store().delete_task("main", world.now_ms()).unwrap();
    world.pass(Duration::from_secs(60));
    assert_eq!(swept(&world), 0);
    let schedule = world.store().schedule("tick").unwrap().unwrap();
    assert_eq!(
        schedule.last_problem.as_deref(),
        Some("no task `main` is published")
    );
}
