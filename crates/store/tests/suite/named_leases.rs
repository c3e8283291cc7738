//! Leases with a name.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use tasker_store::prelude::*;
use tasker_store::{DRAINER, LeaseOutcome};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

const WORKERS: u32 = 8;

pub(crate) fn a_lease_holds_until_it_expires_or_is_given_back<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let take = |places, token: &str, expires_at, now| {
        let lease = lease("a", places, token, expires_at);
        store.take_lease(&lease, now).unwrap()
    };
    assert_eq!(take(2, "one", 100, 10), LeaseOutcome::Taken(0));
    assert_eq!(take(2, "two", 50, 10), LeaseOutcome::Taken(1));
    assert_eq!(take(2, "three", 99, 49), LeaseOutcome::HeldUntil(50));
    // The same holder again is another.
    assert_eq!(take(2, "one", 99, 49), LeaseOutcome::HeldUntil(50));
    assert_eq!(
        take_slot(&store, 1, "one", 99, 49),
        Some(0),
        "of another name"
    );

    // What has expired can be renewed, unless another has it.
    assert!(store.renew_lease("a", "two", 70).unwrap());
    assert_eq!(take(2, "three", 99, 70), LeaseOutcome::Taken(1));
    assert!(!store.renew_lease("a", "two", 99).unwrap());
    assert!(!store.give_back_lease("a", "two").unwrap());
    assert_eq!(take(2, "two", 99, 71), LeaseOutcome::HeldUntil(99));

    // With fewer places those that are held count, whichever they are.
    assert!(store.give_back_lease("a", "one").unwrap());
    assert_eq!(take(1, "two", 99, 72), LeaseOutcome::HeldUntil(99));
    assert_eq!(take(2, "two", 200, 72), LeaseOutcome::Taken(0));

    // After a minute an expired lease is forgotten as soon as any is taken.
    assert!(store.renew_lease("a", "three", 99).unwrap());
    assert_eq!(take_slot(&store, 2, "x", 70_000, 60_099), Some(0));
    assert!(store.renew_lease("a", "three", 99).unwrap());
    assert_eq!(take_slot(&store, 2, "y", 70_000, 60_100), Some(1));
    assert!(!store.renew_lease("a", "three", 99).unwrap());
    assert!(store.renew_lease("a", "two", 201).unwrap());
    B::check(&store);
}

pub(crate) fn no_more_leases_are_held_than_there_are_places<B: Backend>() {
    const PLACES: u32 = 3;
    let (backend, store) = fresh::<B>();
    let (held, most, first) = (AtomicU32::new(0), AtomicU32::new(0), Mutex::new(Vec::new()));
    let start = Barrier::new(WORKERS as usize);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (backend, held, most, first, start) = (&backend, &held, &most, &first, &start);
            scope.spawn(move || {
                let store = backend.open().unwrap();
                let token = worker.to_string();
                start.wait();
                for round in 0..20 {
                    // Each of these is taken by the first one only.
                    let once = format!("once {round}");
                    let once = lease(&once, 1, &token, 9_000);
                    if let LeaseOutcome::Taken(0) = store.take_lease(&once, 1_000).unwrap() {
                        first.lock().unwrap().push(round);
                    }
                    let slot = lease(DRAINER, PLACES, &token, 9_000);
                    let LeaseOutcome::Taken(place) = store.take_lease(&slot, 1_000).unwrap() else {
                        continue;
                    };
                    assert!(place < PLACES);
                    most.fetch_max(held.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    held.fetch_sub(1, Ordering::SeqCst);
                    match round % 2 {
                        0 => assert!(store.give_back_lease(DRAINER, &token).unwrap()),
                        _ => assert!(store.give_back_if_idle(DRAINER, &token, 1_000).unwrap()),
                    }
                }
            });
        }
    });
    let most = most.into_inner();
    assert!((1..=PLACES).contains(&most), "{most}");
    let mut first = first.into_inner().unwrap();
    first.sort_unstable();
    assert_eq!(first, (0..20).collect::<Vec<_>>());
    assert_eq!(store.drainers(1_000).unwrap(), 0, "all were given back");
    B::check(&store);
}
