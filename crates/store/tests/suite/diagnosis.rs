//! Damage that a crash, a jumping clock or a hand leaves behind: found, repaired, and gone.

use tasker_domain::StackStatus;
use tasker_domain::diagnosis::{Backlog, DamageKind};
use tasker_store::diagnosis::{CLOCK_TOLERANCE_MS, LEASE_MAX_MS};
use tasker_store::prelude::*;
use tasker_store::{Diagnosis, FollowUp, Store, Suspend};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

/// Run `number`, whose root frame sleeps over a nested task and a service call.
fn asleep(store: &impl Store, number: u8) -> FollowUp {
    let root = begin(store, number);
    store.load(root, 11).unwrap();
    let (nested_id, call_id) = (u32::from(number) * 10 + 1, u32::from(number) * 10 + 2);
    let children = vec![nested(nested_id, 1), service_call(call_id, 2)];
    store
        .sleep(root, &sleep(children, Suspend::UntilSettled), None, 12)
        .unwrap()
}

fn kinds(store: &impl Diagnosis, now: i64) -> Vec<(DamageKind, String)> {
    let damage = store.damage(10, now).unwrap();
    damage
        .into_iter()
        .map(|damage| (damage.kind, damage.path))
        .collect()
}

pub(crate) fn a_sound_database_shows_no_damage<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let state = store.database(0, 100).unwrap();
    assert_eq!((state.missing, state.swept_at, state.drainers), (0, 0, 0));
    assert_eq!(state.schema, state.newest);
    assert!(state.clock > 1_700_000_000_000);
    assert_eq!(store.backlog(10, 5).unwrap(), Backlog::default());

    asleep(&store, 1);
    let lease = begin(&store, 2);
    let mut later = new_run(3);
    later.run_at = Some(LEASE_MAX_MS * 1_000);
    store.submit(&later, 20).unwrap();
    assert_eq!(kinds(&store, 20), []);
    let backlog = store.backlog(1, 30).unwrap();
    assert_eq!((backlog.due, backlog.oldest_ms), (1, 18), "counted up to 1");
    assert_eq!(store.backlog(9, 30).unwrap().due, 2);
    take_slot(&store, 2, "drainer", 90, 30).unwrap();
    store.sweep(&sweeping(3, 10), 31).unwrap();
    let state = store.database(0, 31).unwrap();
    assert_eq!((state.swept_at, state.drainers), (31, 1));
    assert_eq!(store.database(0, 91).unwrap().drainers, 0);

    for kind in DamageKind::ALL {
        assert_eq!(store.repair(*kind, 10, 20).unwrap(), 0, "{kind}");
    }
    store.finish(lease, &success("1"), None, 40).unwrap();
    B::check(&store);
}

pub(crate) fn damage_of_every_kind_is_found_and_repaired<B: Backend>() {
    let now = 1_000;
    let far = now + LEASE_MAX_MS * 2;
    let jumped = now + CLOCK_TOLERANCE_MS * 10;
    let root = stack_id(1);
    for (kind, path, sql) in [
        // What the root had out stays, and belongs to it again.
        (DamageKind::RootMissing, "0", format!("DELETE FROM stack_runs WHERE id = '{root}'")),
        (
            DamageKind::RowOrphaned,
            "0.1",
            format!("UPDATE stack_runs SET parent_id = '{}' WHERE path = '0.1'", stack_id(99)),
        ),
        (
            DamageKind::SnapshotOrphaned,
            "",
            format!(
                "INSERT INTO snapshots (stack_run_id, raw_bytes, engine, position, in_flight, bytes)
                 SELECT '{}', raw_bytes, engine, position, in_flight, bytes FROM snapshots",
                stack_id(98)
            ),
        ),
        (
            DamageKind::LeaseFarAhead,
            "0.2",
            format!(
                "UPDATE stack_runs SET status = 'processing', lease_expires_at = {far}
                 WHERE path = '0.2'"
            ),
        ),
        (
            DamageKind::DueFarAhead,
            "0.2",
            format!(
                "UPDATE stack_runs SET updated_at = {jumped}, run_after = {jumped} + 5
                 WHERE path = '0.2'"
            ),
        ),
        (
            DamageKind::SlotFarAhead,
            "",
            format!("INSERT INTO leases (name, place, token, expires_at) VALUES ('drainer', 0, 'x', {far})"),
        ),
        (
            DamageKind::WakingMissed,
            "0",
            format!(
                "INSERT INTO call_journal (run_id, seq, frame, call_number, ok, attempts,
                     started_at, finished_at, service, method, args, value)
                 VALUES ('{}', 1, '0', 2, true, 1, 5, 6, 'keystore', '[\"get\",\"it''s\"]', '[]', '1')",
                run_id(1)
            ),
        ),
        (
            DamageKind::WaitsForNothing,
            "0",
            "DELETE FROM stack_runs WHERE parent_id IS NOT NULL".to_owned(),
        ),
    ] {
        let (_backend, store) = fresh::<B>();
        asleep(&store, 1);
        B::by_hand(&store, &sql);
        let found = kinds(&store, now);
        let expected = (kind, path.to_owned());
        assert!(found.contains(&expected), "{kind}: {found:?}");
        for kind in DamageKind::ALL {
            store.repair(*kind, 10, now).unwrap();
        }
        let left = kinds(&store, now);
        // The sweep takes back what had a lease that ended.
        assert!(
            left.iter().all(|(kind, _)| *kind == DamageKind::LeaseExpired),
            "{kind}: {left:?}"
        );
        store.sweep(&sweeping(9, 10), now).unwrap();
        assert_eq!(kinds(&store, now), [], "{kind}");
        let stack = store.stack(run_id(1)).unwrap();
        let [root, ..] = &stack[..] else {
            panic!("{kind}: the run has no frame")
        };
        assert_eq!(root.id, stack_id(1), "{kind}");
        // Whatever it was: something of the run is due at once.
        let claimed = store.claim(9, 9, &terms(now + 100), now + 5).unwrap();
        assert!(!claimed.is_empty(), "{kind}");
        match kind {
            DamageKind::RootMissing => {
                assert_eq!(stack.len(), 3, "its rows are its own again");
                assert!(root.snapshot.is_some());
            }
            DamageKind::WaitsForNothing => assert_eq!(root.snapshot, None),
            DamageKind::WakingMissed => {
                assert!(claimed.iter().any(|row| row.path == root.path));
            }
            DamageKind::DueFarAhead => assert_eq!(claimed.len(), 2, "not before its 5 ms"),
            _ => {}
        }
        B::check(&store);
    }

    // A lease that has expired, and rows of a run that has ended.
    let (_backend, store) = fresh::<B>();
    begin(&store, 1);
    assert_eq!(kinds(&store, 999), []);
    assert_eq!(
        kinds(&store, 1_000),
        [(DamageKind::LeaseExpired, "0".to_owned())]
    );
    B::by_hand(
        &store,
        "UPDATE task_runs SET status = 'completed', result = '1', finished_at = 7",
    );
    assert_eq!(
        kinds(&store, 999),
        [(DamageKind::RowOrphaned, "0".to_owned())]
    );
    assert_eq!(store.repair(DamageKind::RowOrphaned, 10, 999).unwrap(), 1);
    assert_eq!(store.stack(run_id(1)).unwrap(), []);
    B::check(&store);
}

pub(crate) fn what_a_run_waits_for_is_told<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    asleep(&store, 1);
    let call = store.claim(0, 1, &terms(900), 13).unwrap().remove(0);
    store
        .give_back(call.lease, 5_000, Some(&failed(13)), 14)
        .unwrap();
    assert_eq!(store.waits(11, 9).unwrap(), []);
    let waits = store.waits(50, 9).unwrap();
    // The root waits for what is below it, so it is not listed itself.
    let told: Vec<_> = waits
        .iter()
        .map(|wait| {
            (
                wait.path.as_str(),
                wait.call.as_deref(),
                wait.attempt,
                wait.run_after,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("0.1", None, 0, 12),
            ("0.2", Some("keystore.get.it's"), 1, 5_000)
        ]
    );
    assert_eq!(
        (waits[0].run, waits[0].task.as_str(), waits[0].status),
        (run_id(1), "main", StackStatus::Pending)
    );
    assert_eq!(store.waits(50, 1).unwrap().len(), 1);

    let frames = store.frames(Some(run_id(1)), None, 9).unwrap().items;
    let [root, nested] = &frames[..] else {
        panic!("{frames:?}")
    };
    assert_eq!((root.queued.len(), root.settled.len()), (2, 0));
    assert_eq!(root.snapshot.as_ref().unwrap(), &snapshot(0));
    assert!(nested.snapshot.is_none() && nested.task.name == "main");
    let asleep = store.frames(None, None, 9).unwrap();
    assert_eq!((asleep.items.len(), asleep.more), (1, false));
    assert_eq!(store.frames(None, Some(root.id), 9).unwrap().items.len(), 0);

    assert!(store.drop_snapshot(root.id, true, 60).unwrap());
    let stack = store.stack(run_id(1)).unwrap();
    assert_eq!(
        (
            stack[0].status,
            stack[0].snapshot.clone(),
            stack[0].run_after
        ),
        (StackStatus::Pending, None, 60)
    );
    let claimed = store.claim(9, 0, &terms(900), 60).unwrap();
    assert_eq!(claimed.len(), 2);
    assert!(
        !store.drop_snapshot(root.id, true, 61).unwrap(),
        "it is in a VM"
    );

    // Paused, waiting for an event, being stopped.
    let (_backend, store) = fresh::<B>();
    let frame = begin(&store, 2);
    store.load(frame, 11).unwrap();
    let waits = vec![event_wait(70, 1, "it's paid", "{}")];
    store
        .sleep(frame, &sleep(waits, Suspend::UntilSettled), None, 12)
        .unwrap();
    let told = |now| {
        let waits = store.waits(now, 9).unwrap();
        assert_eq!(waits.len(), 1, "{waits:?}");
        waits.into_iter().next().unwrap()
    };
    let waiting = told(50);
    assert_eq!(waiting.event.as_deref(), Some("it's paid"));
    assert_eq!(
        (waiting.since, waiting.paused, waiting.stopped_by),
        (12, false, None)
    );
    store.set_paused(run_id(2), true, 20).unwrap();
    assert_eq!((told(50).since, told(50).paused), (20, true));
    store.cancel(run_id(2), &stop(30, 80), false, 30).unwrap();
    let stopping = told(50);
    assert_eq!(
        (stopping.path.as_str(), stopping.paused, stopping.stopped_by),
        ("0", false, Some(80))
    );
    B::check(&store);
}
