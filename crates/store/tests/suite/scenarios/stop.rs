use tasker_domain::{ErrorCode, ErrorValue, RunStatus, StackStatus};
use tasker_store::prelude::*;
use tasker_store::{Cancellation, Control, DRAINER, Error, NewRun, Pause, Suspend};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

fn is_cancelled(error: &ErrorValue) -> bool {
    error.is(ErrorCode::Cancelled) && error.name == "CancelledError"
}

pub(crate) fn a_cancelled_run_cleans_up_and_is_over<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    let children = vec![nested(20, 1), in_flight(21, 2), service_call(22, 3)];
    let slept = store
        .sleep(root, &sleep(children, Suspend::UntilSettled), None, 11)
        .unwrap();
    let nested_lease = only(store.claim(9, 0, &terms(99), 11).unwrap()).lease;
    store.load(nested_lease, 11).unwrap();
    store
        .sleep(
            nested_lease,
            &sleep(
                vec![service_call(30, 1), nested(31, 2)],
                Suspend::UntilSettled,
            ),
            None,
            11,
        )
        .unwrap();

    let cancel = |run, force, now| {
        store
            .cancel(run_id(run), &stop(now, now + 50), force, now)
            .unwrap()
    };
    assert_eq!(cancel(9, false, 12), None);
    let stopping = Some(Cancellation::Stopping { grace_until: 62 });
    assert_eq!(cancel(1, false, 12), stopping);
    assert_eq!(cancel(1, false, 13), stopping, "the first one stays");
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!((run.stop, run.updated_at), (Some(stop(12, 62)), 12));
    assert_eq!(run.status, RunStatus::Suspended);
    assert_eq!(store.next_due().unwrap(), Some(12));

    // The queued calls and the nested task that never began have settled; both frames wake.
    let stack = store.stack(run_id(1)).unwrap();
    let left: Vec<_> = stack
        .iter()
        .map(|row| (row.path.as_str(), row.status))
        .collect();
    assert_eq!(
        left,
        [("0", StackStatus::Pending), ("0.1", StackStatus::Pending)]
    );
    assert_eq!(stack[0].expires_at, Some(62));
    let late = store.finish(slept.in_flight[0].lease, &success("1"), None, 13);
    assert!(matches!(late, Err(Error::LeaseLost)));
    let entries = store.journal(run_id(1), 0, 9).unwrap().items;
    assert_eq!(entries.len(), 4);
    assert!(
        entries
            .iter()
            .all(|entry| is_cancelled(entry.outcome.as_ref().unwrap_err()))
    );

    // Each sees what it waited for, may make calls to clean up, and ends.
    let claimed = store.claim(9, 9, &terms(99), 13).unwrap();
    assert_eq!(claimed.len(), 2);
    for frame in claimed.iter().rev() {
        let loaded = store.load(frame.lease, 14).unwrap();
        // The root also has the end of its nested task.
        let seen = if loaded.path.depth() == 0 { 3 } else { 2 };
        assert_eq!((loaded.control, loaded.last_position), (Control::Go, seen));
        store
            .append(frame.lease, &entry(7, seen + 1, 15), &no_log(), 15)
            .unwrap();
        store
            .finish(frame.lease, &success("\"cleaned up\""), None, 16)
            .unwrap();
    }
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!((run.status, run.result), (RunStatus::Cancelled, None));
    assert!(is_cancelled(&run.error.unwrap()));
    assert_eq!(run.finished_at, Some(16));
    assert_eq!(store.stack(run_id(1)).unwrap(), []);
    assert_eq!(cancel(1, true, 17), Some(Cancellation::Finished));
    assert_eq!(store.next_due().unwrap(), None);
    B::check(&store);
}

/// What had settled well when the run was stopped is seen as it is: the next call is the one to fail.
pub(crate) fn a_stop_reaches_a_frame_at_its_next_call<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    let slept = sleep(vec![service_call(20, 1)], Suspend::UntilSettled);
    store.sleep(root, &slept, None, 11).unwrap();
    let answered = only(store.claim(0, 1, &terms(99), 11).unwrap()).lease;
    store.finish(answered, &success("1"), None, 11).unwrap();
    store.cancel(run_id(1), &stop(12, 62), false, 12).unwrap();

    let root = only(store.claim(1, 0, &terms(99), 12).unwrap()).lease;
    let frame = store.load(root, 12).unwrap();
    assert_eq!((frame.control, frame.last_position), (Control::Stop, 0));
    let told = store.stop_calls(root, &[], 12).unwrap();
    assert_eq!((told.control, told.entries.len()), (Control::Stop, 1));
    // It makes a nested task of that, which never begins.
    let slept = sleep(vec![nested(21, 2)], Suspend::UntilSettled);
    assert!(matches!(
        store.sleep(root, &slept, None, 13),
        Err(Error::Stopping)
    ));
    let told = store.stop_calls(root, &[call(2)], 13).unwrap();
    assert_eq!((told.control, told.entries.len()), (Control::Go, 1));
    assert!(is_cancelled(told.entries[0].outcome.as_ref().unwrap_err()));
    let slept = sleep(vec![service_call(22, 3)], Suspend::UntilSettled);
    store.sleep(root, &slept, None, 14).unwrap();

    // A frame that waits for a nested task which copes with the stop is told when it continues.
    let root = begin(&store, 2);
    store.load(root, 11).unwrap();
    let slept = sleep(vec![nested(30, 1)], Suspend::UntilSettled);
    store.sleep(root, &slept, None, 11).unwrap();
    let below = only(store.claim(1, 0, &terms(99), 11).unwrap()).lease;
    store.load(below, 11).unwrap();
    store.cancel(run_id(2), &stop(12, 62), false, 12).unwrap();
    let told = store.stop_calls(below, &[call(1)], 12).unwrap();
    assert_eq!(told.control, Control::Go);
    let settled = store
        .finish(below, &success("1"), Some(&terms(99)), 12)
        .unwrap();
    let root = settled.next.unwrap().lease;
    assert_eq!(store.load(root, 13).unwrap().control, Control::Stop);
    let told = store.stop_calls(root, &[], 13).unwrap();
    assert_eq!((told.control, told.entries.len()), (Control::Stop, 1));
    // With no new call to make it may sleep untold, and is told of its next one.
    store
        .sleep(root, &sleep(vec![], Suspend::Yield), None, 13)
        .unwrap();
    B::check(&store);
}

pub(crate) fn a_live_frame_is_told_that_its_run_is_stopped<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    store.append(root, &entry(1, 1, 11), &no_log(), 11).unwrap();
    assert_eq!(store.control(root).unwrap(), Control::Go);
    store.cancel(run_id(1), &stop(12, 62), false, 12).unwrap();

    // It cannot sleep over a new call, and sees nothing else before.
    assert_eq!(store.control(root).unwrap(), Control::Stop);
    for then in [Suspend::UntilSettled, Suspend::Yield] {
        let slept = store.sleep(root, &sleep(vec![service_call(20, 2)], then), None, 13);
        assert!(matches!(slept, Err(Error::Stopping)));
    }
    store
        .sleep(root, &sleep(vec![], Suspend::KeepRunning), None, 13)
        .unwrap();
    assert_eq!(store.absorb(root, 13).unwrap().control, Control::Stop);
    // Its worker is lost; the next one learns of it too, after what the frame has seen.
    store.sweep(&sweeping(3, 9), 1_000).unwrap();
    assert_eq!(
        store.run(run_id(1)).unwrap().unwrap().status,
        RunStatus::Cancelled,
        "the grace was over"
    );

    let root = begin(&store, 2);
    store.load(root, 11).unwrap();
    store.append(root, &entry(1, 1, 11), &no_log(), 11).unwrap();
    store
        .cancel(run_id(2), &stop(12, 5_000), false, 12)
        .unwrap();
    store.sweep(&sweeping(3, 9), 1_000).unwrap();
    let root = only(store.claim(1, 1, &terms(2_000), 1_000).unwrap()).lease;
    let frame = store.load(root, 1_001).unwrap();
    assert_eq!((frame.control, frame.last_position), (Control::Stop, 1));
    let told = store
        .stop_calls(root, &[call(1), call(2), call(3)], 1_002)
        .unwrap();
    let seen: Vec<_> = told
        .entries
        .iter()
        .map(|entry| (entry.call.number, entry.position))
        .collect();
    assert_eq!(seen, [(2, Some(2)), (3, Some(3))], "call 1 had settled");
    assert!(
        told.entries
            .iter()
            .all(|entry| is_cancelled(entry.outcome.as_ref().unwrap_err()))
    );
    // Once: the calls of its clean-up are let alone.
    assert_eq!(
        store.stop_calls(root, &[call(4)], 1_003).unwrap().entries,
        []
    );
    let slept = store.sleep(
        root,
        &sleep(vec![service_call(20, 4)], Suspend::UntilSettled),
        Some(&terms(9_000)),
        1_003,
    );
    assert!(slept.unwrap().next.is_some());
    // A process that is lost in the clean-up does not keep the run alive.
    assert_eq!(store.expire(9, 30, 4_999).unwrap(), 0);
    assert_eq!(store.expire(9, 30, 5_000).unwrap(), 1);
    assert_eq!(
        store.run(run_id(2)).unwrap().unwrap().status,
        RunStatus::Cancelled
    );
    assert!(matches!(store.control(root), Err(Error::LeaseLost)));
    B::check(&store);
}

pub(crate) fn what_has_had_its_time_ends<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    let run = |number, deadline| NewRun {
        deadline: Some(deadline),
        ..new_run(number)
    };
    store.submit(&run(1, 100), 10).unwrap();
    store.submit(&run(2, 100), 10).unwrap();
    assert_eq!(store.run(run_id(1)).unwrap().unwrap().deadline, Some(100));
    let root = only(store.claim(1, 1, &terms(1_000), 10).unwrap()).lease;
    store.load(root, 11).unwrap();

    // A call that is under way, and a nested task with all that it has out, fail in their caller.
    let mut children = vec![in_flight(20, 1), nested(21, 2), service_call(22, 3)];
    children[0].expires_at = Some(40);
    children[1].expires_at = Some(50);
    let slept = store
        .sleep(root, &sleep(children, Suspend::UntilSettled), None, 11)
        .unwrap();
    let frame = store.claim(1, 0, &terms(1_000), 12).unwrap();
    assert_eq!(frame[0].path.as_str(), "0", "run 2");
    let nested = only(store.claim(1, 0, &terms(1_000), 12).unwrap()).lease;
    store.load(nested, 12).unwrap();
    store
        .sleep(
            nested,
            &sleep(vec![service_call(30, 1)], Suspend::UntilSettled),
            None,
            12,
        )
        .unwrap();
    assert_eq!(store.expire(9, 30, 39).unwrap(), 0);
    assert_eq!(store.expire(1, 30, 50).unwrap(), 1);
    assert_eq!(store.sweep(&sweeping(3, 9), 50).unwrap().expired, 1);
    let late = store.finish(slept.in_flight[0].lease, &success("1"), None, 51);
    assert!(matches!(late, Err(Error::LeaseLost)));
    let paths: Vec<_> = store
        .stack(run_id(1))
        .unwrap()
        .into_iter()
        .map(|row| row.path.to_string())
        .collect();
    assert_eq!(paths, ["0", "0.3"]);
    let root = only(store.claim(1, 0, &terms(1_000), 51).unwrap()).lease;
    assert_eq!(store.load(root, 51).unwrap().last_position, 2);
    for entry in store.journal(run_id(1), 0, 9).unwrap().items {
        assert!(entry.outcome.unwrap_err().is(ErrorCode::CallTimeout));
    }
    store
        .sleep(root, &sleep(vec![], Suspend::UntilSettled), None, 52)
        .unwrap();

    // Deadlines: run 1 may clean up, run 2 has nothing to clean up.
    assert_eq!(store.sweep(&sweeping(3, 9), 100).unwrap().expired, 2);
    let ended = store.run(run_id(2)).unwrap().unwrap();
    assert_eq!(ended.status, RunStatus::Failed);
    assert!(ended.error.unwrap().is(ErrorCode::RunTimeout));
    let stopping = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!(stopping.stop.unwrap().grace_until, 130);
    let root = only(store.claim(9, 9, &terms(1_000), 100).unwrap()).lease;
    assert_eq!(store.load(root, 101).unwrap().last_position, 3);
    store.finish(root, &success("1"), None, 102).unwrap();
    let ended = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!((ended.status, ended.result), (RunStatus::Failed, None));
    assert!(ended.error.unwrap().is(ErrorCode::RunTimeout));
    assert_eq!(store.stack(run_id(1)).unwrap(), []);
    B::check(&store);
}

pub(crate) fn nothing_of_a_paused_run_goes_on<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    store.load(root, 11).unwrap();
    let pause = |run, paused, now| store.set_paused(run_id(run), paused, now).unwrap();
    assert_eq!(pause(9, true, 12), None);
    assert_eq!(pause(1, false, 12), Some(Pause::Already));
    assert_eq!(pause(1, true, 12), Some(Pause::Done));
    assert_eq!(pause(1, true, 13), Some(Pause::Already));
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!((run.status, run.updated_at), (RunStatus::Paused, 12));

    // The live slice is asked to sleep; what it makes is held, too.
    assert_eq!(store.control(root).unwrap(), Control::Pause);
    assert_eq!(store.absorb(root, 13).unwrap().control, Control::Pause);
    let children = vec![service_call(20, 1), in_flight(21, 2), nested(22, 3)];
    let claim = terms(1_000);
    let slept = store
        .sleep(
            root,
            &sleep(children, Suspend::UntilSettled),
            Some(&claim),
            13,
        )
        .unwrap();
    assert_eq!(slept.next, None);
    let settled = store.finish(slept.in_flight[0].lease, &success("1"), Some(&claim), 14);
    assert_eq!(settled.unwrap().next, None);
    assert_eq!(store.claim(9, 9, &claim, 900).unwrap(), []);
    assert_eq!(store.queue_depth(900).unwrap(), (0, 0));
    assert_eq!(store.next_due().unwrap(), None);
    assert_eq!(store.sweep(&sweeping(3, 9), 900).unwrap().due, 0);
    assert!(take_slot(&store, 1, "a", 950, 900).is_some());
    assert!(store.give_back_if_idle(DRAINER, "a", 900).unwrap());

    // All of it is due when it is resumed.
    assert_eq!(pause(1, false, 901), Some(Pause::Done));
    assert_eq!(store.claim(9, 9, &claim, 901).unwrap().len(), 3);
    assert_eq!(
        store.run(run_id(1)).unwrap().unwrap().status,
        RunStatus::Processing
    );

    // A cancelled run resumes to clean up; one that has not begun ends.
    assert_eq!(pause(1, true, 902), Some(Pause::Done));
    store
        .cancel(run_id(1), &stop(903, 950), false, 903)
        .unwrap();
    assert_eq!(pause(1, true, 904), Some(Pause::Stopping));
    assert_eq!(pause(1, false, 904), Some(Pause::Stopping));
    assert_eq!(
        store.run(run_id(1)).unwrap().unwrap().status,
        RunStatus::Processing
    );
    store.expire(9, 30, 950).unwrap();
    store.submit(&new_run(2), 10).unwrap();
    assert_eq!(pause(2, true, 951), Some(Pause::Done));
    assert_eq!(store.claim(9, 9, &claim, 951).unwrap(), []);
    store
        .cancel(run_id(2), &stop(952, 960), false, 952)
        .unwrap();
    for run in [1, 2] {
        assert_eq!(pause(run, false, 960), Some(Pause::Finished));
        assert_eq!(
            store.run(run_id(run)).unwrap().unwrap().status,
            RunStatus::Cancelled
        );
    }
    B::check(&store);
}
