//! Databases that other builds have made.

use std::collections::BTreeMap;

use tasker_domain::reach::Reach;
use tasker_domain::{ErrorCode, ErrorValue, Lease, LeaseToken, Path, RunStatus, Work};
use tasker_store::prelude::*;
use tasker_store::{
    Admission, DRAINER, Error, LeaseOutcome, NewCall, NewRun, Shared, SharedKey, Starter,
    Submitted, Suspend, TaskRef, calls_of,
};

use crate::backend::{Backend, Everything, Services};
use crate::fixtures::*;

/// What `of_schema` left: eight runs, of which the first sleeps over calls of every kind, the second is
/// in a VM, two have ended, two share a limit of one, one is paused and one is being stopped.
pub(crate) fn a_database_of_an_older_schema_is_taken_over<B: Backend>() {
    for version in [60, 61, 62, 63, 64] {
        is_taken_over(&B::of_schema(version));
    }
}

fn is_taken_over<B: Backend>(backend: &B) {
    let store = backend.open().unwrap();
    let state = store.database(0, 100).unwrap();
    assert_eq!((state.schema, state.missing), (state.newest, 0));
    assert_eq!(store.damage(9, 100).unwrap(), []);
    all_is_there(&store);
    runs_go_on(&store);
    drop(store);
    // Opening it again finds all done.
    let store = backend.open().unwrap();
    assert_eq!(store.damage(9, 100_000).unwrap(), []);
    B::check(&store);
}

fn all_is_there<S: Everything + Services>(store: &S) {
    let statuses = (1..=8).map(|number| store.run(run_id(number)).unwrap().unwrap().status);
    assert_eq!(
        statuses.collect::<Vec<_>>(),
        [
            RunStatus::Processing,
            RunStatus::Processing,
            RunStatus::Completed,
            RunStatus::Failed,
            RunStatus::Queued,
            RunStatus::Queued,
            RunStatus::Paused,
            RunStatus::Suspended,
        ]
    );
    let journal = store.journal(run_id(1), 0, 9).unwrap().items;
    let calls: Vec<_> = journal
        .iter()
        .map(|entry| (entry.call.number, entry.position))
        .collect();
    assert_eq!(calls, [(1, Some(1)), (7, Some(2))]);
    let stack = store.stack(run_id(1)).unwrap();
    let paths: Vec<_> = stack.iter().map(|row| row.path.as_str()).collect();
    assert_eq!(paths, ["0", "0.2", "0.3", "0.4", "0.5", "0.6"]);
    assert_eq!(stack[1].failures[0].error, failure());
    assert_eq!(
        store.logs(run_id(1), 0, 9).unwrap().items[0].line,
        line(0, "it's")
    );

    let task = TaskRef {
        name: "main".to_owned(),
        version: "v1".to_owned(),
    };
    assert_eq!(
        store.grants(&task).unwrap(),
        Some(vec!["team-*".to_owned()])
    );
    let settings = store.task_settings(&task).unwrap();
    assert_eq!(
        (settings.attempts, settings.reach),
        (Some(2), Reach::default())
    );
    let tick = store.schedule("tick").unwrap().unwrap();
    assert_eq!(
        (tick.next_at, tick.queued, tick.skipped),
        (Some(100_000), vec![], None)
    );
    assert!(store.was_sent("early").unwrap());
    assert_eq!(
        store.get("team-a", "key").unwrap().unwrap(),
        b"\x00\xffsealed"
    );
    let key = SharedKey {
        service: "wrappedgapi",
        key: "token",
    };
    let fresh = Shared::Fresh {
        ciphertext: b"\x01value".to_vec(),
        revision: 1,
    };
    assert_eq!(store.shared(key, "u", 99, 100).unwrap(), fresh);
    let call = NewCall {
        service: "wrappedgapi",
        token: "d",
        expires_at: 99_000,
        per_window: Some(5),
        at_once: Some(1),
    };
    assert_eq!(store.admit(&call, 100).unwrap(), Admission::SlotsTaken);
    assert_eq!(store.drainers(100).unwrap(), 1);
    // What drainers and calls held then they hold now; nobody stands in line, and what was signed once stays used.
    assert!(store.renew_lease(DRAINER, "drainer", 90_000).unwrap());
    assert!(
        store
            .renew_lease(&calls_of("wrappedgapi"), "c", 90_000)
            .unwrap()
    );
    for (name, taken) in [
        ("line", LeaseOutcome::Taken(0)),
        ("keeper", LeaseOutcome::Taken(0)),
        ("signature used", LeaseOutcome::HeldUntil(90_000)),
    ] {
        assert_eq!(
            store.take_lease(&lease(name, 1, "e", 101), 100).unwrap(),
            taken,
            "{name}"
        );
    }
    assert_eq!(store.figures().unwrap().len(), 3);

    let again = NewRun {
        idempotency_key: Some("key 3".to_owned()),
        ..new_run(3)
    };
    let Submitted::Existing(run) = store.submit(&again, 100).unwrap() else {
        panic!("the key was used");
    };
    assert_eq!(run.result.as_deref(), Some("{\"x\":1}"));
}

fn runs_go_on<S: Everything + Services>(store: &S) {
    // The slice that was under way commits under its lease.
    let lease = Lease {
        id: stack_id(2),
        token: LeaseToken(1),
    };
    store
        .append(lease, &entry(2, 2, 101), &no_log(), 101)
        .unwrap();
    store.finish(lease, &success("2"), None, 102).unwrap();

    // None of its runs has started another.
    let started = |number: u8| {
        let mut run = NewRun {
            run_at: Some(i64::from(u32::MAX)),
            ..new_run(number)
        };
        run.terms.starter = Some(Starter {
            run: run_id(1),
            at_most: 1,
        });
        store.submit(&run, 103).unwrap()
    };
    assert_eq!(
        [started(20), started(21)],
        [Submitted::Created, Submitted::TooMany]
    );
    store
        .cancel(run_id(20), &stop(103, 103), true, 103)
        .unwrap();
    store.set_paused(run_id(7), false, 103).unwrap();
    store
        .send_event(&new_event("late", "paid", "{}"), 104)
        .unwrap();
    for now in [60_000, 60_001, 60_002, 70_000, 70_001, 70_002] {
        store.sweep(&sweeping(9, 99), now).unwrap();
        for claimed in store.claim(99, 99, &terms(now + 1_000), now).unwrap() {
            let lease = claimed.lease;
            if claimed.work == Work::Frame {
                let frame = store.load(lease, now).unwrap();
                if claimed.run == run_id(1) && frame.path == Path::root() {
                    let kept = frame.snapshot.unwrap();
                    assert_eq!(
                        (kept.bytes, kept.engine.as_str()),
                        (vec![0, 255, 7], "engine")
                    );
                    if !frame.queued.is_empty() {
                        let asleep = sleep(vec![], Suspend::UntilSettled);
                        store.sleep(lease, &asleep, None, now).unwrap();
                        continue;
                    }
                }
            }
            store.finish(lease, &success("1"), None, now).unwrap();
        }
    }
    let ends = (1..=8).map(|number| store.run(run_id(number)).unwrap().unwrap());
    let ends: Vec<_> = ends
        .map(|run| (run.status, run.error.and_then(|error| error.code)))
        .collect();
    let completed = (RunStatus::Completed, None);
    assert_eq!(
        ends,
        [
            completed.clone(),
            completed.clone(),
            completed.clone(),
            (
                RunStatus::Failed,
                ErrorValue::new(ErrorCode::ServiceUnavailable, "").code
            ),
            completed.clone(),
            completed.clone(),
            completed,
            (
                RunStatus::Cancelled,
                ErrorValue::new(ErrorCode::Cancelled, "").code
            ),
        ]
    );
    let settled = store.journal(run_id(1), 0, 99).unwrap().items;
    let numbers: Vec<_> = settled.iter().map(|entry| entry.call.number).collect();
    assert_eq!(numbers.len(), 7, "{numbers:?}");
    let counts: BTreeMap<_, _> = store
        .count_runs_by_task()
        .unwrap()
        .into_iter()
        .map(|count| (count.status.as_str(), count.runs))
        .collect();
    let expected = [("cancelled", 2), ("completed", 6), ("failed", 1)];
    assert_eq!(counts, expected.into());
    assert!(store.webhooks_due(80_000).unwrap());
    assert_eq!(store.due_schedules(9, 100_000).unwrap().len(), 1);
}

pub(crate) fn a_database_of_another_schema_is_refused<B: Backend>() {
    for (version, words) in [
        (
            55,
            "version 55; this Tasker takes over databases of version 60 or newer: start",
        ),
        (999, "version 999, made by a newer Tasker"),
    ] {
        let backend = B::of_version(version);
        for _ in 0..2 {
            let error = backend.open().err().unwrap();
            assert!(
                matches!(&error, Error::Unexpected(message) if message.contains(words)),
                "{error}"
            );
        }
    }
}
