//! Timers: rows that are settled when their moment has come.

use std::collections::BTreeMap;

use tasker_domain::{Call, Lease, RunId, RunStatus, StackStatus, Work};
use tasker_store::prelude::*;
use tasker_store::{Child, Error, LeaseTerms, NewRun, Store, Suspend, SweepReport};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

const DAY: i64 = 86_400_000;

fn lay_down(store: &impl Store, frame: Lease, children: Vec<Child>, now: i64) {
    let slept = store
        .sleep(
            frame,
            &sleep(children, Suspend::UntilSettled),
            Some(&terms(now + 1_000)),
            now,
        )
        .unwrap();
    assert_eq!(slept.next, None, "nothing is due");
    assert!(slept.more);
}

pub(crate) fn a_frame_sleeps_for_months<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    let until = 11 + 200 * DAY;
    lay_down(&store, root, vec![timer(20, 1, until)], 12);

    // Nothing happens until then, however often somebody looks.
    for now in [13, DAY, 100 * DAY, until - 1] {
        assert_eq!(
            store.sweep(&sweeping(3, 100), now).unwrap(),
            SweepReport::default()
        );
        assert_eq!(store.claim(9, 9, &terms(now + 10), now).unwrap(), []);
        assert_eq!(store.queue_depth(now).unwrap(), (0, 0));
        assert_eq!(store.next_due().unwrap(), Some(until));
    }
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!(run.status, RunStatus::Suspended);
    let stack = store.stack(run_id(1)).unwrap();
    assert_eq!(
        (stack[1].run_after, stack[1].call.timer().unwrap().until),
        (until, until)
    );

    assert_eq!(store.sweep(&sweeping(3, 100), until).unwrap().due, 1);
    let due = only(store.claim(9, 9, &terms(until + 10), until).unwrap());
    assert!(matches!(&due.work, Work::Call(call) if call.timer().is_some()));
    let settled = store
        .finish(
            due.lease,
            &success("null"),
            Some(&terms(until + 99)),
            until + 1,
        )
        .unwrap();
    let frame = store.load(settled.next.unwrap().lease, until + 2).unwrap();
    assert_eq!((frame.last_position, frame.queued), (1, vec![]));
    let entry = &store.journal(run_id(1), 0, 9).unwrap().items[0];
    assert_eq!((entry.started_at, entry.finished_at), (12, until + 1));
    B::check(&store);
}

pub(crate) fn a_cleared_timer_is_removed<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    let timers = (1..=4)
        .map(|number| timer(20 + number, number, 20))
        .collect();
    lay_down(&store, root, timers, 11);
    // One wakes the frame, which clears all others: one that waits, one that is being settled and
    // one that has settled.
    let claimed = store.claim(0, 3, &terms(99), 20).unwrap();
    let frame = store
        .finish(claimed[0].lease, &success("null"), Some(&terms(99)), 21)
        .unwrap()
        .next
        .unwrap();
    store.load(frame.lease, 22).unwrap();
    store
        .finish(claimed[1].lease, &success("null"), None, 23)
        .unwrap();
    let mut slept = sleep(vec![service_call(30, 5)], Suspend::UntilSettled);
    slept.withdrawn = vec![2, 3, 4, 77];
    // What has settled stays in the journal: the frame is woken for it, and passes over it.
    let again = store
        .sleep(frame.lease, &slept, Some(&terms(99)), 24)
        .unwrap()
        .next
        .unwrap();
    assert_eq!(again.work, Work::Frame);
    let late = store.finish(claimed[2].lease, &success("null"), None, 25);
    assert!(matches!(late, Err(Error::LeaseLost)));
    let frame = store.load(again.lease, 26).unwrap();
    assert_eq!((frame.last_position, frame.queued), (2, vec![5]));
    let stack = store.stack(run_id(1)).unwrap();
    assert_eq!(stack.len(), 2, "{stack:?}");
    B::check(&store);
}

/// They cost rows, and nothing else: no sweep writes because of them, and each wakes when it is due.
pub(crate) fn ten_thousand_sleeping_runs_wake_on_time<B: Backend>() {
    const RUNS: u32 = 10_000;
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    let moment = |number: u32| DAY + i64::from(number % 100) * 1_000;
    let id = |number: u32| RunId::new(i64::from(number), [1; 10]);
    let numbers: BTreeMap<RunId, u32> = (0..RUNS).map(|number| (id(number), number)).collect();
    for number in 0..RUNS {
        let run = NewRun {
            id: id(number),
            frame: stack_id(number),
            ..new_run(1)
        };
        store.submit(&run, 10).unwrap();
    }
    loop {
        let frames = store.claim(500, 0, &terms(99), 11).unwrap();
        if frames.is_empty() {
            break;
        }
        for frame in frames {
            let number = numbers[&frame.run];
            let children = vec![timer(RUNS + number, 1, moment(number))];
            let slept = sleep(children, Suspend::UntilSettled);
            store.sleep(frame.lease, &slept, None, 12).unwrap();
        }
    }

    let begun = std::time::Instant::now();
    for sweep in 0..60 {
        assert_eq!(
            store.sweep(&sweeping(3, 200), 1_000 + sweep).unwrap(),
            SweepReport::default()
        );
    }
    let swept = begun.elapsed();
    let mut woken = 0;
    let mut now = DAY;
    let terms = |now| LeaseTerms {
        owner: "worker".to_owned(),
        expires_at: now + 500,
    };
    while let Some(due) = store.next_due().unwrap() {
        assert_eq!(due, now, "the next second's");
        loop {
            let timers = store.claim(0, 32, &terms(now), now).unwrap();
            if timers.is_empty() {
                break;
            }
            for timer in timers {
                assert!(matches!(&timer.work, Work::Call(Call { .. })));
                let settled = store
                    .finish(timer.lease, &success("null"), Some(&terms(now)), now)
                    .unwrap();
                let frame = settled.next.expect("its frame is woken");
                assert_eq!(moment(numbers[&frame.run]), now);
                store.finish(frame.lease, &success("1"), None, now).unwrap();
                woken += 1;
            }
        }
        assert_eq!(woken % 100, 0);
        now += 1_000;
    }
    assert_eq!(woken, RUNS);
    println!("60 sweeps over {RUNS} sleeping frames: {swept:?}");
    let counts = store.count_runs().unwrap();
    assert!(counts.contains(&(RunStatus::Completed, u64::from(RUNS))));
    assert!(
        store
            .stack(id(5))
            .unwrap()
            .iter()
            .all(|row| row.status != StackStatus::Suspended)
    );
    B::check(&store);
}
