//! The life of frames and of their calls.

use tasker_domain::{Path, RunStatus, StackStatus, Work};
use tasker_store::prelude::*;
use tasker_store::{Error, Finish, FollowUp, NewRun, Sleep, Suspend};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

pub(crate) fn a_frame_calls_sleeps_wakes_and_ends_its_run<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let lease = begin(&store, 1);
    assert_eq!(store.claim(9, 9, &terms(99), 10).unwrap(), []);
    let frame = store.load(lease, 11).unwrap();
    assert_eq!(
        (frame.task, frame.input.as_str()),
        (function("main", "v1"), "{\"n\":1}")
    );
    assert_eq!(
        (frame.started_at, frame.last_position, frame.log_count),
        (11, 0, 0)
    );
    assert_eq!((frame.snapshot, frame.queued), (None, vec![]));
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!(
        (run.status, run.started_at, run.updated_at),
        (RunStatus::Processing, Some(11), 11)
    );

    store
        .append(lease, &entry(1, 1, 12), &no_log(), 12)
        .unwrap();
    let twice = store.append(lease, &entry(1, 2, 12), &no_log(), 12);
    assert!(matches!(twice, Err(Error::Unexpected(_))), "{twice:?}");

    // Call 1 is in the journal: it is not made again.
    let children = vec![
        service_call(20, 1),
        service_call(21, 2),
        service_call(22, 10),
    ];
    let slept = store
        .sleep(lease, &sleep(children, Suspend::UntilSettled), None, 13)
        .unwrap();
    assert_eq!(
        slept,
        FollowUp {
            more: true,
            ..FollowUp::default()
        }
    );
    let stack = store.stack(run_id(1)).unwrap();
    let paths: Vec<_> = stack.iter().map(|row| row.path.as_str()).collect();
    assert_eq!(paths, ["0", "0.2", "0.10"]);
    assert_eq!(stack[0].status, StackStatus::Suspended);
    let info = stack[0].snapshot.as_ref().unwrap();
    assert_eq!(
        (info.bytes, info.raw_bytes, info.engine.as_str()),
        (3, 12, "engine")
    );
    assert_eq!(
        store.run(run_id(1)).unwrap().unwrap().status,
        RunStatus::Suspended
    );

    let claimed = store.claim(0, 1, &terms(1_000), 14).unwrap();
    let claimed = only(claimed);
    assert_eq!(
        (&claimed.work, claimed.path.as_str()),
        (&Work::Call(call(2)), "0.2")
    );
    let failed = Finish {
        outcome: Err(failure()),
        logs: vec![line(0, "calls log nothing")].into(),
    };
    let done = store
        .finish(claimed.lease, &failed, Some(&terms(1_000)), 15)
        .unwrap();
    let next = done.next.unwrap();
    assert_eq!(
        (next.work, next.lease.id, done.more),
        (Work::Frame, lease.id, false)
    );
    assert!(next.lease.token > lease.token);
    assert!(matches!(store.load(lease, 16), Err(Error::LeaseLost)));

    let frame = store.load(next.lease, 16).unwrap();
    assert_eq!(
        (frame.started_at, frame.last_position, frame.queued),
        (11, 2, vec![10])
    );
    assert_eq!(frame.snapshot, Some(snapshot(0)));
    let tail = store.tail(run_id(1), &Path::root(), 1, 9).unwrap();
    assert_eq!(
        (tail.len(), tail[0].position, &tail[0].outcome),
        (1, Some(2), &Err(failure()))
    );
    assert_eq!(
        (tail[0].started_at, tail[0].finished_at, tail[0].attempts),
        (13, 15, 1)
    );

    let ended = Finish {
        outcome: Ok("[1]".to_owned()),
        logs: vec![line(0, "done")].into(),
    };
    assert_eq!(
        store.finish(next.lease, &ended, None, 17).unwrap(),
        FollowUp::default()
    );
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!(
        (run.status, run.result.as_deref()),
        (RunStatus::Completed, Some("[1]"))
    );
    assert_eq!((run.finished_at, run.error), (Some(17), None));
    assert_eq!(store.stack(run_id(1)).unwrap(), []);
    assert_eq!(store.logs(run_id(1), 0, 9).unwrap().items.len(), 1);
    assert_eq!(store.journal(run_id(1), 0, 9).unwrap().items.len(), 2);
    B::check(&store);
}

pub(crate) fn a_nested_task_settles_in_its_parent<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    let slept = store
        .sleep(
            root,
            &sleep(vec![nested(20, 3)], Suspend::UntilSettled),
            Some(&terms(1_000)),
            12,
        )
        .unwrap();
    let child = slept.next.unwrap();
    assert_eq!(
        (child.path.as_str(), &child.work, slept.more),
        ("0.3", &Work::Frame, false)
    );
    let frame = store.load(child.lease, 13).unwrap();
    assert_eq!(
        (frame.input.as_str(), frame.started_at),
        ("{\"deep\":1e3}", 13)
    );
    assert_eq!(
        (frame.task.version.as_str(), frame.path.as_str()),
        ("v1", "0.3")
    );
    let slept = store
        .sleep(
            child.lease,
            &sleep(vec![nested(21, 1)], Suspend::UntilSettled),
            Some(&terms(1_000)),
            14,
        )
        .unwrap();
    let grandchild = slept.next.unwrap();
    let done = store
        .finish(
            grandchild.lease,
            &success("\"deep\""),
            Some(&terms(1_000)),
            15,
        )
        .unwrap();
    let child = done.next.unwrap();
    assert_eq!(child.path.as_str(), "0.3");

    let mut ended = success("null");
    ended.logs = vec![line(0, "child")].into();
    let done = store.finish(child.lease, &ended, None, 16).unwrap();
    assert_eq!(
        done,
        FollowUp {
            more: true,
            ..FollowUp::default()
        }
    );
    let journal = store.journal(run_id(1), 0, 9).unwrap().items;
    assert_eq!(
        (journal[0].frame.as_str(), journal[1].frame.as_str()),
        ("0.3", "0")
    );
    assert_eq!(
        (journal[1].call.clone(), journal[1].position),
        (nested(20, 3).call, None)
    );
    assert_eq!((journal[1].started_at, journal[1].finished_at), (12, 16));
    let log = store.logs(run_id(1), 0, 9).unwrap().items;
    assert_eq!(log[0].frame.as_str(), "0.3");
    let woken = only(store.claim(9, 9, &terms(1_000), 16).unwrap());
    assert_eq!(woken.path.as_str(), "0");
    assert_eq!(store.stack(run_id(1)).unwrap().len(), 1);
    B::check(&store);
}

pub(crate) fn a_call_that_settles_before_the_frame_sleeps_wakes_it<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    let children = vec![service_call(20, 1), service_call(21, 2)];
    let keep = store
        .sleep(root, &sleep(children, Suspend::KeepRunning), None, 11)
        .unwrap();
    assert!(keep.more);
    let calls = store.claim(9, 9, &terms(1_000), 12).unwrap();
    assert_eq!(calls.len(), 2);
    let done = store
        .finish(calls[1].lease, &success("2"), Some(&terms(1_000)), 13)
        .unwrap();
    assert_eq!(done, FollowUp::default(), "a live frame is not woken");
    let done = store
        .finish(calls[0].lease, &success("1"), None, 14)
        .unwrap();
    assert_eq!(done, FollowUp::default());

    let absorbed = store.absorb(root, 14).unwrap().entries;
    let seen: Vec<_> = absorbed
        .iter()
        .map(|entry| (entry.call.number, entry.position))
        .collect();
    assert_eq!(seen, [(2, Some(1)), (1, Some(2))]);
    assert_eq!(store.absorb(root, 14).unwrap().entries, []);

    let more = store
        .sleep(
            root,
            &sleep(vec![service_call(22, 3)], Suspend::KeepRunning),
            Some(&terms(1_000)),
            15,
        )
        .unwrap();
    store
        .finish(more.next.unwrap().lease, &success("3"), None, 16)
        .unwrap();
    // Call 4 is new and pending, but the frame itself comes first.
    let slept = store
        .sleep(
            root,
            &sleep(vec![service_call(23, 4)], Suspend::UntilSettled),
            Some(&terms(1_000)),
            17,
        )
        .unwrap();
    let next = slept.next.unwrap();
    assert_eq!((next.lease.id, slept.more), (root.id, true));
    assert!(matches!(store.absorb(root, 18), Err(Error::LeaseLost)));
    assert_eq!(store.load(next.lease, 18).unwrap().last_position, 3);

    let slept = store
        .sleep(next.lease, &sleep(vec![], Suspend::Yield), None, 19)
        .unwrap();
    assert!(slept.more);
    let claimed = store.claim(1, 0, &terms(1_000), 19).unwrap();
    assert_eq!(only(claimed).lease.id, root.id);
    B::check(&store);
}

pub(crate) fn rows_in_flight_belong_to_the_slice<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    let children = vec![in_flight(20, 2), service_call(21, 3), in_flight(22, 1)];
    let slept = store
        .sleep(
            root,
            &sleep(children.clone(), Suspend::UntilSettled),
            None,
            11,
        )
        .unwrap();
    let numbers: Vec<_> = slept
        .in_flight
        .iter()
        .map(|claimed| claimed.work.clone())
        .collect();
    assert_eq!(numbers, [Work::Call(call(2)), Work::Call(call(1))]);
    let stack = store.stack(run_id(1)).unwrap();
    assert_eq!(
        stack[1].lease_expires_at,
        Some(1_000),
        "the frame's own terms"
    );
    assert_eq!(
        only(store.claim(9, 9, &terms(50), 12).unwrap())
            .path
            .as_str(),
        "0.3"
    );
    assert_eq!(
        store.run(run_id(1)).unwrap().unwrap().status,
        RunStatus::Queued,
        "never loaded"
    );

    let done = store
        .finish(
            slept.in_flight[0].lease,
            &success("2"),
            Some(&terms(1_000)),
            13,
        )
        .unwrap();
    let root = done.next.unwrap().lease;
    // They have rows, or have settled: none is made again.
    let slept = store
        .sleep(
            root,
            &sleep(children, Suspend::KeepRunning),
            Some(&terms(60)),
            14,
        )
        .unwrap();
    assert_eq!(slept, FollowUp::default());
    let slept = store
        .sleep(
            root,
            &sleep(vec![in_flight(23, 4)], Suspend::KeepRunning),
            Some(&terms(60)),
            14,
        )
        .unwrap();
    store.renew(slept.in_flight[0].lease, 70).unwrap();
    let stack = store.stack(run_id(1)).unwrap();
    assert_eq!(stack.last().unwrap().lease_expires_at, Some(70));
    assert_eq!(
        store.sweep(&sweeping(3, 100), 65).unwrap().reclaimed,
        1,
        "the one claimed by hand"
    );
    B::check(&store);
}

pub(crate) fn what_a_finished_frame_had_out_is_dropped<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    let children = vec![nested(20, 1), in_flight(21, 2)];
    let slept = store
        .sleep(
            root,
            &sleep(children, Suspend::KeepRunning),
            Some(&terms(1_000)),
            11,
        )
        .unwrap();
    let (child, call) = (slept.next.unwrap().lease, slept.in_flight[0].lease);
    let slept = store
        .sleep(
            child,
            &sleep(vec![in_flight(22, 1)], Suspend::UntilSettled),
            None,
            12,
        )
        .unwrap();
    let grandchild = slept.in_flight[0].lease;
    store.finish(root, &success("1"), None, 13).unwrap();
    for lease in [root, child, call, grandchild] {
        let late = store.finish(lease, &success("2"), None, 14);
        assert!(matches!(late, Err(Error::LeaseLost)), "{late:?}");
    }
    assert_eq!(store.stack(run_id(1)).unwrap(), []);
    assert_eq!(store.journal(run_id(1), 0, 9).unwrap().items, []);
    assert_eq!(
        store.run(run_id(1)).unwrap().unwrap().result.as_deref(),
        Some("1")
    );
    B::check(&store);
}

pub(crate) fn an_error_leaves_nothing_behind<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let lease = begin(&store, 1);
    let mut unknown = nested(50, 1);
    unknown.task.as_mut().unwrap().0.version = "unknown".to_owned();
    let sleep = sleep(vec![service_call(51, 2), unknown], Suspend::UntilSettled);
    let error = store.sleep(lease, &sleep, None, 11).unwrap_err();
    assert!(matches!(error, Error::Unexpected(_)), "{error}");
    let stack = store.stack(run_id(1)).unwrap();
    assert_eq!(stack.len(), 1);
    assert_eq!(stack[0].snapshot, None);
    B::check(&store);
}

/// At most four frames: the root, two nested tasks of it, and one below them.
pub(crate) fn a_run_has_a_bounded_number_of_frames<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let bounded = |children| Sleep {
        frames: 4,
        ..sleep(children, Suspend::UntilSettled)
    };
    let paths = || -> Vec<String> {
        let stack = store.stack(run_id(1)).unwrap();
        stack.iter().map(|row| row.path.to_string()).collect()
    };
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    let two = bounded(vec![nested(20, 1), service_call(21, 2), nested(22, 3)]);
    let slept = store.sleep(root, &two, Some(&terms(1_000)), 12).unwrap();
    let child = slept.next.unwrap();
    assert_eq!(child.path.as_str(), "0.1");
    store.load(child.lease, 13).unwrap();

    // There is room for one of three; what was asked first gets it, and a call needs none. The frame has to wake.
    let three = bounded(vec![
        nested(30, 1),
        nested(31, 2),
        service_call(32, 3),
        nested(33, 4),
    ]);
    let slept = store
        .sleep(child.lease, &three, Some(&terms(1_000)), 14)
        .unwrap();
    let woken = slept.next.unwrap();
    assert_eq!((woken.path.as_str(), slept.more), ("0.1", true));
    let all = ["0", "0.1", "0.1.1", "0.1.3", "0.2", "0.3"];
    assert_eq!(paths(), all);
    let frame = store.load(woken.lease, 15).unwrap();
    assert_eq!((frame.last_position, frame.queued), (2, vec![1, 3]));
    let refused = store.tail(run_id(1), &frame.path, 0, 9).unwrap();
    let numbers: Vec<_> = refused.iter().map(|entry| entry.call.number).collect();
    assert_eq!(numbers, [2, 4]);
    let error = refused[0].outcome.as_ref().unwrap_err();
    assert_eq!(error.code.as_deref(), Some("frames_limit"));
    assert!(error.message.contains("at most 4 tasks"), "{error:?}");
    assert_eq!(
        (
            refused[0].attempts,
            refused[0].started_at,
            refused[0].finished_at
        ),
        (1, 14, 14)
    );

    // Asked again, they still have no room, and those with rows or in the journal are left as they are.
    let again = bounded(vec![nested(34, 1), nested(35, 2), nested(36, 5)]);
    let slept = store
        .sleep(woken.lease, &again, Some(&terms(1_000)), 16)
        .unwrap();
    assert_eq!(paths(), all);
    let woken = slept.next.unwrap();
    let frame = store.load(woken.lease, 17).unwrap();
    assert_eq!(frame.last_position, 3);

    // The end of one, with all below it, makes room.
    let done = store.finish(woken.lease, &success("1"), Some(&terms(1_000)), 18);
    let root = done.unwrap().next.unwrap();
    store.load(root.lease, 19).unwrap();
    let more = bounded(vec![nested(40, 4), nested(41, 5), nested(42, 6)]);
    let slept = store.sleep(root.lease, &more, None, 20).unwrap();
    assert!(slept.more);
    assert_eq!(paths(), ["0", "0.2", "0.3", "0.4", "0.5"]);
    let journal = store.journal(run_id(1), 0, 9).unwrap().items;
    let last = journal.last().unwrap();
    assert_eq!(
        (last.frame.as_str(), last.call.number, last.position),
        ("0", 6, None)
    );
    B::check(&store);
}

pub(crate) fn a_call_waits_for_the_end_of_another_run<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store.submit(&new_run(1), 10).unwrap();
    let root = only(store.claim(1, 0, &terms(900), 10).unwrap()).lease;
    store.load(root, 10).unwrap();
    let waits = vec![
        service_call(11, 1),
        service_call(12, 2),
        service_call(13, 3),
    ];
    let asleep = sleep(waits, Suspend::UntilSettled);
    store.sleep(root, &asleep, None, 10).unwrap();
    for number in [2, 3] {
        let run = NewRun {
            run_at: Some(9_000),
            ..new_run(number)
        };
        store.submit(&run, 10).unwrap();
    }
    let claimed = store.claim(0, 9, &terms(900), 20).unwrap();
    let [first, second, third] = [0, 1, 2].map(|at: usize| claimed[at].lease);
    assert!(store.wait_for_run(first, run_id(2), 20).unwrap());
    assert!(store.wait_for_run(second, run_id(2), 20).unwrap());
    assert!(store.wait_for_run(third, run_id(3), 20).unwrap());
    // Who has given its lease back has none, and only a call waits.
    assert!(!store.wait_for_run(first, run_id(2), 20).unwrap());
    assert!(!store.wait_for_run(root, run_id(2), 20).unwrap());
    assert_eq!(store.claim(0, 9, &terms(900), 8_000).unwrap().len(), 0);
    assert_eq!(store.damage(9, 30).unwrap(), []);

    // However the run ends, both are due then, and the third is not.
    store.cancel(run_id(2), &stop(30, 30), true, 30).unwrap();
    let mut due = store.claim(0, 9, &terms(900), 30).unwrap();
    due.sort_by_key(|claimed| claimed.lease.id);
    let ids: Vec<_> = due.iter().map(|claimed| claimed.lease.id).collect();
    assert_eq!(ids, [first.id, second.id]);
    for (claimed, run) in due.iter().zip([2, 99]) {
        // It has ended, or is not there: there is nothing to wait for.
        assert!(!store.wait_for_run(claimed.lease, run_id(run), 31).unwrap());
        store
            .finish(claimed.lease, &success("1"), None, 31)
            .unwrap();
    }
    let other = only(
        store
            .claim(9, 0, &terms(9_900), 9_000)
            .unwrap()
            .into_iter()
            .filter(|claimed| claimed.run == run_id(3))
            .collect(),
    );
    store.load(other.lease, 9_000).unwrap();
    store
        .finish(other.lease, &success("1"), None, 9_001)
        .unwrap();
    let due = only(store.claim(0, 9, &terms(9_900), 9_001).unwrap());
    assert_eq!(due.lease.id, third.id);

    // What waits goes with its own run, and nothing is left of it.
    store.submit(&new_run(4), 9_001).unwrap();
    assert!(store.wait_for_run(due.lease, run_id(4), 9_002).unwrap());
    store
        .cancel(run_id(1), &stop(9_003, 9_003), true, 9_003)
        .unwrap();
    assert_eq!(B::rows(&store, "SELECT * FROM run_waits"), [""; 0]);
    B::check(&store);
}
