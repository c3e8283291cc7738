//! Several connections at once.

use std::collections::BTreeSet;
use std::sync::{Barrier, Mutex};
use std::thread;

use tasker_store::{RunQuery, Store, Suspend};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

const WORKERS: usize = 4;
const CALLS: u32 = 1_000;

pub(crate) fn many_workers_settle_each_row_once<B: Backend>() {
    let (backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    let children = (1..=CALLS).map(|number| service_call(1_000 + number, number));
    let sleep = sleep(children.collect(), Suspend::UntilSettled);
    store.sleep(root, &sleep, None, 11).unwrap();

    let settled = Mutex::new(BTreeSet::new());
    let parents = Mutex::new(0);
    let start = Barrier::new(WORKERS);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let store = backend.open().unwrap();
                start.wait();
                loop {
                    let claimed = store.claim(0, 7, &terms(1_000), 12).unwrap();
                    if claimed.is_empty() {
                        break;
                    }
                    for row in claimed {
                        assert!(
                            settled.lock().unwrap().insert(row.lease.id),
                            "claimed twice"
                        );
                        let finished = store
                            .finish(row.lease, &success("1"), Some(&terms(1_000)), 13)
                            .unwrap();
                        assert!(store.finish(row.lease, &success("2"), None, 13).is_err());
                        // The first to settle has the parent, which then sleeps no more.
                        if finished.next.is_some() {
                            *parents.lock().unwrap() += 1;
                        }
                    }
                }
            });
        }
    });

    assert_eq!(settled.into_inner().unwrap().len(), CALLS as usize);
    assert_eq!(parents.into_inner().unwrap(), 1);
    assert_eq!(store.stack(run_id(1)).unwrap().len(), 1);
    let journal = store.journal(run_id(1), 0, 2 * CALLS).unwrap();
    let numbers: BTreeSet<_> = journal
        .items
        .iter()
        .map(|entry| entry.call.number)
        .collect();
    assert_eq!(numbers, (1..=CALLS).collect());
    assert!(journal.items.iter().all(|entry| entry.attempts == 1));
    B::check(&store);
}

pub(crate) fn many_instances_open_a_fresh_database<B: Backend>() {
    const INSTANCES: u8 = 16;
    let backend = B::new();
    let start = Barrier::new(usize::from(INSTANCES));
    thread::scope(|scope| {
        for number in 0..INSTANCES {
            let (backend, start) = (&backend, &start);
            scope.spawn(move || {
                start.wait();
                let store = backend.open().unwrap();
                store.publish(&function("main", "v1")).unwrap();
                store.submit(&new_run(number), 10).unwrap();
            });
        }
    });
    let store = backend.open().unwrap();
    let query = RunQuery {
        limit: 100,
        ..RunQuery::default()
    };
    assert_eq!(
        store.runs(&query).unwrap().items.len(),
        usize::from(INSTANCES)
    );
    B::check(&store);
}
