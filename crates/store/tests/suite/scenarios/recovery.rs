//! Zombies, lost executors and retries.

use tasker_domain::{ErrorCode, RunStatus};
use tasker_store::prelude::*;
use tasker_store::{AtWork, Child, Error, Suspend, SweepReport};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

pub(crate) fn a_zombie_commits_nothing<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let zombie = begin(&store, 1);
    store.load(zombie, 11).unwrap();
    assert_eq!(
        store.sweep(&sweeping(3, 100), 999).unwrap(),
        SweepReport::default(),
        "it has not expired"
    );
    let report = store.sweep(&sweeping(3, 100), 1_000).unwrap();
    assert_eq!((report.reclaimed, report.due), (1, 1));
    // Both before and after someone else has the lease.
    for _ in 0..2 {
        let before = (
            store.stack(run_id(1)).unwrap(),
            store.run(run_id(1)).unwrap(),
        );
        for then in [
            Suspend::KeepRunning,
            Suspend::UntilSettled,
            Suspend::Yield,
            Suspend::YieldBehind,
        ] {
            for claim in [None, Some(&terms(9_999))] {
                let late = store.sleep(zombie, &sleep(vec![], then), claim, 1_001);
                assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
            }
        }
        let lost = [
            store.load(zombie, 1_001).map(drop),
            store.append(zombie, &entry(1, 1, 1_001), &no_log(), 1_001),
            store.append(
                zombie,
                &entry(1, 1, 1_001),
                &vec![line(0, "late")].into(),
                1_001,
            ),
            store.absorb(zombie, 1_001).map(drop),
            store
                .sleep(
                    zombie,
                    &sleep(vec![in_flight(20, 1)], Suspend::Yield),
                    None,
                    1_001,
                )
                .map(drop),
            store.finish(zombie, &success("1"), None, 1_001).map(drop),
            store.give_back(zombie, 0, Some(&failed(1_000)), 1_001),
            store.renew(zombie, 9_999),
        ];
        for answer in lost {
            assert!(matches!(answer, Err(Error::LeaseLost)), "{answer:?}");
        }
        assert_eq!(
            before,
            (
                store.stack(run_id(1)).unwrap(),
                store.run(run_id(1)).unwrap()
            )
        );
        assert_eq!(store.journal(run_id(1), 0, 9).unwrap().items, []);
        assert_eq!(store.logs(run_id(1), 0, 9).unwrap().items, []);
        store.claim(1, 0, &terms(2_000), 1_000).unwrap();
    }
    B::check(&store);
}

pub(crate) fn lost_executors_are_replaced_and_then_given_up<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    assert_eq!(store.last_sweep().unwrap(), 0);
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    let children = vec![nested(20, 1), service_call(21, 2)];
    store
        .sleep(root, &sleep(children, Suspend::UntilSettled), None, 12)
        .unwrap();
    for attempt in 0..3 {
        let now = 100 * (attempt + 1);
        let claimed = store.claim(9, 9, &terms(now + 50), now).unwrap();
        assert_eq!(claimed.len(), 2, "attempt {attempt}");
        assert!(claimed.iter().all(|row| i64::from(row.attempt) == attempt));
        let report = store.sweep(&sweeping(3, 1), now + 50).unwrap();
        assert_eq!(report.reclaimed + report.failed, 1, "in batches");
        let report = store.sweep(&sweeping(3, 1), now + 51).unwrap();
        assert_eq!(report.reclaimed + report.failed, 1);
        assert_eq!(store.last_sweep().unwrap(), now + 51);
    }
    let journal = store.journal(run_id(1), 0, 9).unwrap().items;
    assert_eq!(journal.len(), 2);
    for entry in &journal {
        assert!(
            entry
                .outcome
                .as_ref()
                .unwrap_err()
                .is(ErrorCode::ExecutorLost)
        );
        assert_eq!((entry.attempts, entry.position), (3, None));
    }
    // The parent was woken; its own executors are lost as well.
    for now in [1_000, 2_000, 3_000] {
        let claimed = only(store.claim(9, 9, &terms(now), now).unwrap());
        assert_eq!(claimed.lease.id, root.id);
        store.sweep(&sweeping(3, 100), now).unwrap();
    }
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!(
        (run.status, run.finished_at),
        (RunStatus::Failed, Some(3_000))
    );
    assert!(run.error.unwrap().is(ErrorCode::ExecutorLost));
    assert_eq!(store.stack(run_id(1)).unwrap(), []);

    // A slice that went to sleep properly restarts the count.
    let mut lease = begin(&store, 2);
    for now in [1_000, 2_000, 3_000] {
        store.sweep(&sweeping(2, 100), now).unwrap();
        let again = only(store.claim(9, 9, &terms(now + 1_000), now).unwrap());
        assert_eq!(again.attempt, 1);
        let slept = store.sleep(
            again.lease,
            &sleep(vec![], Suspend::Yield),
            Some(&terms(now + 1_000)),
            now,
        );
        lease = slept.unwrap().next.unwrap().lease;
    }
    store.load(lease, 3_000).unwrap();
    B::check(&store);
}

pub(crate) fn sleepers_that_missed_their_waking_are_woken<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    for number in 1..=5 {
        let root = begin(&store, number);
        store.load(root, 11).unwrap();
        // The even ones wait for nothing.
        let children = match number % 2 {
            0 => vec![],
            _ => vec![service_call(20 + u32::from(number), 1)],
        };
        store
            .sleep(root, &sleep(children, Suspend::UntilSettled), None, 12)
            .unwrap();
    }
    assert_eq!(store.claim(9, 0, &terms(99), 12).unwrap(), []);
    // Each sweep continues where the last one stopped.
    let woken: Vec<_> = (0..4)
        .map(|now| store.sweep(&sweeping(3, 2), 20 + now).unwrap().woken)
        .collect();
    assert_eq!(woken, [1, 1, 0, 0]);
    let claimed = store.claim(9, 0, &terms(99), 30).unwrap();
    let runs: Vec<_> = claimed.iter().map(|row| row.run).collect();
    assert_eq!(runs, [run_id(2), run_id(4)]);
    B::check(&store);
}

pub(crate) fn a_failed_call_is_tried_again_later<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    let slept = store
        .sleep(
            root,
            &sleep(vec![service_call(20, 1)], Suspend::UntilSettled),
            Some(&terms(99)),
            11,
        )
        .unwrap();
    let call = slept.next.unwrap().lease;
    store.give_back(call, 50, Some(&failed(11)), 12).unwrap();
    assert_eq!(store.claim(9, 9, &terms(99), 49).unwrap(), []);
    assert_eq!(
        (store.queue_depth(49).unwrap(), store.next_due().unwrap()),
        ((0, 0), Some(50))
    );
    assert_eq!(store.queue_depth(53).unwrap(), (1, 3));
    let again = only(store.claim(9, 9, &terms(99), 50).unwrap());
    assert_eq!(again.attempt, 1);
    store.give_back(again.lease, 50, None, 51).unwrap();
    let again = only(store.claim(9, 9, &terms(99), 51).unwrap());
    assert_eq!(again.attempt, 1, "only failures count");
    store.finish(again.lease, &success("1"), None, 52).unwrap();
    let journal = store.journal(run_id(1), 0, 9).unwrap().items;
    assert_eq!((journal[0].attempts, journal[0].started_at), (2, 11));
    B::check(&store);
}

/// What was written before the clock jumped back must not hold up what comes after.
pub(crate) fn a_clock_that_jumps_back_delays_nothing<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let late = 3_600_000;
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    let mut span = timer(23, 4, late + 500);
    span.call.args = format!("[{},500]", late + 500);
    let children = vec![
        timer(20, 1, 2 * late),
        span,
        service_call(21, 2),
        service_call(22, 3),
    ];
    store
        .sleep(root, &sleep(children, Suspend::UntilSettled), None, late)
        .unwrap();
    let calls = store.claim(0, 9, &terms(late + 30_000), late).unwrap();
    assert_eq!(calls.len(), 2);
    store
        .give_back(calls[0].lease, late + 5_000, Some(&failed(late)), late)
        .unwrap();
    take_slot(&store, 1, "lost", late + 90_000, late).unwrap();
    store.sweep(&sweeping(3, 9), late).unwrap();

    let now = 100;
    assert_eq!(
        take_slot(&store, 1, "new", now + 9, now),
        None,
        "the lost one has it"
    );
    store.sweep(&sweeping(3, 9), now).unwrap();
    assert_eq!(store.last_sweep().unwrap(), now);
    assert_eq!(take_slot(&store, 1, "new", now + 9, now), Some(0));
    let again = store.claim(0, 9, &terms(99_999), now + 5_000).unwrap();
    assert_eq!(
        again
            .iter()
            .map(|claimed| claimed.lease.id)
            .collect::<Vec<_>>(),
        [stack_id(23), calls[0].lease.id],
        "the span, and the call that pauses"
    );
    for claimed in again {
        store
            .finish(claimed.lease, &success("1"), None, now + 5_000)
            .unwrap();
    }
    // The other's worker, if it is alive, renews its lease; this one does not.
    let lost = now + 60_000;
    assert_eq!(
        store.sweep(&sweeping(3, 9), lost).unwrap().reclaimed,
        1,
        "its lease has become short"
    );
    let again = only(store.claim(0, 9, &terms(lost + 9), lost).unwrap());
    store
        .finish(again.lease, &success("1"), None, lost)
        .unwrap();
    let root = only(store.claim(9, 9, &terms(lost + 9), lost).unwrap()).lease;
    assert_eq!(store.load(root, lost).unwrap().last_position, 3);
    let sleeps = sleep(vec![], Suspend::UntilSettled);
    store.sleep(root, &sleeps, None, lost).unwrap();
    assert_eq!(store.next_due().unwrap(), Some(2 * late), "as it was named");
    B::check(&store);
}

pub(crate) fn an_attempt_that_was_lost_is_told_from_one_that_failed<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    let children = vec![service_call(20, 1), service_call(21, 2)];
    let at_work = |frames, calls| assert_eq!(store.at_work().unwrap(), AtWork { frames, calls });
    at_work(1, 0);
    store
        .sleep(root, &sleep(children, Suspend::UntilSettled), None, 12)
        .unwrap();
    let calls = store.claim(0, 9, &terms(40), 12).unwrap();
    let [failing, lost] = [calls[0].lease, calls[1].lease];
    assert!(!store.was_lost(failing).unwrap() && !store.was_lost(lost).unwrap());
    at_work(0, 2);

    // One fails and is tried again, the other is never heard of.
    store.give_back(failing, 13, Some(&failed(12)), 13).unwrap();
    at_work(0, 1);
    let failing = only(store.claim(0, 9, &terms(99), 13).unwrap());
    assert_eq!(
        (failing.attempt, store.was_lost(failing.lease).unwrap()),
        (1, false)
    );
    assert_eq!(store.sweep(&sweeping(5, 9), 40).unwrap().reclaimed, 1);
    assert!(matches!(store.was_lost(lost), Err(Error::LeaseLost)));
    let lost = only(store.claim(0, 9, &terms(99), 40).unwrap());
    assert_eq!(
        (lost.attempt, store.was_lost(lost.lease).unwrap()),
        (1, true)
    );

    // That stays so whatever later attempts do.
    store
        .give_back(lost.lease, 41, Some(&failed(40)), 41)
        .unwrap();
    let lost = only(store.claim(0, 9, &terms(99), 41).unwrap());
    assert_eq!(
        (lost.attempt, store.was_lost(lost.lease).unwrap()),
        (2, true)
    );
    // Given back without an attempt, nothing is lost.
    store.give_back(failing.lease, 42, None, 42).unwrap();
    let failing = only(store.claim(0, 9, &terms(99), 42).unwrap()).lease;
    assert!(!store.was_lost(failing).unwrap());
    for lease in [failing, lost.lease] {
        store.finish(lease, &success("1"), None, 43).unwrap();
    }
    at_work(0, 0);
    B::check(&store);
}

pub(crate) fn what_a_lost_worker_may_have_done_is_not_forgotten<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    assert_eq!(store.sweep(&sweeping(5, 9), 1_000).unwrap().reclaimed, 1);
    let frame = only(store.claim(1, 0, &terms(9_000), 1_000).unwrap());
    assert_eq!(frame.attempt, 1);
    // The next worker knows, and so does the one after it if this one has not come as far.
    let behind = sleep(vec![], Suspend::YieldBehind);
    let slept = store.sleep(frame.lease, &behind, Some(&terms(9_000)), 1_001);
    let frame = slept.unwrap().next.unwrap();
    assert_eq!(frame.attempt, 1);
    assert!(store.sleep(frame.lease, &behind, None, 1_002).unwrap().more);
    let frame = only(store.claim(1, 0, &terms(9_000), 1_002).unwrap());
    assert_eq!(frame.attempt, 1);

    // What the lost one may have made is made by the queue: by somebody who knows.
    let perhaps_made = |id, number| Child {
        was_lost: true,
        ..service_call(id, number)
    };
    let children = vec![
        perhaps_made(20, 1),
        service_call(21, 2),
        perhaps_made(22, 3),
    ];
    let slept = store.sleep(
        frame.lease,
        &sleep(children, Suspend::UntilSettled),
        Some(&terms(9_000)),
        1_003,
    );
    let first = slept.unwrap().next.unwrap();
    let others = store.claim(0, 9, &terms(9_000), 1_003).unwrap();
    let calls: Vec<_> = std::iter::once(&first).chain(&others).collect();
    let known: Vec<_> = calls
        .iter()
        .map(|call| (call.attempt, store.was_lost(call.lease).unwrap()))
        .collect();
    assert_eq!(known, [(1, true), (0, false), (1, true)]);
    for call in calls {
        store
            .finish(call.lease, &success("1"), None, 1_004)
            .unwrap();
    }
    let journal = store.journal(run_id(1), 0, 9).unwrap().items;
    let attempts: Vec<_> = journal.iter().map(|entry| entry.attempts).collect();
    assert_eq!(attempts, [2, 1, 2]);
    let frame = only(store.claim(1, 0, &terms(9_000), 1_005).unwrap());
    assert_eq!(frame.attempt, 0);
    B::check(&store);
}
