//! Frames that sleep.

use serde_json::Value;
use tasker_domain::{Call, Lease, RunId};
use tasker_engine::World;
use tasker_engine::submission::submit;
use tasker_store::prelude::*;
use tasker_store::{Child, NewLog, Sleep, SnapshotRecord, Suspend};

use crate::world::Small;

/// A run whose frame sleeps over calls that are in the queue: each a service, its method and the arguments.
pub(crate) fn asleep(world: &Small, task: &str, calls: &[(&str, &str, Value)]) -> RunId {
    let (run, lease) = begun(world, task);
    ask(world, lease, calls);
    run
}

/// A run whose frame is awake.
pub(crate) fn begun(world: &Small, task: &str) -> (RunId, Lease) {
    let (store, now) = (world.store(), world.now_ms());
    let (run, _) = submit(world, &store, world.wanted_of(task), now).unwrap();
    let claimed = store.claim_other(&world.lease_terms(9_000), now);
    let frame = claimed.unwrap().expect("it is due");
    assert_eq!(frame.run, run);
    store.load(frame.lease, now).unwrap();
    (run, frame.lease)
}

/// Puts a frame to sleep over calls that are in the queue.
pub(crate) fn ask(world: &Small, lease: Lease, calls: &[(&str, &str, Value)]) {
    let child = |(number, (service, method, args)): (u32, &(&str, &str, Value))| {
        let call = Call {
            number,
            service: (*service).to_owned(),
            method: method
                .split('.')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            args: args.to_string(),
            options: None,
        };
        Child {
            id: world.new_stack_run_id(),
            task: None,
            run_after: call.timer().map(|timer| timer.until),
            call,
            in_flight: false,
            expires_at: None,
            failures: Vec::new(),
            was_lost: false,
        }
    };
    let sleep = Sleep {
        snapshot: SnapshotRecord {
            bytes: vec![1],
            raw_bytes: 1,
            engine: "engine".to_owned(),
            position: 0,
            in_flight: Vec::new(),
        },
        children: (1..).zip(calls).map(child).collect(),
        frames: 9,
        withdrawn: Vec::new(),
        logs: NewLog::default(),
        then: Suspend::UntilSettled,
    };
    let slept = world.store().sleep(lease, &sleep, None, world.now_ms());
    slept.unwrap();
}
