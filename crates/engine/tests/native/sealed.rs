//! Stored snapshots of the real VM: known by their seals in each other's rows, and after a change of the key.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::MutexGuard;
use std::time::Duration;

use serde_json::{Value, json};
use tasker_domain::diagnosis::DamageKind;
use tasker_domain::wire::{ExecuteRequest, InspectReply, InspectRequest};
use tasker_domain::{Claimed, Lease, RunId, Work};
use tasker_engine::submission::{Wanted, submit};
use tasker_engine::{World, executor};
use tasker_store::prelude::*;
use tasker_store::{Finish, NewLog};
use tasker_vm::Vm;

use crate::world::Small;

const KEY: &str = "snapshot-key-0123456789abcdef0123";
const OTHER: &str = "another-key-0123456789abcdef01234";
const LEASE_MS: i64 = 600_000;

/// Remembers whose run it is over a call.
const TASK: &str = "module.exports = async ({ name }) => {
    const memory = `what ${name} knows`;
    return [memory, await tools.keystore.get('space', 'key')];
};";

/// A world in which every call is made by the queue, with a key for snapshots.
fn world(key: &str) -> (MutexGuard<'static, ()>, Small) {
    let one = crate::world::one_vm();
    let world = Small::new(&[("inline_window_ms", "0")]);
    world.set("snapshot_key", key);
    world.publish_code("main", "v1", TASK);
    (one, world)
}

/// Runs a slice. Answers what it has claimed.
fn slice(world: &Small, lease: Lease) -> Option<Claimed> {
    let request = ExecuteRequest {
        lease,
        lease_ms: LEASE_MS,
        within_ms: None,
        calls: None,
        was_lost: false,
    };
    let (own, answer) = (world.clone(), Rc::new(RefCell::new(None)));
    let place = Rc::clone(&answer);
    world.begin(async move {
        let store = own.store();
        let (reply, carry) = executor::execute::<_, Vm>(&own, &store, &request, &|_| {})
            .await
            .expect("it runs");
        assert!(carry.is_none());
        *place.borrow_mut() = Some(reply.next);
    });
    world.pass(Duration::from_secs(1));
    answer.take().expect("it is over")
}

/// A run that sleeps over a call, and the right to make that call.
fn asleep(world: &Small, name: &str) -> (RunId, Claimed) {
    let wanted = Wanted {
        input: json!({ "name": name }).to_string(),
        ..world.wanted()
    };
    let (run, _) = submit(world, &world.store(), wanted, world.now_ms()).unwrap();
    let terms = world.lease_terms(LEASE_MS);
    let claimed = world.store().claim(1, 0, &terms, world.now_ms()).unwrap();
    let call = slice(world, claimed[0].lease).expect("its call is due");
    assert!(matches!(call.work, Work::Call(_)), "{call:?}");
    (run, call)
}

/// What a run gives once its call has settled.
fn woken(world: &Small, (run, call): (RunId, Claimed)) -> Value {
    let finish = Finish {
        outcome: Ok("\"value\"".to_owned()),
        logs: NewLog::default(),
    };
    let (terms, now) = (world.lease_terms(LEASE_MS), world.now_ms());
    let settled = world.store().finish(call.lease, &finish, Some(&terms), now);
    let frame = settled.unwrap().next.expect("its frame wakes");
    assert_eq!((frame.run, slice(world, frame.lease)), (run, None));
    let ended = world.store().run(run).unwrap().unwrap();
    let result = ended.result.unwrap_or_else(|| panic!("{:?}", ended.error));
    serde_json::from_str(&result).unwrap()
}

fn given(name: &str) -> Value {
    json!([format!("what {name} knows"), "value"])
}

/// Whoever can write to the database puts the snapshots of two runs into each other's rows, with all that stands beside them.
fn exchange_snapshots(world: &Small) {
    let columns = "raw_bytes, engine, position, in_flight, bytes";
    let exchange = format!(
        "CREATE TEMP TABLE stored AS SELECT * FROM snapshots;
         UPDATE snapshots SET ({columns}) =
            (SELECT {columns} FROM stored WHERE stored.stack_run_id <> snapshots.stack_run_id);"
    );
    world.database().execute_batch(&exchange).unwrap();
}

fn inspected(world: &Small, run: Option<RunId>, repair: bool) -> InspectReply {
    let request = InspectRequest {
        run,
        after: None,
        limit: 9,
        repair,
    };
    executor::inspect(world, &request).unwrap()
}

/// How many frames have replayed their journals in place of waking from their snapshots.
fn replays(world: &Small) -> usize {
    let lines = world.log_lines();
    let told = lines
        .iter()
        .filter(|line| line.ends_with("replaying its journal"));
    told.count()
}

#[test]
fn the_snapshot_of_another_run_is_refused_and_both_end_with_their_own_results() {
    let (_one, world) = world(KEY);
    let sleepers = ["alice", "bob"].map(|name| asleep(&world, name));
    assert_eq!(inspected(&world, None, false).frames, []);
    exchange_snapshots(&world);
    let found = inspected(&world, None, false).frames;
    let damage = [Some(DamageKind::SnapshotDamaged); 2];
    assert_eq!([found[0].damage, found[1].damage], damage);
    assert!(found.iter().all(|frame| {
        let snapshot = frame.snapshot.as_ref().unwrap();
        snapshot.problem.is_some() && snapshot.calls.is_empty()
    }));
    let results = sleepers.map(|sleeper| woken(&world, sleeper));
    assert_eq!(results, ["alice", "bob"].map(given));
    assert_eq!(replays(&world), 2);
}

#[test]
fn without_a_key_nothing_tells_whose_a_snapshot_is() {
    let (_one, world) = world("");
    let sleepers = ["alice", "bob"].map(|name| asleep(&world, name));
    exchange_snapshots(&world);
    let results = sleepers.map(|sleeper| woken(&world, sleeper));
    assert_eq!(results, ["bob", "alice"].map(given));
    assert_eq!(replays(&world), 0);
}

#[test]
fn what_the_doctor_finds_forged_it_drops() {
    let (_one, world) = world(KEY);
    let sleepers = ["alice", "bob"].map(|name| asleep(&world, name));
    exchange_snapshots(&world);
    assert_eq!(inspected(&world, None, true).repaired, 2);
    assert_eq!(inspected(&world, None, true).repaired, 0);
    let results = sleepers.map(|sleeper| woken(&world, sleeper));
    assert_eq!(results, ["alice", "bob"].map(given));
    assert_eq!(replays(&world), 0);
}

#[test]
fn a_key_that_is_set_or_changed_costs_one_replay() {
    for (before, after, cost) in [
        ("", "", 0),
        (KEY, KEY, 0),
        ("", KEY, 1),
        (KEY, OTHER, 1),
        // It is not checked, and not refused either.
        (KEY, "", 0),
    ] {
        let (_one, world) = world(before);
        let sleeper = asleep(&world, "alice");
        world.set("snapshot_key", after);
        let frame = inspected(&world, Some(sleeper.0), false).frames.remove(0);
        let problem = frame.snapshot.unwrap().problem;
        assert_eq!(
            problem.is_some(),
            cost > 0,
            "{before}, {after}: {problem:?}"
        );
        assert_eq!(frame.damage, None, "{before}, {after}");
        assert_eq!(woken(&world, sleeper), given("alice"), "{before}, {after}");
        assert_eq!(replays(&world), cost, "{before}, {after}");
    }
}
