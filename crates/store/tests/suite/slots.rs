//! How many runs may go on at once.

use std::sync::{Barrier, Mutex};
use std::thread;

use tasker_domain::StackRunId;
use tasker_store::prelude::*;
use tasker_store::{ConcurrencyLimit, NewRun, Store};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

fn run(number: u8, scope: &str, at_once: u32) -> NewRun {
    let mut run = new_run(number);
    run.terms.concurrency = Some(ConcurrencyLimit {
        scope: scope.to_owned(),
        at_once,
    });
    run
}

fn claim(store: &impl Store, now: i64) -> Vec<StackRunId> {
    let claimed = store.claim(99, 99, &terms(now + 100), now).unwrap();
    claimed
        .into_iter()
        .map(|claimed| claimed.lease.id)
        .collect()
}

fn numbers(of: &[u32]) -> Vec<StackRunId> {
    of.iter().map(|number| stack_id(*number)).collect()
}

fn finish(store: &impl Store, number: u32, now: i64) {
    let lease = tasker_domain::Lease {
        id: stack_id(number),
        token: tasker_domain::LeaseToken(1),
    };
    store.finish(lease, &success("1"), None, now).unwrap();
}

pub(crate) fn runs_of_a_scope_wait_for_each_other<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    for number in 1..=5 {
        let mut run = run(number, "a", 2);
        run.terms.priority = i32::from(number == 5);
        store.submit(&run, 10).unwrap();
    }
    store.submit(&run(6, "b", 2), 10).unwrap();
    store.submit(&new_run(7), 10).unwrap();
    let held = |number| store.run(run_id(number)).unwrap().unwrap().held;
    let all_held = || (1..8).filter(|number| held(*number)).collect::<Vec<_>>();
    assert_eq!(all_held(), [3, 4, 5]);
    assert_eq!(
        store.concurrency_limit(run_id(5)).unwrap(),
        run(5, "a", 2).terms.concurrency
    );
    assert_eq!(store.concurrency_limit(run_id(7)).unwrap(), None);
    assert_eq!(store.concurrency_limit(run_id(99)).unwrap(), None);
    assert_eq!(store.queue_depth(10).unwrap().0, 4, "who waits is not due");
    assert_eq!(claim(&store, 20), numbers(&[1, 2, 6, 7]));
    assert_eq!(claim(&store, 20), []);

    // The next has the greatest priority, and of those has waited the longest.
    finish(&store, 2, 30);
    assert_eq!((all_held(), claim(&store, 30)), (vec![3, 4], numbers(&[5])));
    finish(&store, 6, 30);
    assert_eq!(claim(&store, 30), []);
    finish(&store, 1, 31);
    assert_eq!((all_held(), claim(&store, 31)), (vec![4], numbers(&[3])));

    // One that begins later takes no slot until then; if none is free then, it waits.
    let mut later = run(8, "c", 1);
    later.run_at = Some(100);
    store.submit(&later, 40).unwrap();
    store.submit(&run(9, "c", 1), 40).unwrap();
    assert_eq!(claim(&store, 40), numbers(&[9]));
    assert_eq!(claim(&store, 100), []);
    assert!(held(8));
    finish(&store, 9, 110);
    assert_eq!(claim(&store, 110), numbers(&[8]));
    B::check(&store);
}

pub(crate) fn a_slot_is_free_however_its_run_ends<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    for number in 1..=5 {
        store.submit(&run(number, "a", 1), 10).unwrap();
    }
    // Cancelled before it began, and while it waits.
    store.cancel(run_id(1), &stop(11, 61), false, 11).unwrap();
    store.cancel(run_id(3), &stop(11, 61), false, 11).unwrap();
    assert_eq!(claim(&store, 12), numbers(&[2]));
    // Its executor is lost for good.
    assert_eq!(store.sweep(&sweeping(1, 9), 1_000).unwrap().failed, 1);
    assert_eq!(claim(&store, 1_001), numbers(&[4]));
    // It fails.
    let lease = tasker_domain::Lease {
        id: stack_id(4),
        token: tasker_domain::LeaseToken(1),
    };
    let mut failed = success("1");
    failed.outcome = Err(failure());
    store.finish(lease, &failed, None, 1_002).unwrap();
    assert_eq!(claim(&store, 1_003), numbers(&[5]));
    finish(&store, 5, 1_004);
    assert_eq!(store.sweep(&sweeping(3, 9), 1_005).unwrap().due, 0);
    B::check(&store);
}

pub(crate) fn slots_hold_under_parallel_load<B: Backend>() {
    const WORKERS: usize = 4;
    let (backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    for number in 0..60 {
        let mut run = run(number, "a", 3);
        // Half of them ask for their slot when they are claimed.
        run.run_at = (number % 2 == 0).then_some(11);
        store.submit(&run, 10).unwrap();
    }
    let (going_on, most, done) = (Mutex::new(0_i32), Mutex::new(0), Mutex::new(0));
    let start = Barrier::new(WORKERS);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let store = backend.open().unwrap();
                start.wait();
                while *done.lock().unwrap() < 60 {
                    for claimed in store.claim(2, 0, &terms(9_999), 30).unwrap() {
                        let now = {
                            let mut going_on = going_on.lock().unwrap();
                            *going_on += 1;
                            *going_on
                        };
                        let mut most = most.lock().unwrap();
                        *most = now.max(*most);
                        drop(most);
                        *going_on.lock().unwrap() -= 1;
                        store
                            .finish(claimed.lease, &success("1"), None, 21)
                            .unwrap();
                        *done.lock().unwrap() += 1;
                    }
                }
            });
        }
    });
    assert!(*most.lock().unwrap() <= 3);
    assert_eq!(*done.lock().unwrap(), 60);
    B::check(&store);
}
