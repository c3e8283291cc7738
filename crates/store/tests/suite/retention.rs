//! How long ended runs are kept.

use tasker_domain::reach::{Publisher, Reach};
use tasker_store::prelude::*;
use tasker_store::{Publication, Publish, Retention, RunRemoved, Store, TaskSettings};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

const NOBODY: Retention = Retention {
    ended_until: 0,
    runs_per_task: None,
};

/// A run of `main` that ended at a moment.
fn ended(store: &impl Store, number: u8, retention_ms: Option<i64>, at: i64) {
    let mut run = new_run(number);
    run.terms.retention_ms = retention_ms;
    store.submit(&run, at).unwrap();
    let root = only(store.claim(1, 0, &terms(at + 100), at).unwrap()).lease;
    store.load(root, at).unwrap();
    store
        .append(root, &entry(1, 1, at), &vec![line(0, "said")].into(), at)
        .unwrap();
    store.finish(root, &success("1"), None, at).unwrap();
}

fn left(store: &impl Store, of: impl IntoIterator<Item = u8>) -> Vec<u8> {
    of.into_iter()
        .filter(|number| store.run(run_id(*number)).unwrap().is_some())
        .collect()
}

pub(crate) fn ended_runs_go_when_their_time_is_up<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    for (number, retention, at) in [
        (1, None, 100),
        (2, None, 200),
        (3, Some(50), 300),
        (4, Some(500), 100),
    ] {
        ended(&store, number, retention, at);
    }
    let live = begin(&store, 5);
    assert_eq!(
        store.sweep(&sweeping(3, 9), 300).unwrap().oldest,
        (Some(100), Some(350))
    );
    let purge = |ended_until, now| {
        let retention = Retention {
            ended_until,
            ..NOBODY
        };
        store.purge(&retention, 9, now).unwrap().runs
    };
    // The one that says 50 ms goes by its own time, whatever the setting, and so does the one of 500.
    assert_eq!(
        (purge(99, 349), left(&store, 1..6)),
        (0, vec![1, 2, 3, 4, 5])
    );
    assert_eq!((purge(100, 350), left(&store, 1..6)), (2, vec![2, 4, 5]));
    assert!(store.journal(run_id(1), 0, 9).unwrap().items.is_empty());
    assert!(store.logs(run_id(1), 0, 9).unwrap().items.is_empty());
    assert_eq!(store.journal(run_id(2), 0, 9).unwrap().items.len(), 1);
    assert_eq!((purge(9_999, 9_999), left(&store, 1..6)), (2, vec![5]));
    assert_eq!(
        store.sweep(&sweeping(3, 9), 9_999).unwrap().oldest,
        (None, None)
    );

    assert_eq!(store.remove_run(run_id(5)).unwrap(), RunRemoved::Live);
    store.finish(live, &success("1"), None, 10_000).ok();
    store
        .cancel(run_id(5), &stop(10_000, 10_050), false, 10_000)
        .unwrap();
    assert_eq!(store.remove_run(run_id(5)).unwrap(), RunRemoved::Removed);
    assert_eq!(store.remove_run(run_id(5)).unwrap(), RunRemoved::NotFound);

    // A version's settings are its own, and changing them alone is a change.
    let publish = |version: &str, retention_ms| {
        let settings = TaskSettings {
            retention_ms,
            ..TaskSettings::default()
        };
        publish_main(&store, version, &settings)
    };
    assert_eq!(publish("v1", Some(7)), Publish::Updated);
    assert_eq!(publish("v1", Some(7)), Publish::Unchanged);
    assert_eq!(publish("v2", None), Publish::Updated);
    let settings = |version| {
        store
            .task_settings(&task_ref("main", version))
            .unwrap()
            .retention_ms
    };
    assert_eq!(
        (settings("v1"), settings("v2"), settings("v3")),
        (Some(7), None, None)
    );
    B::check(&store);
}

/// Publishes a version of `main` with these settings.
fn publish_main(store: &impl Store, version: &str, settings: &TaskSettings) -> Publish {
    let task = function("main", version);
    let publication = Publication {
        task: &task,
        grants: None,
        settings,
        schedules: &[],
    };
    store.publish_with(&publication, 1).unwrap()
}

pub(crate) fn a_version_keeps_what_it_may_reach<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let publish = |version: &str, reach: &Reach| {
        let settings = TaskSettings {
            reach: reach.clone(),
            ..TaskSettings::default()
        };
        publish_main(&store, version, &settings)
    };
    let reach = |version| {
        store
            .task_settings(&task_ref("main", version))
            .unwrap()
            .reach
    };
    let limited = Reach {
        publisher: Publisher {
            tasks: Some(vec!["it's-*".to_owned()]),
            namespaces: Some(vec![]),
        },
        calls: Some(vec!["main".to_owned(), "x-*".to_owned()]),
        hears: Some(vec![]),
        confined: true,
    };
    assert_eq!(publish("v1", &limited), Publish::Created);
    assert_eq!(publish("v1", &limited), Publish::Unchanged);
    assert_eq!(publish("v2", &Reach::default()), Publish::Updated);
    assert_eq!(
        (reach("v1"), reach("v2")),
        (limited.clone(), Reach::default())
    );
    // Published again by another key, with less in its header: a change, of this version alone.
    let other = Reach {
        publisher: Publisher::default(),
        ..limited.clone()
    };
    assert_eq!(publish("v1", &other), Publish::Updated);
    assert_eq!(publish("v1", &limited), Publish::Updated);
    assert_eq!(publish("v1", &Reach::default()), Publish::Updated);
    assert_eq!(
        (reach("v1"), reach("v3")),
        (Reach::default(), Reach::default())
    );
    B::check(&store);
}

pub(crate) fn a_task_keeps_its_newest_runs<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store.publish(&function("other", "v1")).unwrap();
    let live = begin(&store, 1);
    for number in 2..8 {
        ended(&store, number, None, 100);
    }
    let mut other = new_run(20);
    other.task = task_ref("other", "v1");
    store.submit(&other, 100).unwrap();
    let retention = Retention {
        runs_per_task: Some(2),
        ..NOBODY
    };
    let purge = || {
        let purged = store.purge(&retention, 3, 200).unwrap();
        (purged.runs, purged.more)
    };
    // One task at a time while it has more; a bounded number at once, never a live run.
    assert_eq!((purge(), left(&store, 1..8)), ((3, true), vec![1, 5, 6, 7]));
    assert_eq!((purge(), left(&store, 1..8)), ((1, false), vec![1, 6, 7]));
    assert_eq!(
        (purge(), purge()),
        ((0, false), (0, false)),
        "the other task, and the end of the round"
    );
    store.finish(live, &success("1"), None, 300).unwrap();
    assert_eq!(purge(), (1, false));
    assert_eq!(left(&store, (1..8).chain([20])), [6, 7, 20]);
    B::check(&store);
}

pub(crate) fn a_large_run_goes_in_parts<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let root = begin(&store, 1);
    for number in 1..=6_000 {
        store
            .append(root, &entry(number, number, 11), &no_log(), 11)
            .unwrap();
    }
    store.finish(root, &success("1"), None, 12).unwrap();
    let retention = Retention {
        ended_until: 12,
        ..NOBODY
    };
    let purge = || {
        let purged = store.purge(&retention, 9, 20).unwrap();
        (purged.runs, purged.more)
    };
    assert_eq!(purge(), (0, true));
    assert!(store.run(run_id(1)).unwrap().is_some());
    assert_eq!(purge(), (1, false));
    assert!(store.run(run_id(1)).unwrap().is_none());
    B::check(&store);
}
