//! Runs that are begun again after they have failed.

use tasker_domain::event::EventWait;
use tasker_domain::figures::Metric;
use tasker_domain::retry::RunRetry;
use tasker_domain::{ErrorCode, ErrorValue, FailedAttempt, Lease, RunStatus};
use tasker_store::prelude::*;
use tasker_store::{Cancellation, Error, Finish, NewRun, Pause, Store, Suspend};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

fn run(number: u8, pauses: &[i64], any: bool) -> NewRun {
    let mut run = new_run(number);
    run.terms.retry = RunRetry {
        pauses: pauses.to_vec(),
        any,
    };
    run
}

fn lost() -> ErrorValue {
    ErrorValue::new(ErrorCode::ExecutorLost, "lost")
}

fn fails(error: ErrorValue) -> Finish {
    Finish {
        outcome: Err(error),
        logs: vec![line(0, "the last one")].into(),
    }
}

/// Submits a run at 10 and loads its root frame at 11.
fn begun(store: &impl Store, run: &NewRun) -> Lease {
    store.submit(run, 10).unwrap();
    let lease = only(store.claim(1, 0, &terms(99), 10).unwrap()).lease;
    store.load(lease, 11).unwrap();
    lease
}

pub(crate) fn a_run_is_begun_again_after_a_fault<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    let first = begun(&store, &run(1, &[100, 200], false));
    store
        .append(first, &entry(1, 1, 12), &vec![line(0, "one")].into(), 12)
        .unwrap();
    let saved = sleep(vec![service_call(20, 2)], Suspend::KeepRunning);
    store.sleep(first, &saved, None, 12).unwrap();
    let ended = store.finish(first, &fails(lost()), Some(&terms(99)), 15);
    let ended = ended.unwrap();
    assert_eq!((ended.next, ended.more), (None, true));
    let failed = FailedAttempt {
        attempt: 1,
        started_at: 11,
        finished_at: 15,
        next_at: 115,
        error: lost(),
    };
    let seen = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!(
        (seen.status, seen.attempt, seen.error),
        (RunStatus::Queued, 2, None)
    );
    assert_eq!((seen.failures, seen.started_at), (vec![failed], Some(11)));
    let stack = store.stack(run_id(1)).unwrap();
    assert_eq!(stack.len(), 1, "what the first attempt had out is gone");
    assert_eq!((stack[0].path.as_str(), stack[0].run_after), ("1", 115));
    let counted = store.figures().unwrap();
    assert_eq!((counted.len(), counted[0].count), (1, 1));
    assert_eq!(counted[0].metric, Metric::RunRetry);

    // The second begins at its moment, from the start; nothing of the first can commit any more.
    assert_eq!(store.claim(9, 9, &terms(199), 114).unwrap(), []);
    let second = only(store.claim(9, 9, &terms(199), 115).unwrap()).lease;
    assert!(matches!(store.control(first), Err(Error::LeaseLost)));
    let frame = store.load(second, 116).unwrap();
    assert_eq!((frame.path.as_str(), frame.started_at), ("1", 116));
    assert!(frame.snapshot.is_none());
    assert_eq!((frame.last_position, frame.log_count), (0, 0));
    store
        .append(
            second,
            &entry(1, 1, 117),
            &vec![line(0, "again")].into(),
            117,
        )
        .unwrap();
    let frames = |items: Vec<tasker_domain::JournalEntry>| -> Vec<String> {
        items.iter().map(|entry| entry.frame.to_string()).collect()
    };
    let journal = store.journal(run_id(1), 0, 9).unwrap().items;
    assert_eq!(frames(journal), ["0", "1"]);
    assert_eq!(store.logs(run_id(1), 0, 9).unwrap().items.len(), 2);

    // Its worker is lost for good: a fault too. The third fails by its own doing.
    store.sweep(&sweeping(1, 9), 199).unwrap();
    let third = only(store.claim(9, 9, &terms(999), 399).unwrap()).lease;
    assert_eq!(store.load(third, 399).unwrap().path.as_str(), "2");
    store.finish(third, &fails(failure()), None, 400).unwrap();
    let seen = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!(
        (seen.status, seen.attempt, seen.failures.len()),
        (RunStatus::Failed, 3, 2)
    );
    assert_eq!((seen.error, seen.finished_at), (Some(failure()), Some(400)));
    assert_eq!(store.next_due().unwrap(), None);

    // Not more often than it says.
    let fourth = begun(&store, &run(2, &[], false));
    store.finish(fourth, &fails(lost()), None, 12).unwrap();
    let seen = store.run(run_id(2)).unwrap().unwrap();
    assert_eq!((seen.status, seen.attempt), (RunStatus::Failed, 1));
    B::check(&store);
}

pub(crate) fn a_run_is_begun_again_as_it_was_asked_for<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    let shown = |number| store.run(run_id(number)).unwrap().unwrap();

    // A cancel ends it between two attempts at once, and keeps one that is under way from another.
    for number in [1, 2] {
        let lease = begun(&store, &run(number, &[50], true));
        if number == 2 {
            store.cancel(run_id(2), &stop(12, 62), false, 12).unwrap();
        }
        store.finish(lease, &fails(failure()), None, 15).unwrap();
    }
    assert_eq!((shown(1).status, shown(1).attempt), (RunStatus::Queued, 2));
    let cancelled = store.cancel(run_id(1), &stop(16, 66), false, 16).unwrap();
    assert_eq!(cancelled, Some(Cancellation::Ended));
    for number in [1, 2] {
        assert_eq!(shown(number).status, RunStatus::Cancelled);
        assert_eq!(store.stack(run_id(number)).unwrap(), []);
    }

    // One that is paused waits.
    let lease = begun(&store, &run(3, &[0], true));
    store.set_paused(run_id(3), true, 12).unwrap();
    store.finish(lease, &fails(failure()), None, 15).unwrap();
    assert_eq!((shown(3).status, shown(3).attempt), (RunStatus::Paused, 2));
    assert_eq!(store.claim(9, 9, &terms(99), 20).unwrap(), []);
    let resumed = store.set_paused(run_id(3), false, 20).unwrap();
    assert_eq!(resumed, Some(Pause::Done));
    let lease = only(store.claim(9, 9, &terms(99), 20).unwrap()).lease;
    store.load(lease, 20).unwrap();
    store.finish(lease, &success("3"), None, 21).unwrap();
    assert_eq!(shown(3).result.as_deref(), Some("3"));

    // Without time for another attempt it ends with its own error; else its deadline stays.
    for (number, deadline) in [(4, 64), (5, 66)] {
        let mut run = run(number, &[50], true);
        run.deadline = Some(deadline);
        let lease = begun(&store, &run);
        store.finish(lease, &fails(failure()), None, 15).unwrap();
    }
    assert_eq!((shown(4).status, shown(4).attempt), (RunStatus::Failed, 1));
    store.expire(9, 30, 66).unwrap();
    assert_eq!((shown(5).status, shown(5).attempt), (RunStatus::Failed, 2));
    assert!(shown(5).error.unwrap().is(ErrorCode::RunTimeout));

    // An event that an attempt has taken is there for the next one.
    let mut lease = begun(&store, &run(6, &[0], true));
    for id in ["own", "all"] {
        let mut event = new_event(id, id, "{}");
        event.run = (id == "own").then(|| run_id(6));
        store.send_event(&event, 12).unwrap();
    }
    for attempt in 1..3_u32 {
        for (name, number) in [("own", 1), ("all", 2)] {
            let child = event_wait(60 + attempt * 2 + number, number, name, "{}");
            let slept = sleep(vec![child], Suspend::UntilSettled);
            store.sleep(lease, &slept, None, 20).unwrap();
            let wait = only(store.claim(0, 1, &terms(99), 20).unwrap()).lease;
            let wanted = EventWait {
                name: name.to_owned(),
                until: None,
                pattern: Default::default(),
            };
            let settled = store.wait_for_event(wait, &wanted, Some(&terms(99)), 20);
            let woken = settled.unwrap().next;
            lease = woken.unwrap_or_else(|| panic!("{name}: {attempt}")).lease;
            store.load(lease, 20).unwrap();
        }
        store.finish(lease, &fails(failure()), None, 21).unwrap();
        let next = store.claim(9, 9, &terms(99), 21).unwrap();
        if let Some(next) = next.first() {
            lease = next.lease;
            store.load(lease, 21).unwrap();
        }
    }
    assert_eq!((shown(6).status, shown(6).attempt), (RunStatus::Failed, 2));
    assert_eq!(store.journal(run_id(6), 0, 9).unwrap().items.len(), 4);
    B::check(&store);
}
