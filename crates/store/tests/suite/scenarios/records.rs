//! Tasks, runs, histories, slots and keys.

use tasker_domain::{
    Lease, LeaseToken, LogBound, LogLine, Path, Progress, Run, RunStatus, TaskFunction,
};
use tasker_store::prelude::*;
use tasker_store::{
    Cancellation, DRAINER, Error, Finish, Namespace, NewLog, NewRun, Page, Publish, RunFilter,
    RunQuery, RunTerms, Sleep, Starter, Submitted, Suspend, Tagged,
};

use crate::backend::{Backend, Everything, fresh};
use crate::fixtures::*;

pub(crate) fn tasks_are_published_listed_and_withdrawn<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let first = function("main", "v1");
    assert_eq!(store.publish(&first).unwrap(), Publish::Created);
    assert_eq!(store.publish(&first).unwrap(), Publish::Unchanged);
    assert_eq!(
        store.publish(&function("main", "v2")).unwrap(),
        Publish::Updated
    );
    assert_eq!(store.task("main").unwrap().unwrap().version, "v2");
    assert_eq!(store.publish(&first).unwrap(), Publish::Updated);
    assert_eq!(store.task("main").unwrap(), Some(first));

    for name in ["a", "z'"] {
        store.publish(&function(name, "v1")).unwrap();
    }
    let page = store.tasks(None, 2).unwrap();
    let names: Vec<_> = page.items.iter().map(|task| task.name.as_str()).collect();
    assert_eq!((names, page.more), (vec!["a", "main"], true));
    assert_eq!(
        (page.items[1].code.as_str(), page.items[1].modules.as_str()),
        ("", "")
    );
    assert_eq!(page.items[1].description.as_deref(), Some("Does main"));
    let page = store.tasks(Some("main"), 2).unwrap();
    assert_eq!(
        (page.items[0].name.as_str(), page.items.len(), page.more),
        ("z'", 1, false)
    );

    assert!(store.delete_task("main", 20).unwrap());
    assert!(!store.delete_task("main", 20).unwrap());
    assert_eq!(store.task("main").unwrap(), None);
    assert_eq!(
        store.publish(&function("main", "v2")).unwrap(),
        Publish::Created
    );
    B::check(&store);
}

pub(crate) fn a_run_meets_the_versions_of_its_submission<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let publish = |name: &str, version: &str, now: i64| {
        let task = TaskFunction {
            created_at: now,
            ..function(name, version)
        };
        store.publish(&task).unwrap();
    };
    let met = |name: &str, run: u8| {
        let task = store.task_of_run(name, run_id(run)).unwrap();
        task.map(|task| task.version)
    };
    let version = |version: &str| Some(version.to_owned());
    publish("main", "v1", 10);
    publish("other", "v1", 20);
    store.submit(&new_run(1), 30).unwrap();
    publish("other", "v2", 40);
    store.submit(&new_run(2), 40).unwrap();
    // An older version again, by a clock that was set back.
    publish("other", "v1", 35);
    store.submit(&new_run(3), 41).unwrap();
    assert_eq!(
        [1, 2, 3].map(|run| met("other", run)),
        ["v1", "v1", "v1"].map(version)
    );
    publish("other", "v2", 50);
    store.submit(&new_run(4), 60).unwrap();
    assert_eq!(
        [1, 3, 4].map(|run| met("other", run)),
        ["v1", "v1", "v2"].map(version)
    );

    // Withdrawn since: a run that was submitted before still meets it; another finds none.
    assert!(store.delete_task("other", 70).unwrap());
    store.submit(&new_run(5), 80).unwrap();
    assert_eq!(
        [1, 4].map(|run| met("other", run)),
        ["v1", "v2"].map(version)
    );
    assert_eq!([met("other", 5), met("late", 1)], [None, None]);
    // What had no version then is met at its first one afterwards, whatever came later.
    publish("late", "v1", 90);
    publish("late", "v2", 95);
    publish("other", "v3", 90);
    assert_eq!(
        [met("late", 1), met("other", 5)],
        [version("v1"), version("v3")]
    );

    // A run may have the versions of another, and so may one that repeats that one.
    let like = |number: u8, of: u8| NewRun {
        terms: RunTerms {
            versions_of: Some(run_id(of)),
            ..RunTerms::default()
        },
        ..new_run(number)
    };
    store.submit(&like(6, 1), 100).unwrap();
    store.submit(&like(7, 6), 110).unwrap();
    store.submit(&like(8, 99), 120).unwrap();
    assert_eq!(
        [6, 7, 8].map(|run| met("other", run)),
        ["v1", "v1", "v3"].map(version)
    );
    B::check(&store);
}

pub(crate) fn a_run_is_submitted_once_per_key<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store.publish(&function("other", "v1")).unwrap();
    let first = NewRun {
        idempotency_key: Some("key".to_owned()),
        ..new_run(1)
    };
    assert_eq!(store.submit(&first, 10).unwrap(), Submitted::Created);
    let again = NewRun {
        id: run_id(2),
        frame: stack_id(2),
        ..first.clone()
    };
    let Submitted::Existing(existing) = store.submit(&again, 20).unwrap() else {
        panic!("the key was not recognised");
    };
    assert_eq!(Some(*existing), store.run(run_id(1)).unwrap());
    let different = NewRun {
        input: "1".to_owned(),
        ..again.clone()
    };
    assert_eq!(
        store.submit(&different, 20).unwrap(),
        Submitted::Conflict(run_id(1))
    );
    assert_eq!(store.run(run_id(2)).unwrap(), None);
    // The same input may be written in another way.
    let keyed = |number, input: &str| NewRun {
        idempotency_key: Some("order".to_owned()),
        input: input.to_owned(),
        ..new_run(number)
    };
    let ordered = keyed(4, r#"{"order":7,"lines":[{"sku":"ü","n":1}]}"#);
    assert_eq!(store.submit(&ordered, 20).unwrap(), Submitted::Created);
    let other_words = keyed(5, r#"{"lines": [{"n": 1.0, "sku": "\u00fc"}], "order": 7}"#);
    assert!(matches!(
        store.submit(&other_words, 20).unwrap(),
        Submitted::Existing(run) if run.id == run_id(4)
    ));
    store.cancel(run_id(4), &stop(20, 20), true, 20).unwrap();
    let other_task = NewRun {
        task: task_ref("other", "v1"),
        ..again
    };
    assert_eq!(store.submit(&other_task, 20).unwrap(), Submitted::Created);

    let unknown = NewRun {
        task: task_ref("main", "unknown"),
        ..new_run(3)
    };
    assert!(matches!(
        store.submit(&unknown, 20),
        Err(Error::Unexpected(_))
    ));
    assert_eq!(store.run(run_id(3)).unwrap(), None);
    assert_eq!(store.queue_depth(25).unwrap(), (2, 15));
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!(
        (run.status, run.created_at, run.started_at),
        (RunStatus::Queued, 10, None)
    );
    let root = &store.stack(run_id(1)).unwrap()[0];
    assert_eq!(
        (root.path.as_str(), root.call.args.as_str()),
        ("0", "[\"main\",{\"n\":1}]")
    );
    B::check(&store);
}

pub(crate) fn runs_are_listed_newest_first_by_status_and_task<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    // 1 sleeps, 2 is worked on, 3 has failed, 4 and 5 are queued.
    let sleeping = begin(&store, 1);
    store.load(sleeping, 11).unwrap();
    let sleep = sleep(vec![service_call(20, 1)], Suspend::UntilSettled);
    store.sleep(sleeping, &sleep, None, 11).unwrap();
    let working = begin(&store, 2);
    store.load(working, 11).unwrap();
    let failing = begin(&store, 3);
    let failed = tasker_store::Finish {
        outcome: Err(failure()),
        logs: no_log(),
    };
    store.finish(failing, &failed, None, 12).unwrap();
    store.publish(&function("other", "v1")).unwrap();
    for number in [4, 5] {
        let run = NewRun {
            task: task_ref("other", "v1"),
            ..new_run(number)
        };
        store.submit(&run, 12).unwrap();
    }

    let list = |status: Option<RunStatus>, task: Option<&str>, before: Option<u8>, limit| {
        let query = RunQuery {
            filter: RunFilter {
                status,
                task: task.map(str::to_owned),
                live: false,
                tag: None,
            },
            before: before.map(run_id),
            limit,
        };
        let page = store.runs(&query).unwrap();
        let ids: Vec<_> = page.items.iter().map(|run| run.id).collect();
        for run in &page.items {
            // As it is by itself, without what may be large.
            let listed = Run {
                input: String::new(),
                result: None,
                ..store.run(run.id).unwrap().unwrap()
            };
            assert_eq!(*run, listed);
        }
        (ids, page.more)
    };
    let ids = |numbers: &[u8]| {
        numbers
            .iter()
            .map(|number| run_id(*number))
            .collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, None, 9), (ids(&[5, 4, 3, 2, 1]), false));
    assert_eq!(list(None, None, None, 2), (ids(&[5, 4]), true));
    assert_eq!(list(None, None, Some(4), 3), (ids(&[3, 2, 1]), false));
    assert_eq!(list(None, Some("main"), Some(3), 9), (ids(&[2, 1]), false));
    for (status, numbers) in [
        (RunStatus::Queued, &[5, 4][..]),
        (RunStatus::Processing, &[2]),
        (RunStatus::Suspended, &[1]),
        (RunStatus::Failed, &[3]),
        (RunStatus::Completed, &[]),
    ] {
        assert_eq!(list(Some(status), None, None, 9), (ids(numbers), false));
        let of_main: Vec<_> = numbers
            .iter()
            .copied()
            .filter(|number| *number < 4)
            .collect();
        assert_eq!(
            list(Some(status), Some("main"), None, 9),
            (ids(&of_main), false)
        );
    }
    let live = |task: Option<&str>, before: Option<u8>, limit| {
        let query = RunQuery {
            filter: RunFilter {
                status: None,
                task: task.map(str::to_owned),
                live: true,
                tag: None,
            },
            before: before.map(run_id),
            limit,
        };
        let page = store.runs(&query).unwrap();
        let ids: Vec<_> = page.items.iter().map(|run| run.id).collect();
        (ids, page.more)
    };
    assert_eq!(live(None, None, 9), (ids(&[5, 4, 2, 1]), false));
    assert_eq!(live(None, Some(5), 2), (ids(&[4, 2]), true));
    assert_eq!(live(Some("main"), None, 2), (ids(&[2, 1]), false));
    assert_eq!(
        store.count_runs().unwrap(),
        [2, 1, 1, 0, 0, 1, 0]
            .into_iter()
            .zip(RunStatus::ALL)
            .map(|(count, status)| (*status, count))
            .collect::<Vec<_>>()
    );
    let failed = store.run(run_id(3)).unwrap().unwrap();
    assert_eq!((failed.error, failed.result), (Some(failure()), None));
    assert_eq!((failed.finished_at, failed.updated_at), (Some(12), 12));
    B::check(&store);
}

pub(crate) fn log_lines_are_stored_once<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let lease = begin(&store, 1);
    let first = vec![line(0, "a\0'\"\\"), line(1, "b")].into();
    store.append(lease, &entry(1, 1, 12), &first, 12).unwrap();
    // A replayed slice logs from the start again.
    let replayed = vec![line(0, "a"), line(1, "b"), line(2, "c")].into();
    store
        .append(lease, &entry(2, 2, 12), &replayed, 12)
        .unwrap();
    assert_eq!(store.load(lease, 13).unwrap().log_count, 3);
    let log = store.logs(run_id(1), 0, 9).unwrap();
    let messages: Vec<_> = log
        .items
        .iter()
        .map(|log| log.line.message.as_str())
        .collect();
    assert_eq!(messages, ["a\u{fffd}'\"\\", "b", "c"]);
    assert_eq!(
        log.items.iter().map(|log| log.seq).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(log.items[1].line, line(1, "b"));
    let page = store.logs(run_id(1), 1, 1).unwrap();
    assert_eq!((page.items[0].seq, page.more), (2, true));

    B::check(&store);
}

pub(crate) fn of_a_long_log_the_first_and_the_newest_lines_are_kept<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let lease = begin(&store, 1);
    let bound = LogBound {
        lines: 10,
        bytes: 200,
    };
    let new = |lines: Vec<LogLine>| NewLog {
        bound,
        ..NewLog::from(lines)
    };
    let numbered = |indexes: std::ops::Range<u32>| -> Vec<LogLine> {
        indexes.map(|index| line(index, "x")).collect()
    };
    let kept = |run| -> Vec<u64> {
        let lines = store.logs(run_id(run), 0, 99).unwrap().items;
        lines.iter().map(|line| line.seq).collect()
    };
    // Up to its bound a log is whole.
    store
        .append(lease, &entry(1, 1, 12), &new(numbered(0..10)), 12)
        .unwrap();
    assert_eq!(kept(1), (1..=10).collect::<Vec<_>>());
    store
        .append(lease, &entry(2, 2, 12), &new(numbered(10..12)), 12)
        .unwrap();
    assert_eq!(kept(1), [1, 2, 3, 4, 5, 8, 9, 10, 11, 12]);
    // What never came to be stored has its numbers, too.
    let mut far = sleep(vec![], Suspend::KeepRunning);
    far.logs = new([numbered(12..14), numbered(1_000..1_002)].concat());
    store.sleep(lease, &far, None, 13).unwrap();
    assert_eq!(kept(1), [1, 2, 3, 4, 5, 1_001, 1_002]);
    assert_eq!(store.load(lease, 13).unwrap().log_count, 1_002);
    assert_eq!(store.mark(run_id(1)).unwrap().unwrap().lines, 1_002);
    // Who has followed it goes on behind what has been seen.
    let page = store.logs(run_id(1), 900, 1).unwrap();
    assert_eq!((page.items[0].seq, page.more), (1_001, true));
    let mut last = success("1");
    last.logs = new(numbered(1_002..1_006));
    store.finish(lease, &last, None, 15).unwrap();
    assert_eq!(kept(1), [1, 2, 3, 4, 5, 1_002, 1_003, 1_004, 1_005, 1_006]);
    let log = store.logs(run_id(1), 1_005, 9).unwrap().items;
    assert_eq!(log[0].line, line(1_005, "x"));

    // The bytes count as well, and the last line is kept, however long.
    let lease = begin(&store, 2);
    let wide = "x".repeat(60);
    let lines = (0..6).map(|index| line(index, &wide)).collect();
    store
        .append(lease, &entry(1, 1, 12), &new(lines), 12)
        .unwrap();
    assert_eq!(kept(2), [1, 5, 6]);
    let lines = vec![line(6, "y"), line(7, &"z".repeat(500))];
    store
        .append(lease, &entry(2, 2, 12), &new(lines), 12)
        .unwrap();
    assert_eq!(kept(2), [1, 8]);
    B::check(&store);
}

pub(crate) fn a_long_history_is_paged<B: Backend>() {
    const ENTRIES: u32 = 3_000;
    let (_backend, store) = fresh::<B>();
    let lease = begin(&store, 1);
    for number in 1..=ENTRIES {
        // Settled later, seen earlier: the history keeps the order of settling.
        store
            .append(
                lease,
                &entry(number, ENTRIES - number + 1, 12),
                &no_log(),
                12,
            )
            .unwrap();
    }
    let mut numbers = Vec::new();
    loop {
        let page = store.journal(run_id(1), numbers.len() as u32, 700).unwrap();
        numbers.extend(page.items.iter().map(|entry| entry.call.number));
        if !page.more {
            break;
        }
    }
    assert_eq!(numbers, (1..=ENTRIES).collect::<Vec<_>>());
    let tail = store
        .tail(run_id(1), &Path::root(), ENTRIES - 2, 9)
        .unwrap();
    assert_eq!(
        tail.iter()
            .map(|entry| entry.call.number)
            .collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(tail[0].call, call(2));
    assert_eq!(store.tail(run_id(1), &Path::root(), 0, 5).unwrap().len(), 5);
    assert_eq!(
        store.tail(run_id(1), &Path::root().call(1), 0, 5).unwrap(),
        []
    );
    assert_eq!(store.load(lease, 13).unwrap().last_position, ENTRIES);
    B::check(&store);
}

pub(crate) fn drainers_share_the_slots<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let take = |token: &str, now| take_slot(&store, 2, token, now + 10, now);
    assert_eq!(
        (take("a", 0), take("b", 1), take("c", 2)),
        (Some(0), Some(1), None)
    );
    assert_eq!(take_slot(&store, 0, "c", 99, 50), None);
    assert!(store.renew_lease(DRAINER, "b", 30).unwrap());
    assert!(!store.renew_lease(DRAINER, "c", 30).unwrap());
    // The first has expired; its holder has nothing to give back any more.
    assert_eq!(take("c", 10), Some(0));
    assert!(store.give_back_if_idle(DRAINER, "a", 10).unwrap());
    assert_eq!(take("d", 11), None);
    assert!(store.give_back_if_idle(DRAINER, "c", 11).unwrap());
    assert_eq!(take("d", 12), Some(0));

    assert_eq!(store.next_due().unwrap(), None);
    store.publish(&function("main", "v1")).unwrap();
    store.submit(&new_run(1), 20).unwrap();
    assert_eq!(store.next_due().unwrap(), Some(20));
    assert!(
        store.give_back_if_idle(DRAINER, "b", 19).unwrap(),
        "nothing is due yet"
    );
    assert!(!store.give_back_if_idle(DRAINER, "d", 20).unwrap());
    assert!(store.renew_lease(DRAINER, "d", 40).unwrap(), "still held");
    store.give_back_lease(DRAINER, "d").unwrap();
    assert!(!store.renew_lease(DRAINER, "d", 40).unwrap());
    B::check(&store);
}

pub(crate) fn encrypted_values_are_kept_by_namespace<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let store: &dyn Everything = &store;
    assert!(store.put("a", "one", b"1\0\xff", 10).unwrap());
    assert!(!store.put("a", "one", b"2", 10).unwrap());
    assert!(store.put("a", "", b"", 11).unwrap());
    assert!(store.put("b", "one", b"3", 11).unwrap());
    assert_eq!(store.get("a", "one").unwrap().as_deref(), Some(&b"2"[..]));
    assert_eq!(store.get("a", "").unwrap().as_deref(), Some(&b""[..]));
    assert_eq!(store.get("c", "one").unwrap(), None);
    let keys = store.keys("a", None, 1).unwrap();
    assert_eq!((keys.items, keys.more), (vec![String::new()], true));
    let keys = store.keys("a", Some(""), 1).unwrap();
    assert_eq!((keys.items, keys.more), (vec!["one".to_owned()], false));
    let named = |page: Page<Namespace>| {
        let names = page.items.into_iter().map(|of| (of.name, of.keys));
        (names.collect::<Vec<_>>(), page.more)
    };
    let (a, b) = (("a".to_owned(), 2), ("b".to_owned(), 1));
    assert_eq!(
        named(store.namespaces(None, 1).unwrap()),
        (vec![a.clone()], true)
    );
    assert_eq!(
        named(store.namespaces(None, 2).unwrap()),
        (vec![a, b.clone()], false)
    );
    assert_eq!(
        named(store.namespaces(Some("a"), 1).unwrap()),
        (vec![b], false)
    );
    let held = |namespace| {
        let held = store.held(namespace).unwrap();
        (held.keys, held.bytes)
    };
    assert_eq!((held("a"), held("b"), held("c")), ((2, 1), (1, 1), (0, 0)));
    assert_eq!(store.count_namespaces().unwrap(), 2);
    assert!(store.remove("a", "one").unwrap());
    assert!(!store.remove("a", "one").unwrap());
    assert_eq!(store.get("b", "one").unwrap().as_deref(), Some(&b"3"[..]));
}

pub(crate) fn a_run_starts_a_bounded_number_of_others<B: Backend>() {
    let (backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store.submit(&new_run(1), 10).unwrap();
    let started = |number: u8, key: &str, by: u8| {
        let mut run = NewRun {
            input: "1".to_owned(),
            idempotency_key: Some(key.to_owned()),
            ..new_run(number)
        };
        run.terms.key_expires_at = 900;
        run.terms.starter = Some(Starter {
            run: run_id(by),
            at_most: 3,
        });
        run
    };
    assert_eq!(
        store.submit(&started(2, "a", 1), 20).unwrap(),
        Submitted::Created
    );
    // Calls side by side take no place together: two are left for five.
    let made = std::thread::scope(|scope| {
        let submit = |number: u8| {
            let (backend, run) = (&backend, started(number, &number.to_string(), 1));
            move || backend.open().unwrap().submit(&run, 20).unwrap()
        };
        let threads: Vec<_> = (3..8).map(|number| scope.spawn(submit(number))).collect();
        let made = threads.into_iter().map(|thread| thread.join().unwrap());
        made.filter(|made| *made == Submitted::Created).count()
    });
    assert_eq!(made, 2);
    let refused = started(9, "b", 1);
    assert_eq!(store.submit(&refused, 20).unwrap(), Submitted::TooMany);
    assert_eq!(store.run(run_id(9)).unwrap(), None);
    // A call that is made again learns what it has made before.
    let again = store.submit(&started(9, "a", 1), 20).unwrap();
    assert!(matches!(again, Submitted::Existing(run) if run.id == run_id(2)));
    // Ended runs count, and the bound is of each run alone.
    store.cancel(run_id(2), &stop(30, 30), true, 30).unwrap();
    assert_eq!(store.submit(&refused, 40).unwrap(), Submitted::TooMany);
    assert_eq!(
        store.submit(&started(9, "b", 2), 40).unwrap(),
        Submitted::Created
    );
    B::check(&store);
}

pub(crate) fn of_a_runs_progress_the_newest_is_kept<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store.submit(&new_run(1), 10).unwrap();
    let said = |at: i64, number: u32| Progress {
        number,
        at,
        value: format!("{{\"at\":[{at},{number}]}}"),
    };
    let log = |at: i64, number: u32| NewLog {
        progress: Some(said(at, number)),
        ..no_log()
    };
    let is_kept = |revision: u64, progress: Progress| {
        let kept = Some((revision, progress.clone()));
        assert_eq!(store.run_progress(run_id(1)).unwrap(), kept);
        let mark = store.mark(run_id(1)).unwrap().unwrap();
        assert_eq!(mark.progress, revision);
        let run = store.run(run_id(1)).unwrap().unwrap();
        assert_eq!(run.progress.as_ref(), Some(&progress));
        let listed = store.runs(&RunQuery {
            limit: 9,
            ..RunQuery::default()
        });
        assert_eq!(listed.unwrap().items[0].progress, Some(progress));
    };
    assert_eq!(store.run_progress(run_id(1)).unwrap(), None);
    let root = only(store.claim(1, 0, &terms(900), 20).unwrap()).lease;
    store.load(root, 20).unwrap();
    let append = |number: u32, position: u32, log: &NewLog| {
        store.append(root, &entry(number, position, 30), log, 30)
    };
    append(1, 1, &log(30, 1)).unwrap();
    is_kept(1, said(30, 1));
    // Once more, with lines, in the same moment.
    let with_line = NewLog {
        lines: vec![line(0, "so far")],
        ..log(30, 3)
    };
    append(2, 2, &with_line).unwrap();
    is_kept(2, said(30, 3));
    store.tell(root, &log(30, 4)).unwrap();
    is_kept(3, said(30, 4));
    // What a replay says again, up to where it was: nothing changes.
    for (position, (at, number)) in (3..).zip([(30, 1), (30, 2), (30, 3), (29, 9)]) {
        append(position, position, &log(at, number)).unwrap();
    }
    is_kept(3, said(30, 4));
    let lost = Lease {
        token: LeaseToken(9),
        ..root
    };
    let told = store.tell(lost, &log(99, 99));
    assert!(matches!(told, Err(Error::LeaseLost)), "{told:?}");

    // A nested task says it as well, and its caller, which is begun again, what it said before.
    let asleep = Sleep {
        logs: log(40, 5),
        ..sleep(vec![nested(2, 9)], Suspend::UntilSettled)
    };
    let child = store.sleep(root, &asleep, Some(&terms(900)), 40).unwrap();
    is_kept(4, said(40, 5));
    let child = child.next.unwrap().lease;
    store.load(child, 50).unwrap();
    let ended = Finish {
        logs: log(55, 1),
        ..success("1")
    };
    store.finish(child, &ended, None, 60).unwrap();
    is_kept(5, said(55, 1));
    let root = only(store.claim(1, 0, &terms(900), 70).unwrap()).lease;
    store.load(root, 70).unwrap();
    let ended = Finish {
        logs: log(40, 5),
        ..success("1")
    };
    store.finish(root, &ended, None, 70).unwrap();
    is_kept(5, said(55, 1));
    store.remove_run(run_id(1)).unwrap();
    assert_eq!(store.run_progress(run_id(1)).unwrap(), None);
    B::check(&store);
}

pub(crate) fn runs_are_found_by_their_tags<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store.publish(&function("other", "v1")).unwrap();
    let tags = |tags: &[&str]| -> Vec<String> { tags.iter().map(ToString::to_string).collect() };
    for (number, task, given) in [
        (1, "main", &["a", "b"][..]),
        (2, "other", &["b"]),
        (3, "main", &[]),
    ] {
        let run = NewRun {
            task: task_ref(task, "v1"),
            tags: tags(given),
            ..new_run(number)
        };
        store.submit(&run, 10).unwrap();
    }
    let list = |tag: &str, task: Option<&str>, status: Option<RunStatus>, limit: u32| {
        let filter = RunFilter {
            tag: Some(tag.to_owned()),
            task: task.map(str::to_owned),
            status,
            live: false,
        };
        let query = RunQuery {
            filter,
            limit,
            before: None,
        };
        let page = store.runs(&query).unwrap();
        let runs: Vec<_> = page.items.into_iter().map(|run| run.id).collect();
        (runs, page.more)
    };
    assert_eq!(
        list("b", None, None, 9),
        (vec![run_id(2), run_id(1)], false)
    );
    assert_eq!(list("b", None, None, 1), (vec![run_id(2)], true));
    assert_eq!(list("b", Some("main"), None, 9), (vec![run_id(1)], false));
    assert_eq!(list("a", None, None, 9), (vec![run_id(1)], false));
    assert_eq!(list("A", None, None, 9), (vec![], false));

    // A run gets more of them, each once, and never too many.
    let tag = |number: u8, more: &[&str]| store.tag(run_id(number), &tags(more), 20).unwrap();
    assert_eq!(
        tag(1, &["b", "0"]),
        Some(Tagged::Tags(tags(&["0", "a", "b"])))
    );
    assert_eq!(tag(3, &["b"]), Some(Tagged::Tags(tags(&["b"]))));
    assert_eq!(tag(9, &["b"]), None);
    let many: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(tag(3, &many), Some(Tagged::TooMany));
    assert!(matches!(tag(3, &many[1..]), Some(Tagged::Tags(all)) if all.len() == 20));
    assert_eq!(list("n0", None, None, 9).0, []);
    let queued = Some(RunStatus::Queued);
    assert_eq!(list("b", None, queued, 9).0, [3, 2, 1].map(run_id));
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!((run.tags, run.updated_at), (tags(&["0", "a", "b"]), 20));
    assert_eq!(store.mark(run_id(1)).unwrap().unwrap().tags, 3);

    store.cancel(run_id(3), &stop(30, 30), true, 30).unwrap();
    assert_eq!(list("b", None, queued, 9).0, [2, 1].map(run_id));
    store.remove_run(run_id(3)).unwrap();
    assert_eq!(list("n1", None, None, 9).0, []);
    B::check(&store);
}

pub(crate) fn a_run_begins_when_it_is_due<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    // Months ahead: more milliseconds than 32 bits hold.
    let due = 10 + 90 * 86_400_000;
    let later = NewRun {
        run_at: Some(due),
        ..new_run(1)
    };
    store.submit(&later, 10).unwrap();
    assert_eq!(store.next_due().unwrap(), Some(due));
    assert_eq!(store.queue_depth(due - 1).unwrap().0, 0);
    assert_eq!(store.claim(9, 9, &terms(due), due - 1).unwrap(), []);
    let run = store.run(run_id(1)).unwrap().unwrap();
    assert_eq!(
        (run.status, run.run_at, run.created_at),
        (RunStatus::Queued, Some(due), 10)
    );
    assert_eq!(store.stack(run_id(1)).unwrap()[0].run_after, due);
    assert_eq!(store.sweep(&sweeping(3, 9), due).unwrap().due, 1);
    let claimed = only(store.claim(9, 9, &terms(due + 9), due).unwrap());
    assert_eq!(store.load(claimed.lease, due).unwrap().started_at, due);

    // One that has not begun is cancelled without a trace in the queue.
    let never = NewRun {
        run_at: Some(due),
        ..new_run(2)
    };
    store.submit(&never, 11).unwrap();
    let cancelled = store.cancel(run_id(2), &stop(12, 50), false, 12).unwrap();
    assert_eq!(cancelled, Some(Cancellation::Ended));
    assert_eq!(store.next_due().unwrap(), None);
}

pub(crate) fn a_text_with_nul_is_refused<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let mut task = function("main", "v1");
    task.code.push('\0');
    assert!(matches!(store.publish(&task), Err(Error::NulInText)));
    assert!(matches!(store.task("ma\0in"), Err(Error::NulInText)));
    assert!(matches!(
        store.put("a", "\0", &[0], 1),
        Err(Error::NulInText)
    ));
    // In JSON it is escaped, and in a log it is shown as what it is.
    let lease = begin(&store, 1);
    let mut entry = entry(1, 1, 12);
    entry.outcome = Ok(r#""\u0000""#.to_owned());
    store
        .append(lease, &entry, &vec![line(0, "a\0b")].into(), 12)
        .unwrap();
    assert_eq!(
        store.journal(run_id(1), 0, 9).unwrap().items[0].outcome,
        entry.outcome
    );
    assert_eq!(
        store.logs(run_id(1), 0, 9).unwrap().items[0].line.message,
        "a\u{fffd}b"
    );
    B::check(&store);
}
