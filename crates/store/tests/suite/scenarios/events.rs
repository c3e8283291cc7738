//! Events: sent to those who wait, kept for those who wait later.

use tasker_domain::{Claimed, ErrorCode, Lease, Outcome, RunId, StackStatus, Work};
use tasker_store::prelude::*;
use tasker_store::{Child, Events, FOREVER, LeaseTerms, NewEvent, NewRun, Sent, Store, Suspend};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

fn created(delivered: u32) -> Sent {
    Sent::Created {
        delivered,
        more: false,
    }
}

fn later() -> Option<LeaseTerms> {
    Some(terms(9_000))
}

/// Lays a frame down with one call that waits, and has the call look at the early events.
fn look(store: &(impl Store + Events), frame: Lease, child: Child, now: i64) -> Option<Claimed> {
    let slept = store
        .sleep(
            frame,
            &sleep(vec![child], Suspend::UntilSettled),
            later().as_ref(),
            now,
        )
        .unwrap();
    look_again(store, slept.next.expect("it is due at once"), now)
}

fn look_again(store: &impl Events, call: Claimed, now: i64) -> Option<Claimed> {
    let Work::Call(waits) = &call.work else {
        panic!("{call:?}");
    };
    let wait = waits.event_wait().unwrap();
    store
        .wait_for_event(call.lease, &wait, later().as_ref(), now)
        .unwrap()
        .next
}

/// What a call settled with.
fn outcome(store: &impl Store, run: RunId, number: u32) -> Option<Outcome> {
    let journal = store.journal(run, 0, 99).unwrap().items;
    let entry = journal
        .into_iter()
        .find(|entry| entry.call.number == number);
    entry.map(|entry| entry.outcome)
}

fn seen(id: &str, name: &str, data: &str, sent_at: i64) -> Option<Outcome> {
    Some(Ok(format!(
        "{{\"id\":\"{id}\",\"name\":\"{name}\",\"data\":{data},\"sentAt\":{sent_at}}}"
    )))
}

pub(crate) fn an_event_wakes_those_who_wait_for_it<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let roots = [1, 2, 3].map(|number| begin(&store, number));
    let pattern = "{\"match\":{\"order.id\":7}}";
    assert_eq!(
        look(&store, roots[0], event_wait(20, 1, "paid", pattern), 12),
        None
    );
    assert_eq!(
        look(&store, roots[1], event_wait(21, 1, "paid", "{}"), 12),
        None
    );
    assert_eq!(
        look(&store, roots[2], event_wait(22, 1, "sent", "{}"), 12),
        None
    );
    assert_eq!(store.next_due().unwrap(), Some(FOREVER));
    let parked = &store.stack(run_id(1)).unwrap()[1];
    assert_eq!(
        (parked.status, parked.run_after),
        (StackStatus::Pending, FOREVER)
    );

    // To all who wait for the name and whom it fits.
    let other = new_event("a", "paid", "{\"order\":{\"id\":8}}");
    assert_eq!(store.send_event(&other, 13).unwrap(), created(1));
    assert_eq!(
        outcome(&store, run_id(2), 1),
        seen("a", "paid", &other.data, 13)
    );
    assert_eq!(outcome(&store, run_id(1), 1), None);
    let woken = only(store.claim(9, 9, &terms(99), 13).unwrap());
    assert_eq!((woken.run, woken.work), (run_id(2), Work::Frame));
    assert_eq!(store.send_event(&other, 14).unwrap(), Sent::Existing);
    let written_otherwise = NewEvent {
        data: other.data.replace(':', " : "),
        ..other.clone()
    };
    assert_ne!(written_otherwise, other);
    assert_eq!(
        store.send_event(&written_otherwise, 14).unwrap(),
        Sent::Existing
    );
    let forged = NewEvent {
        data: "1".to_owned(),
        ..other
    };
    assert_eq!(store.send_event(&forged, 14).unwrap(), Sent::Conflict);

    // To one run.
    let addressed = |run: u8, id: &str, data: &str| NewEvent {
        run: Some(run_id(run)),
        ..new_event(id, "paid", data)
    };
    let fits = addressed(1, "b", "{\"order\":{\"id\":7.0}}");
    assert_eq!(store.send_event(&fits, 15).unwrap(), created(1));
    assert_eq!(
        outcome(&store, run_id(1), 1),
        seen("b", "paid", &fits.data, 15)
    );
    assert_eq!(
        store.send_event(&addressed(9, "c", "1"), 16).unwrap(),
        Sent::NoRun
    );
    let root = only(store.claim(9, 9, &terms(99), 16).unwrap()).lease;
    store.finish(root, &success("1"), None, 17).unwrap();
    assert_eq!(
        store.send_event(&addressed(1, "d", "1"), 18).unwrap(),
        Sent::RunEnded
    );
    assert_eq!(store.send_event(&fits, 18).unwrap(), Sent::Existing);

    // A cancelled run waits for nothing.
    store.cancel(run_id(3), &stop(19, 50), false, 19).unwrap();
    assert_eq!(
        store.send_event(&new_event("e", "sent", "1"), 20).unwrap(),
        created(0)
    );
    B::check(&store);
}

/// Of the calls of one run that it fits the newest has an event, whatever their ids are; each run has it.
pub(crate) fn the_newest_call_of_a_run_has_the_event<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    for (run, ids) in [(1, [24, 22, 23, 21]), (2, [31, 32, 34, 33])] {
        let root = begin(&store, run);
        let patterns = ["{}", "{}", "{}", "{\"match\":{\"kind\":1}}"];
        let waits = (1..).zip(ids).zip(patterns);
        let waits = waits.map(|((number, id), pattern)| event_wait(id, number, "paid", pattern));
        store
            .sleep(
                root,
                &sleep(waits.collect(), Suspend::UntilSettled),
                None,
                12,
            )
            .unwrap();
    }
    for call in store.claim(0, 9, &terms(99), 12).unwrap() {
        assert_eq!(look_again(&store, call, 12), None);
    }
    for (id, number) in [("a", 3), ("b", 2)] {
        let event = new_event(id, "paid", "0");
        assert_eq!(store.send_event(&event, 13).unwrap(), created(2));
        for run in [1, 2] {
            assert_eq!(
                outcome(&store, run_id(run), number),
                seen(id, "paid", "0", 13)
            );
        }
    }
    for (run, number) in [(1, 4), (2, 4), (2, 1), (1, 1)] {
        let id = format!("{run} {number}");
        let event = NewEvent {
            run: Some(run_id(run)),
            ..new_event(&id, "paid", "{\"kind\":1}")
        };
        assert_eq!(store.send_event(&event, 14).unwrap(), created(1));
        let own = seen(&id, "paid", "{\"kind\":1}", 14);
        assert_eq!(outcome(&store, run_id(run), number), own);
    }
    B::check(&store);
}

pub(crate) fn early_events_are_taken_in_order_and_once<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store.send_event(&new_event("old", "paid", "0"), 9).unwrap();
    let root = begin(&store, 1);
    let addressed = NewEvent {
        run: Some(run_id(1)),
        ..new_event("own", "paid", "2")
    };
    let short = NewEvent {
        expires_at: 15,
        ..new_event("short", "paid", "3")
    };
    for event in [
        &new_event("all", "paid", "1"),
        &addressed,
        &short,
        &new_event("last", "paid", "4"),
    ] {
        assert_eq!(store.send_event(event, 11).unwrap(), created(0));
    }
    // What was sent to all before the run was submitted is not for it.
    let mut frame = root;
    for (number, expected) in [
        (1, seen("all", "paid", "1", 11)),
        (2, seen("own", "paid", "2", 11)),
    ] {
        let child = event_wait(20 + number, number, "paid", "{}");
        let woken = look(&store, frame, child, 12).expect("its frame is woken");
        frame = woken.lease;
        store.load(frame, 13).unwrap();
        assert_eq!(outcome(&store, run_id(1), number), expected);
    }
    // One whose time was up is gone, and taken ones are not given again.
    store.sweep(&sweeping(3, 100), 15).unwrap();
    let woken = look(&store, frame, event_wait(30, 3, "paid", "{}"), 16).unwrap();
    assert_eq!(outcome(&store, run_id(1), 3), seen("last", "paid", "4", 11));
    store.load(woken.lease, 17).unwrap();
    assert_eq!(
        look(
            &store,
            woken.lease,
            event_wait(31, 4, "paid", "{\"until\":100}"),
            18
        ),
        None
    );

    // In time, although nobody looked in time.
    assert_eq!(store.claim(9, 9, &terms(200), 99).unwrap(), []);
    let due = only(store.claim(9, 9, &terms(200), 100).unwrap());
    let late = new_event("late", "paid", "5");
    assert_eq!(store.send_event(&late, 100).unwrap(), created(0));
    let woken = look_again(&store, due, 101).expect("its time is up");
    let Some(Err(error)) = outcome(&store, run_id(1), 4) else {
        panic!("it failed");
    };
    assert!(error.is(ErrorCode::EventTimeout));
    assert_eq!(error.name, "TimeoutError");
    // What came too late for one is early for the next; another run has it too.
    store.load(woken.lease, 102).unwrap();
    assert!(look(&store, woken.lease, event_wait(32, 5, "paid", "{}"), 103).is_some());
    assert_eq!(
        outcome(&store, run_id(1), 5),
        seen("late", "paid", "5", 100)
    );
    B::check(&store);
}

/// Each run has the event once, however many of its calls wait; and no run is left out.
pub(crate) fn an_event_reaches_very_many_runs<B: Backend>() {
    const RUNS: u32 = 1_200;
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    for number in 0..RUNS {
        let run = NewRun {
            id: RunId::new(i64::from(number), [1; 10]),
            frame: stack_id(number),
            ..new_run(1)
        };
        store.submit(&run, 10).unwrap();
    }
    let mut id = RUNS;
    for frame in store.claim(RUNS, 0, &terms(99), 11).unwrap() {
        id += 2;
        let waits = vec![
            event_wait(id, 1, "go", "{}"),
            event_wait(id + 1, 2, "go", "{}"),
        ];
        store
            .sleep(frame.lease, &sleep(waits, Suspend::UntilSettled), None, 12)
            .unwrap();
    }
    let calls = store.claim(0, 2 * RUNS, &terms(99), 12).unwrap();
    assert_eq!(calls.len() as u32, 2 * RUNS);
    for call in calls {
        assert_eq!(look_again(&store, call, 12), None);
    }
    let sent = store.send_event(&new_event("1", "go", "true"), 13).unwrap();
    let Sent::Created { delivered, more } = sent else {
        panic!("{sent:?}");
    };
    assert!(delivered >= 1_000 && more);
    for call in store.claim(0, 2 * RUNS, &terms(99), 13).unwrap() {
        look_again(&store, call, 13);
    }
    for number in 0..RUNS {
        let journal = store
            .journal(RunId::new(i64::from(number), [1; 10]), 0, 9)
            .unwrap();
        assert_eq!(journal.items.len(), 1);
    }
    B::check(&store);
}
