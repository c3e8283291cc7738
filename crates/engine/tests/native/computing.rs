//! Tasks that compute for long, and what waits for them: no task, no call, and no fresh drainer for a task beside them.

use std::cell::Cell;
use std::time::Duration;

use serde_json::json;
use tasker_domain::{RunId, RunStatus};
use tasker_engine::submission::submit;
use tasker_engine::{World, drainer};
use tasker_store::prelude::*;

use crate::asleep::asleep;
use crate::world::{BEGIN_MS, Slice, Small};

/// A drainer has places for so many frames.
const PLACES: usize = 4;

/// When it should hand over, with slices of ten seconds.
const OVER: Duration = Duration::from_secs(5);

/// After this time frames that still compute keep it, and others go on beside them.
const BESIDE: Duration = Duration::from_secs(1);

/// Within this time it has looked at the queue.
const LOOK: Duration = Duration::from_millis(100);

/// A world in which a drainer has been at work for a time, and has all places taken by runs of `main` whose slices are these.
/// One more of its runs is due.
fn busy(
    settings: &[(&'static str, &'static str)],
    slice: impl Fn() -> Slice,
    time: Duration,
) -> Small {
    let own = [
        ("timer", "external"),
        ("drainers", "1"),
        ("slice_seconds", "10"),
        ("lease_seconds", "600"),
    ];
    let world = Small::new(&[&own[..], settings].concat());
    for task in ["main", "other"] {
        world.publish(task, "v1", None);
    }
    world.slices((0..PLACES).map(|_| slice()));
    for _ in 0..=PLACES {
        submitted(&world, "main");
    }
    world.pass(time);
    assert_eq!(world.executed().len(), PLACES);
    world
}

/// Submits a run, and pokes the stack processor, as the API does.
fn submitted(world: &Small, task: &str) -> RunId {
    let (store, wanted) = (world.store(), world.wanted_of(task));
    let (run, _) = submit(world, &store, wanted, world.now_ms()).unwrap();
    let own = world.clone();
    world.begin(async move { drainer::drain(&own).await });
    run
}

fn has_ended(world: &Small, run: RunId) -> bool {
    let run = world.store().run(run).unwrap().unwrap();
    run.status == RunStatus::Completed
}

#[test]
fn others_go_on_beside_what_computes_past_its_drainers_time() {
    // A frame that is soon at its end is waited for.
    let world = busy(&[], || Slice::NeverEnds, OVER + BESIDE - LOOK);
    let first = submitted(&world, "other");
    world.pass(LOOK / 2);
    assert_eq!(world.executed().len(), PLACES);
    world.pass(LOOK);
    assert!(has_ended(&world, first));
    for _ in 0..20 {
        let run = submitted(&world, "other");
        world.pass(LOOK);
        assert!(has_ended(&world, run));
    }
    // More of what computes would get the same cores.
    assert_eq!(world.executed().len(), PLACES + 21);
}

#[test]
fn of_the_task_that_computes_no_more_is_begun_past_its_time() {
    // Not even in the place of one that has ended.
    let first = Cell::new(true);
    let slice = || match first.take() {
        true => Slice::Computes(OVER + BESIDE / 2),
        false => Slice::NeverEnds,
    };
    busy(&[], slice, OVER + BESIDE * 3);
}

#[test]
fn only_a_few_others_compute_beside_it() {
    let world = busy(&[], || Slice::NeverEnds, OVER + BESIDE + LOOK);
    let others = ["a", "b", "c", "d", "e"];
    world.slices(others.map(|_| Slice::NeverEnds));
    for task in others {
        world.publish(task, "v1", None);
        submitted(&world, task);
        // Of each task one at a time.
        submitted(&world, task);
        world.pass(LOOK);
    }
    assert_eq!(world.executed().len(), PLACES + 4);
}

#[test]
fn a_call_of_another_task_settles_and_its_frame_goes_on() {
    let world = busy(&[], || Slice::NeverEnds, Duration::ZERO);
    let ring = |after: Duration| json!([BEGIN_MS + tasker_world::in_ms(after)]);
    let run = asleep(
        &world,
        "other",
        &[("timer", "sleep", ring(OVER + BESIDE * 2))],
    );
    world.pass(OVER + BESIDE * 2 - LOOK);
    assert!(!has_ended(&world, run));
    world.pass(LOOK * 2);
    assert!(has_ended(&world, run));
}

#[test]
fn a_fresh_drainer_waits_for_the_drainers_own_frames_alone() {
    let computes = OVER * 2;
    let world = busy(&[], || Slice::Computes(computes), OVER + BESIDE + LOOK);
    world.slices([Slice::Computes(computes)]);
    let other = submitted(&world, "other");
    world.pass(OVER - BESIDE - LOOK * 2);
    // One of those that compute, and not yet the last one of its task.
    assert_eq!(world.executed().len(), PLACES + 1);
    let handed_over = world.asked("stack-processor/drain");
    world.pass(LOOK * 2);
    assert_eq!(world.asked("stack-processor/drain"), handed_over + 1);
    assert_eq!(world.executed().len(), PLACES + 2);
    assert!(!has_ended(&world, other));
    // Whoever had it begun waits for it, without a slot.
    world.pass(computes);
    assert!(has_ended(&world, other));
    assert_eq!(world.asked("stack-processor/drain"), handed_over + 2);
    assert_eq!(world.log_lines(), Vec::<String>::new());
}

#[test]
fn what_follows_from_another_goes_back_to_the_queue() {
    let world = busy(&[], || Slice::NeverEnds, OVER + BESIDE + LOOK);
    world.slices([Slice::Claims]);
    let other = submitted(&world, "other");
    world.pass(LOOK);
    assert!(has_ended(&world, other));
    assert_eq!(world.executed().len(), PLACES + 1);
    // It is there for whoever takes it.
    let (terms, now) = (world.lease_terms(9_000), world.now_ms());
    assert_eq!(world.store().claim(9, 9, &terms, now).unwrap().len(), 1);
}

#[test]
fn where_requests_end_nothing_begins_past_a_drainers_time() {
    let world = busy(
        &[("request_seconds", "60")],
        || Slice::NeverEnds,
        OVER + BESIDE * 2,
    );
    let run = submitted(&world, "other");
    world.pass(OVER);
    assert!(!has_ended(&world, run));
    assert_eq!(world.executed().len(), PLACES);
}
