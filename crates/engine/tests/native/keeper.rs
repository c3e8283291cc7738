//! Who keeps the app awake after a crash.

use std::time::Duration;

use tasker_engine::submission::{Wanted, submit};
use tasker_engine::{World, drainer};

use crate::world::{BEGIN_MS, Small};

/// When the one run is due.
const DUE: Duration = Duration::from_secs(120);

/// A world in which a run is due later, and in which requests come within some seconds.
fn with_a_keeper() -> Small {
    let world = Small::new(&[("timer", "own")]);
    world.publish("main", "v1", None);
    let wanted = Wanted {
        run_at: Some(BEGIN_MS + tasker_world::in_ms(DUE)),
        ..world.wanted()
    };
    submit(&world, &world.store(), wanted, world.now_ms()).unwrap();
    for _ in 0..5 {
        request(&world);
        world.pass(Duration::from_millis(700));
    }
    world
}

/// A request of a client, which pokes the stack processor.
fn request(world: &Small) {
    let own = world.clone();
    world.begin(async move { drainer::drain(&own).await });
}

#[test]
fn somebody_waits_for_what_is_due() {
    let world = with_a_keeper();
    world.pass(DUE - Duration::from_secs(10));
    assert_eq!(world.asked("tasks/sweep"), 0);
    // They hand over every few seconds, and those who stood in line have left.
    let keepers = world.asked("stack-processor/keep");
    assert!((15..40).contains(&keepers), "{keepers}");
    world.pass(Duration::from_secs(12));
    assert!(world.asked("tasks/sweep") > 0);
    assert_eq!(world.log_lines(), Vec::<String>::new());
}

#[test]
fn one_request_after_a_crash_leaves_somebody_who_takes_over() {
    // Whenever it comes: before the right of the lost keeper ends, and after.
    for seconds in [1, 2, 5, 9, 12, 30] {
        let world = with_a_keeper();
        world.crash();
        let keepers = world.asked("stack-processor/keep");
        world.pass(Duration::from_secs(seconds));
        assert_eq!(world.asked("stack-processor/keep"), keepers);
        request(&world);
        world.pass(Duration::from_secs(11));
        assert!(world.asked("stack-processor/keep") > keepers, "{seconds} s");
        world.pass(DUE);
        assert!(world.asked("tasks/sweep") > 0, "{seconds} s");
    }
}

#[test]
fn so_does_a_sweep_in_the_second_of_the_crash() {
    // Whoever stood in line is lost too, and still holds the place of that second.
    let world = with_a_keeper();
    request(&world);
    world.pass(Duration::from_millis(100));
    world.crash();
    let keepers = world.asked("stack-processor/keep");
    let own = world.clone();
    world.begin(async move {
        let store = own.store();
        let swept = drainer::sweep(&own, &store).unwrap();
        drainer::after_sweep(&own, &store, &swept).await;
    });
    world.pass(Duration::from_secs(12));
    assert!(world.asked("stack-processor/keep") > keepers);
    world.pass(DUE);
    assert!(world.asked("tasks/sweep") > 0);
}

#[test]
fn without_a_request_nobody_does_and_an_external_timer_needs_nobody() {
    let world = with_a_keeper();
    world.crash();
    world.pass(DUE * 2);
    assert_eq!(world.asked("tasks/sweep"), 0);

    let world = Small::new(&[("timer", "external")]);
    request(&world);
    world.pass(DUE);
    assert_eq!(world.asked("stack-processor/keep"), 0);
}
