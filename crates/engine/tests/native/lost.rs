//! What an executor makes of one that was lost before it, and may have made the next calls. The VM is the real one.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::MutexGuard;
use std::time::Duration;

use tasker_domain::wire::ExecuteRequest;
use tasker_domain::{Claimed, ErrorCode, ErrorValue};
use tasker_engine::World;
use tasker_engine::executor::execute;
use tasker_engine::submission::submit;
use tasker_store::prelude::*;
use tasker_store::{Failure, Finish, NewLog};
use tasker_vm::Vm;

use crate::world::{Small, one_vm};

/// Its calls may be made once only.
const CODE: &str = "module.exports = async () => {
    for (const number of [1, 2]) await tools.gapi.echo(number);
};";

/// A world in which a run has been submitted.
fn world() -> (MutexGuard<'static, ()>, Small) {
    let one = one_vm();
    let world = Small::new(&[("timer", "external")]);
    world.publish_code("main", "v1", CODE);
    submit(&world, &world.store(), world.wanted(), world.now_ms()).unwrap();
    (one, world)
}

/// Claims the one stack run that is due.
fn claimed(world: &Small) -> Claimed {
    let (terms, now) = (world.lease_terms(600_000), world.now_ms());
    let mut claimed = world.store().claim(1, 1, &terms, now).unwrap();
    assert_eq!(claimed.len(), 1);
    claimed.remove(0)
}

/// Runs a slice that leaves all calls to the queue. What goes on then: what it has claimed, or else what is due.
fn executed(world: &Small, frame: &Claimed, within_ms: Option<i64>, was_lost: bool) -> Claimed {
    let request = ExecuteRequest {
        lease: frame.lease,
        lease_ms: 600_000,
        within_ms,
        calls: Some(0),
        was_lost,
    };
    let (own, next) = (world.clone(), Rc::new(RefCell::new(None)));
    let place = Rc::clone(&next);
    world.begin(async move {
        let store = own.store();
        let done = execute::<_, Vm>(&own, &store, &request, &|_| {}).await;
        let (reply, _) = done.expect("it goes well");
        *place.borrow_mut() = reply.next;
    });
    world.pass(Duration::from_secs(1));
    next.take().unwrap_or_else(|| claimed(world))
}

/// How often a call was lost, and whether that is known of it.
fn lost(world: &Small, call: &Claimed) -> (u32, bool) {
    let is_lost = world.store().was_lost(call.lease).unwrap();
    (call.attempt, is_lost)
}

#[test]
fn a_call_that_a_lost_executor_may_have_made_is_queued_as_one_that_was_lost() {
    for was_lost in [false, true] {
        let (_one, world) = world();
        let call = executed(&world, &claimed(&world), None, was_lost);
        assert_eq!(lost(&world, &call), (u32::from(was_lost), was_lost));
    }
}

#[test]
fn a_slice_that_ends_before_it_is_as_far_leaves_that_to_the_next_one() {
    let (_one, world) = world();
    let call = executed(&world, &claimed(&world), None, false);
    let (store, now) = (world.store(), world.now_ms());
    let finish = Finish {
        outcome: Ok("1".to_owned()),
        logs: NewLog::default(),
    };
    store.finish(call.lease, &finish, None, now).unwrap();
    let failure = Failure {
        started_at: now,
        error: ErrorValue::new(ErrorCode::ExecutorLost, "it was lost"),
    };
    let frame = claimed(&world);
    store
        .give_back(frame.lease, now, Some(&failure), now)
        .unwrap();
    // One without time does not come to the end of the journal.
    let frame = claimed(&world);
    assert_eq!(frame.attempt, 1);
    let frame = executed(&world, &frame, Some(0), true);
    assert_eq!(frame.attempt, 1);
    let call = executed(&world, &frame, None, true);
    assert_eq!(lost(&world, &call), (1, true));
}
