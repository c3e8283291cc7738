//! In which order rows are claimed.

use tasker_domain::{Claimed, Lease, RunId};
use tasker_store::prelude::*;
use tasker_store::{NewRun, Store, Suspend};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

const FLOOD: u32 = 500;

/// A run by a large number.
fn run(number: u32, task: &str, priority: i32) -> NewRun {
    let mut run = new_run(1);
    run.id = RunId::new(i64::from(number), [1; 10]);
    run.frame = stack_id(number);
    run.task = task_ref(task, "v1");
    run.terms.priority = priority;
    run
}

fn tasks(store: &impl Store, claimed: &[Claimed]) -> Vec<String> {
    let of = |claimed: &Claimed| store.run(claimed.run).unwrap().unwrap().task;
    let mut tasks: Vec<_> = claimed.iter().map(of).collect();
    tasks.sort();
    tasks
}

pub(crate) fn a_flood_by_one_task_keeps_no_other_waiting<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    for task in ["main", "quiet", "shy"] {
        store.publish(&function(task, "v1")).unwrap();
    }
    for number in 0..FLOOD {
        store.submit(&run(number, "main", 0), 10).unwrap();
    }
    store.submit(&run(1_000, "quiet", 0), 20).unwrap();
    store.submit(&run(1_001, "shy", 0), 21).unwrap();
    store.submit(&run(1_002, "shy", 0), 22).unwrap();
    let claim = |frames| store.claim(frames, 0, &terms(9_999), 30).unwrap();

    // One of each in turn, though the flood has been due for longer.
    let first = claim(4);
    assert_eq!(tasks(&store, &first), ["main", "main", "quiet", "shy"]);
    // A task of which fewer are being processed goes first.
    let second = claim(1);
    assert_eq!(tasks(&store, &second), ["shy"]);
    assert_eq!(tasks(&store, &claim(3)), ["main", "main", "main"]);

    // Calls are claimed by the same rule, and belong to the task of their run.
    let flood: Lease = first
        .iter()
        .find(|claimed| claimed.lease.id == stack_id(0))
        .unwrap()
        .lease;
    let shy = second[0].lease;
    let calls = (0..40)
        .map(|number| service_call(2_000 + number, number + 1))
        .collect();
    store
        .sleep(flood, &sleep(calls, Suspend::UntilSettled), None, 31)
        .unwrap();
    store
        .sleep(
            shy,
            &sleep(vec![service_call(3_000, 1)], Suspend::UntilSettled),
            None,
            32,
        )
        .unwrap();
    let calls = store.claim(0, 2, &terms(9_999), 33).unwrap();
    assert_eq!(tasks(&store, &calls), ["main", "shy"]);
    B::check(&store);
}

pub(crate) fn a_task_that_is_worked_on_can_be_left_out<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    for task in ["main", "quiet"] {
        store.publish(&function(task, "v1")).unwrap();
    }
    let other = |now| {
        let claimed = store.claim_other(&terms(9_999), now).unwrap();
        claimed.map(|claimed| claimed.run)
    };
    for number in 1..=3 {
        store.submit(&run(number, "main", 0), 10).unwrap();
    }
    // Nothing is worked on yet: the one that has been due for the longest.
    let first = RunId::new(1, [1; 10]);
    assert_eq!(other(10), Some(first));
    assert_eq!(other(10), None);
    // Another priority makes no other task of it, and one that is not due is left where it is.
    store.submit(&run(4, "main", 100), 20).unwrap();
    let mut quiet = run(5, "quiet", 0);
    quiet.run_at = Some(40);
    store.submit(&quiet, 20).unwrap();
    assert_eq!(other(30), None);
    assert_eq!(other(40), Some(quiet.id));
    // Once nobody works on it any more it is a task as any other.
    let lease = Lease {
        id: stack_id(1),
        token: tasker_domain::LeaseToken(1),
    };
    store.give_back(lease, 50, None, 41).unwrap();
    assert_eq!(
        other(45),
        Some(RunId::new(4, [1; 10])),
        "the greater priority"
    );
    B::check(&store);
}

pub(crate) fn a_greater_priority_goes_first<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    for task in ["main", "other"] {
        store.publish(&function(task, "v1")).unwrap();
    }
    for (number, priority) in [(1, 0), (2, -100), (3, 100), (4, 1), (5, 0)] {
        let task = if number == 5 { "other" } else { "main" };
        store.submit(&run(number, task, priority), 10).unwrap();
    }
    let mut later = run(6, "main", 100);
    later.run_at = Some(50);
    store.submit(&later, 10).unwrap();
    let next = |now| {
        let claimed = only(store.claim(1, 1, &terms(9_999), now).unwrap());
        let id = claimed.lease.id;
        (0..9).find(|number| stack_id(*number) == id).unwrap()
    };
    let order = [next(20), next(20), next(20), next(20)];
    assert_eq!(order, [3, 4, 1, 5], "what is due later does not count");
    assert_eq!([next(50), next(50)], [6, 2]);
    assert_eq!(
        store.run(RunId::new(3, [1; 10])).unwrap().unwrap().priority,
        100
    );

    // What a run starts has its run's priority.
    let urgent = Lease {
        id: stack_id(3),
        token: tasker_domain::LeaseToken(1),
    };
    store.submit(&run(7, "other", 0), 50).unwrap();
    store
        .sleep(
            urgent,
            &sleep(vec![nested(30, 1)], Suspend::UntilSettled),
            None,
            51,
        )
        .unwrap();
    let claimed = only(store.claim(1, 0, &terms(9_999), 60).unwrap());
    assert_eq!(claimed.lease.id, stack_id(30));
    B::check(&store);
}
