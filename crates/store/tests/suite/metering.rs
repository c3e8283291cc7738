//! Figures and traces.

use std::thread;
use std::time::Duration;

use tasker_domain::RunStatus;
use tasker_domain::figures::{Figures, Metric};
use tasker_domain::trace::TraceParent;
use tasker_store::NewRun;
use tasker_store::prelude::*;

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

pub(crate) fn figures_of_many_workers_add_up<B: Backend>() {
    let (backend, store) = fresh::<B>();
    assert_eq!(store.figures().unwrap(), []);
    store.add_figures(&[]).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let store = backend.open().unwrap();
                for _ in 0..5 {
                    let mut figures = Figures::default();
                    figures.count(Metric::Sweep, "", 2);
                    figures.time(Metric::Call, "it's \"odd\"", Duration::from_micros(1_500));
                    store.add_figures(&figures.take()).unwrap();
                }
            });
        }
    });
    let figures = store.figures().unwrap();
    let found: Vec<_> = figures
        .iter()
        .map(|figure| {
            (
                figure.metric,
                figure.label.as_str(),
                figure.bucket,
                figure.count,
                figure.sum,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (Metric::Call, "it's \"odd\"", 1, 20, 30_000),
            (Metric::Sweep, "", 0, 40, 40),
        ]
    );
    // What a newer build has measured is not for this one.
    B::by_hand(
        &store,
        "UPDATE figures SET metric = 'of the future' WHERE bucket = 1",
    );
    assert_eq!(store.figures().unwrap().len(), 1);
    B::check(&store);
}

pub(crate) fn runs_are_counted_by_task_and_keep_their_trace<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let trace: TraceParent = TRACE.parse().unwrap();
    let first = begin(&store, 1);
    store.load(first, 11).unwrap();
    let traced = NewRun {
        trace: Some(trace),
        ..new_run(2)
    };
    store.submit(&traced, 12).unwrap();
    store.submit(&new_run(3), 13).unwrap();
    let counts = || {
        let mut counts: Vec<_> = store
            .count_runs_by_task()
            .unwrap()
            .into_iter()
            .map(|count| (count.status, count.runs))
            .collect();
        counts.sort_by_key(|(status, _)| status.as_str());
        counts
    };
    assert_eq!(
        counts(),
        [(RunStatus::Processing, 1), (RunStatus::Queued, 2)]
    );
    let asleep = sleep(
        vec![service_call(20, 1)],
        tasker_store::Suspend::UntilSettled,
    );
    store.sleep(first, &asleep, None, 14).unwrap();
    assert_eq!(
        counts(),
        [(RunStatus::Queued, 2), (RunStatus::Suspended, 1)]
    );

    // Paused runs count as paused, whatever they would be otherwise; those of other tasks are counted apart.
    store.publish(&function("other", "v1")).unwrap();
    let mut other = new_run(4);
    other.task = task_ref("other", "v1");
    store.submit(&other, 15).unwrap();
    for paused in [1, 3, 4] {
        store.set_paused(run_id(paused), true, 15).unwrap();
    }
    let queued = ["main", "other", "it's none"].map(|task| store.queued_runs(task).unwrap());
    assert_eq!(queued, [2, 1, 0]);
    assert_eq!(
        counts(),
        [
            (RunStatus::Paused, 2),
            (RunStatus::Paused, 1),
            (RunStatus::Queued, 1)
        ]
    );
    let lease = only(store.claim(1, 0, &terms(90), 15).unwrap()).lease;
    assert_eq!(store.load(lease, 16).unwrap().trace, Some(trace));
    store.set_paused(run_id(2), true, 15).unwrap();
    assert!(counts().contains(&(RunStatus::Paused, 3)));
    for paused in 1..=4 {
        store.set_paused(run_id(paused), false, 15).unwrap();
    }
    assert_eq!(
        counts(),
        [
            (RunStatus::Processing, 1),
            (RunStatus::Queued, 1),
            (RunStatus::Queued, 1),
            (RunStatus::Suspended, 1)
        ]
    );
    assert_eq!(store.run(run_id(2)).unwrap().unwrap().trace, Some(trace));
    assert_eq!(store.run_trace(run_id(2)).unwrap(), Some(trace));
    assert_eq!(
        store.run_trace(run_id(3)).unwrap(),
        Some(TraceParent::of_run(run_id(3)))
    );
    assert_eq!(store.run_trace(run_id(9)).unwrap(), None);
    store.finish(lease, &success("1"), None, 17).unwrap();
    assert!(counts().contains(&(RunStatus::Completed, 1)));
    B::check(&store);
}

pub(crate) fn the_time_of_an_ended_run_is_counted_by_its_outcome<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let bounds = Metric::RunTime.form().bounds();
    let mut expected = Figures::default();
    // Each bound and the next number after it; a run that is due later is timed from then on.
    let times = bounds.iter().flat_map(|bound| [*bound, bound + 1]);
    store.publish(&function("main", "v1")).unwrap();
    for (number, ms) in (1..).zip(times) {
        let mut run = new_run(number);
        run.run_at = (number % 2 == 0).then_some(500);
        let due = run.run_at.unwrap_or(100);
        let end = due + i64::try_from(ms).unwrap();
        store.submit(&run, 100).unwrap();
        let root = only(store.claim(1, 0, &terms(i64::MAX / 2), 500).unwrap()).lease;
        store.load(root, 500).unwrap();
        let outcome = if number % 3 == 0 {
            success("1")
        } else {
            failed_run()
        };
        expected.observe(
            Metric::RunTime,
            if number % 3 == 0 {
                "completed"
            } else {
                "failed"
            },
            ms,
        );
        store.finish(root, &outcome, None, end).unwrap();
    }
    // One that never began, and is cancelled.
    store.submit(&new_run(99), 100).unwrap();
    store
        .cancel(run_id(99), &stop(150, 200), false, 150)
        .unwrap();
    expected.observe(Metric::RunTime, "cancelled", 50);
    let mut counted = store.figures().unwrap();
    counted.retain(|figure| figure.metric == Metric::RunTime);
    assert_eq!(counted, expected.take());
    let counts = store.count_runs().unwrap();
    assert_eq!(counts.iter().map(|(_, runs)| runs).sum::<u64>(), 25);

    // What is removed is no longer counted, and what has ended stays counted.
    let retention = tasker_store::Retention {
        ended_until: i64::MAX / 2,
        runs_per_task: None,
    };
    let purged = store.purge(&retention, 20, 200).unwrap();
    assert_eq!((purged.runs, purged.more), (20, true));
    store.remove_run(run_id(99)).ok();
    let left = store.count_runs_by_task().unwrap();
    let rows = B::rows(&store, "SELECT id FROM task_runs").len() as u64;
    assert_eq!(left.iter().map(|count| count.runs).sum::<u64>(), rows);
    assert!(store.size().unwrap().bytes > 10_000);
    B::check(&store);
}

fn failed_run() -> tasker_store::Finish {
    tasker_store::Finish {
        outcome: Err(failure()),
        logs: no_log(),
    }
}
