//! What a drainer makes of executors that fail, of time that is up, and of its slot. Nobody sweeps here, and nobody else
//! makes up for what it leaves undone.

use std::time::Duration;

use futures::FutureExt;
use tasker_domain::{Run, RunId, RunStatus, retry};
use tasker_engine::submission::{Wanted, submit};
use tasker_engine::{World, drainer};
use tasker_store::prelude::*;
use tasker_store::{DRAINER, LeaseOutcome, NewLease};

use crate::world::{Slice, Small};

/// A world in which one drainer works at a time, and leases outlast the tests.
fn world(slices: impl IntoIterator<Item = Slice>) -> Small {
    let world = Small::new(&[
        ("timer", "external"),
        ("drainers", "1"),
        ("lease_seconds", "600"),
        ("cancel_grace_seconds", "1"),
        ("run_attempts", "1"),
    ]);
    world.publish("main", "v1", None);
    world.slices(slices);
    world
}

fn submitted(world: &Small, within: Option<Duration>) -> RunId {
    let now = world.now_ms();
    let wanted = Wanted {
        deadline: within.map(|within| now + tasker_world::in_ms(within)),
        ..world.wanted()
    };
    submit(world, &world.store(), wanted, now).unwrap().0
}

/// Begins a drainer, and lets time pass.
fn drained_for(world: &Small, time: Duration) {
    let own = world.clone();
    world.begin(async move { drainer::drain(&own).await });
    world.pass(time);
}

fn run(world: &Small, id: RunId) -> Run {
    world.store().run(id).unwrap().unwrap()
}

/// For each slice that was asked for, whether it was told that the one before it was lost.
fn was_lost(world: &Small) -> Vec<bool> {
    let executed = world.executed();
    executed.iter().map(|(_, asked)| asked.was_lost).collect()
}

#[test]
fn an_executor_that_is_not_heard_is_asked_again_and_told_that_one_was_lost() {
    for slice in [Slice::NotReached, Slice::Fails(500)] {
        let world = world([slice]);
        let id = submitted(&world, None);
        drained_for(&world, Duration::from_secs(5));
        assert_eq!(was_lost(&world), [false, true]);
        assert_eq!(run(&world, id).status, RunStatus::Completed);
    }
}

#[test]
fn a_frame_whose_executors_are_lost_again_and_again_is_given_up() {
    let world = world((0..retry::EXECUTOR_ATTEMPTS).map(|_| Slice::Fails(500)));
    let id = submitted(&world, None);
    drained_for(&world, Duration::from_secs(20));
    assert_eq!(was_lost(&world), [false, true, true, true, true]);
    let run = run(&world, id);
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(run.error.unwrap().code.as_deref(), Some("executor_lost"));
}

#[test]
fn an_executor_without_a_database_is_asked_again_and_nothing_was_lost() {
    // As often as it takes: that does not count against the task.
    let away = || Slice::Fails(503);
    let world = world([away(), away(), away(), away(), away()]);
    let id = submitted(&world, None);
    drained_for(&world, Duration::from_secs(9));
    assert_eq!(was_lost(&world), [false; 6]);
    for pair in world.executed().windows(2) {
        assert!(pair[1].0 - pair[0].0 >= Duration::from_secs(1), "{pair:?}");
    }
    assert_eq!(run(&world, id).status, RunStatus::Completed);
}

#[test]
fn what_is_out_of_time_is_ended_by_the_drainer_at_work() {
    let world = world([Slice::NeverEnds]);
    let id = submitted(&world, Some(Duration::from_secs(2)));
    drained_for(&world, Duration::from_millis(1_900));
    assert_eq!(run(&world, id).finished_at, None);
    world.pass(Duration::from_millis(1_400));
    let run = run(&world, id);
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(run.error.unwrap().code.as_deref(), Some("run_timeout"));
}

#[test]
fn a_drainer_keeps_its_slot_for_as_long_as_it_works() {
    let world = world([Slice::NeverEnds]);
    submitted(&world, None);
    drained_for(&world, Duration::ZERO);
    let taken = || {
        let now = world.now_ms();
        let wanted = NewLease {
            name: DRAINER,
            at_once: 1,
            token: "another",
            expires_at: now + 1,
        };
        world.store().take_lease(&wanted, now).unwrap()
    };
    for _ in 0..20 {
        world.pass(Duration::from_millis(900));
        assert!(matches!(taken(), LeaseOutcome::HeldUntil(_)));
    }
    // With its process its slot is free, after a while.
    world.crash();
    assert!(matches!(taken(), LeaseOutcome::HeldUntil(_)));
    world.pass(Duration::from_secs(3));
    assert_eq!(taken(), LeaseOutcome::Taken(0));
}

#[test]
fn a_drainer_does_not_leave_what_was_queued_while_it_was_leaving() {
    let world = world([]);
    // Its client's poke finds the slot taken, and leaves the queue to the drainer that has it.
    let client = world.clone();
    world.before(
        "DELETE FROM leases WHERE name = ?1 AND token = ?2 AND NOT EXISTS",
        move || {
            submitted(&client, None);
            let poked = drainer::drain(&client).now_or_never();
            assert!(poked.is_some() && client.executed().is_empty());
        },
    );
    drained_for(&world, Duration::from_secs(1));
    assert!(world.has_happened());
    assert_eq!(world.executed().len(), 1);
    assert_eq!(world.store().next_due().unwrap(), None);
}
