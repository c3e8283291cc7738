//! Several connections at once.

use std::collections::BTreeSet;
use std::sync::{Barrier, Mutex};
use std::thread;

use tasker_domain::{Claimed, Work};
use tasker_store::prelude::*;
use tasker_store::{NewEvent, RunQuery, Suspend};

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
                        // The first to settle has the parent, which then no longer sleeps.
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

/// A call that begins to wait while an event is being sent gets it: from the sender, or by its own look.
pub(crate) fn no_event_is_lost_between_sending_and_waiting<B: Backend>() {
    const RUNS: u8 = 40;
    const GROUPS: u8 = 8;
    let (backend, store) = fresh::<B>();
    for number in 0..RUNS {
        let root = begin(&store, number);
        let group = format!("{{\"match\":{{\"group\":{}}}}}", number % GROUPS);
        let id = 1_000 + u32::from(number) * 2;
        let waits = vec![
            event_wait(id, 1, "go", &group),
            event_wait(id + 1, 2, "own", "{}"),
        ];
        let sleep = sleep(waits, Suspend::UntilSettled);
        store.sleep(root, &sleep, None, 11).unwrap();
    }
    let waits = Mutex::new(store.claim(0, 999, &terms(1_000), 12).unwrap());
    let to_groups = (0..GROUPS).map(|group| {
        let data = format!("{{\"group\":{group}}}");
        new_event(&format!("group {group}"), "go", &data)
    });
    let to_runs = (0..RUNS).map(|run| NewEvent {
        run: Some(run_id(run)),
        ..new_event(&format!("run {run}"), "own", "1")
    });
    let events = Mutex::new(to_runs.chain(to_groups).collect::<Vec<_>>());
    let look = |store: &B::Store, waits: Claimed| {
        let Work::Call(call) = &waits.work else {
            panic!("{waits:?}");
        };
        let wait = call.event_wait().unwrap();
        store.wait_for_event(waits.lease, &wait, None, 12).unwrap();
    };

    let start = Barrier::new(WORKERS);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (backend, start, waits, events) = (&backend, &start, &waits, &events);
            scope.spawn(move || {
                let store = backend.open().unwrap();
                start.wait();
                if worker.is_multiple_of(2) {
                    while let Some(event) = { events.lock().unwrap().pop() } {
                        store.send_event(&event, 12).unwrap();
                    }
                } else {
                    while let Some(claimed) = { waits.lock().unwrap().pop() } {
                        look(&store, claimed);
                    }
                }
            });
        }
    });

    for claimed in store.claim(0, 999, &terms(1_000), 12).unwrap() {
        look(&store, claimed);
    }
    for run in 0..RUNS {
        let journal = store.journal(run_id(run), 0, 9).unwrap().items;
        let mut settled: Vec<_> = journal
            .iter()
            .map(|entry| (entry.call.number, entry.outcome.as_ref().unwrap().as_str()))
            .collect();
        settled.sort_unstable();
        let group = run % GROUPS;
        let ours = format!(
            "{{\"id\":\"group {group}\",\"name\":\"go\",\"data\":{{\"group\":{group}}},\"sentAt\":12}}"
        );
        let own = format!("{{\"id\":\"run {run}\",\"name\":\"own\",\"data\":1,\"sentAt\":12}}");
        assert_eq!(settled, [(1, ours.as_str()), (2, own.as_str())]);
    }
    B::check(&store);
}

pub(crate) fn no_end_is_missed_between_a_look_and_the_wait<B: Backend>() {
    const RUNS: u8 = 40;
    let (backend, store) = fresh::<B>();
    let root = begin(&store, 200);
    let calls = (1..=RUNS).map(|number| service_call(1_000 + u32::from(number), u32::from(number)));
    let sleep = sleep(calls.collect(), Suspend::UntilSettled);
    store.sleep(root, &sleep, None, 11).unwrap();
    let waits = store.claim(0, 999, &terms(1_000), 12).unwrap();
    assert_eq!(waits.len(), usize::from(RUNS));
    for number in 1..=RUNS {
        store.submit(&new_run(number), 12).unwrap();
    }
    let waits = Mutex::new(waits.into_iter().zip(1..).collect::<Vec<_>>());
    let ends = Mutex::new((1..=RUNS).collect::<Vec<_>>());
    // Whoever finds that the run has ended settles its call.
    let wait = |store: &B::Store, claimed: &Claimed, run: u8| {
        let lease = claimed.lease;
        if !store.wait_for_run(lease, run_id(run), 12).unwrap() {
            store.finish(lease, &success("1"), None, 12).unwrap();
        }
    };

    let start = Barrier::new(WORKERS);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (backend, start, waits, ends) = (&backend, &start, &waits, &ends);
            scope.spawn(move || {
                let store = backend.open().unwrap();
                start.wait();
                if worker.is_multiple_of(2) {
                    while let Some(run) = { ends.lock().unwrap().pop() } {
                        let stop = stop(12, 12);
                        store.cancel(run_id(run), &stop, true, 12).unwrap();
                    }
                } else {
                    while let Some((claimed, run)) = { waits.lock().unwrap().pop() } {
                        wait(&store, &claimed, run);
                    }
                }
            });
        }
    });

    for claimed in store.claim(0, 999, &terms(1_000), 12).unwrap() {
        wait(&store, &claimed, 1);
    }
    let settled = store.journal(run_id(200), 0, 99).unwrap().items;
    assert_eq!(settled.len(), usize::from(RUNS));
    B::check(&store);
}
