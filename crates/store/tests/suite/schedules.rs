//! Schedules: what fires, and what keeps it from firing twice.

use std::sync::{Barrier, Mutex};
use std::thread;

use tasker_domain::{CatchUp, Origin, Overlap, QUEUED_MAX, RunStatus, Skipped, WhySkipped};
use tasker_store::prelude::*;
use tasker_store::{
    Fired, Firing, Moment, NewRun, Publication, Publish, RunTerms, ScheduleRemoved, ScheduleSet,
    ScheduledRun, Schedules, Scheduling, SetSchedule, Store, TaskSettings,
};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

const SWEEPS: usize = 6;

pub(crate) fn schedule(name: &str, overlap: Overlap) -> SetSchedule {
    SetSchedule {
        name: name.to_owned(),
        task: "main".to_owned(),
        cron: "* * * * *".to_owned(),
        time_zone: "Europe/Amsterdam".to_owned(),
        input: "{\"a\":1}".to_owned(),
        overlap,
        catch_up: CatchUp::Last,
        paused: None,
        next_at: Some(100),
    }
}

/// Fires a schedule whose next moment is `at`, with a run for each of `moments`.
pub(crate) fn firing(name: &str, at: i64, moments: &[(u8, i64)]) -> Firing {
    Firing {
        name: name.to_owned(),
        moment: Moment::Next(at),
        next_at: Some(at + 100),
        last_at: at,
        runs: moments
            .iter()
            .map(|(number, at)| ScheduledRun {
                id: run_id(*number),
                frame: stack_id(u32::from(*number)),
                at: *at,
            })
            .collect(),
        skipped: None,
        task: Some(task_ref("main", "v1")),
        terms: RunTerms::default(),
        problem: None,
        stop: stop(0, 50),
        timeout_ms: None,
        webhook: None,
    }
}

fn names(store: &impl Schedules, now: i64) -> Vec<String> {
    let due = store.due_schedules(9, now).unwrap();
    due.into_iter().map(|schedule| schedule.name).collect()
}

fn finish(store: &impl Store, now: i64) {
    for claimed in store.claim(9, 0, &terms(now + 1_000), now).unwrap() {
        store
            .finish(claimed.lease, &success("1"), None, now)
            .unwrap();
    }
}

pub(crate) fn a_moment_fires_once_however_many_sweep<B: Backend>() {
    let (backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store
        .set_schedule(&schedule("tick", Overlap::Allow), 50)
        .unwrap();
    assert_eq!(names(&store, 99), Vec::<String>::new());
    assert!(!store.sweep(&sweeping(3, 9), 99).unwrap().schedules_due);
    assert!(store.sweep(&sweeping(3, 9), 100).unwrap().schedules_due);
    assert_eq!(names(&store, 100), ["tick"]);

    let fired = Mutex::new(Vec::new());
    let start = Barrier::new(SWEEPS);
    thread::scope(|scope| {
        for sweep in 0..SWEEPS {
            let (backend, fired, start) = (&backend, &fired, &start);
            scope.spawn(move || {
                let store = backend.open().unwrap();
                start.wait();
                let number = u8::try_from(10 + sweep).unwrap();
                let answer = store
                    .fire(&firing("tick", 100, &[(number, 100)]), 101)
                    .unwrap();
                fired.lock().unwrap().extend(answer);
            });
        }
    });
    let fired = fired.into_inner().unwrap();
    assert_eq!(fired.len(), 1, "{fired:?}");
    let run = store.run(fired[0].started[0]).unwrap().unwrap();
    assert_eq!(
        (run.schedule.as_deref(), run.run_at),
        (Some("tick"), Some(100))
    );
    assert_eq!(
        (run.input.as_str(), run.status),
        ("{\"a\":1}", RunStatus::Queued)
    );
    let after = store.schedule("tick").unwrap().unwrap();
    assert_eq!((after.next_at, after.last_at), (Some(200), Some(100)));
    assert_eq!(after.last_run, Some(run.id));
    assert_eq!(names(&store, 199), Vec::<String>::new());

    // Moments that are missed are made up for in one transaction, or not at all.
    let two = [(20, 200), (21, 300)];
    let mut broken = firing("tick", 200, &two);
    broken.task = Some(task_ref("main", "unknown"));
    store.fire(&broken, 301).unwrap_err();
    assert_eq!(names(&store, 301), ["tick"]);
    let made = store
        .fire(&firing("tick", 200, &two), 301)
        .unwrap()
        .unwrap();
    assert_eq!(made.started, [run_id(20), run_id(21)]);

    // A withdrawn task makes no run, and says so.
    let mut without = firing("tick", 300, &[(22, 300)]);
    without.task = None;
    without.problem = Some("withdrawn".to_owned());
    assert_eq!(store.fire(&without, 301).unwrap(), Some(Fired::default()));
    let after = store.schedule("tick").unwrap().unwrap();
    assert_eq!(
        (after.next_at, after.last_problem.as_deref()),
        (Some(400), Some("withdrawn"))
    );
    assert_eq!(store.run(run_id(22)).unwrap(), None);
    B::check(&store);
}

pub(crate) fn overlapping_runs_are_skipped_queued_allowed_or_cancelled<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    for (index, overlap) in Overlap::ALL.iter().enumerate() {
        let (name, first) = (overlap.as_str(), u8::try_from(10 * (index + 1)).unwrap());
        store.set_schedule(&schedule(name, *overlap), 50).unwrap();
        let fired = store
            .fire(&firing(name, 100, &[(first, 100)]), 100)
            .unwrap()
            .unwrap();
        assert_eq!(fired.started, [run_id(first)], "{name}: nothing goes on");
        let runs = [(first + 1, 180), (first + 2, 200)];
        let fired = store.fire(&firing(name, 200, &runs), 200).unwrap().unwrap();
        let (second, third) = (run_id(first + 1), run_id(first + 2));
        let expected = match overlap {
            Overlap::Skip => (vec![], 0, 2, false),
            Overlap::Queue => (vec![], 0, 1, true),
            Overlap::Allow => (vec![second, third], 0, 0, false),
            Overlap::CancelPrevious => (vec![third], 1, 1, false),
        };
        let seen = (fired.started, fired.cancelled, fired.skipped, fired.queued);
        assert_eq!(seen, expected, "{name}: a run goes on");
    }
    let cancelled = store.run(run_id(40)).unwrap().unwrap();
    assert_eq!(
        (cancelled.status, cancelled.error),
        (RunStatus::Cancelled, Some(stop(0, 50).error()))
    );

    // The run that waits begins once the one before has ended, and only once.
    assert_eq!(names(&store, 250), Vec::<String>::new());
    assert!(!store.sweep(&sweeping(3, 9), 250).unwrap().schedules_due);
    finish(&store, 250);
    assert_eq!(names(&store, 250), ["queue"]);
    assert!(store.sweep(&sweeping(3, 9), 250).unwrap().schedules_due);
    let mut waiting = firing("queue", 180, &[(29, 180)]);
    waiting.moment = Moment::Queued(180);
    let fired = store.fire(&waiting, 251).unwrap().unwrap();
    assert_eq!((fired.started, fired.queued), (vec![run_id(29)], false));
    assert_eq!(store.fire(&waiting, 251).unwrap(), None);
    assert_eq!(store.schedule("queue").unwrap().unwrap().next_at, Some(300));
    B::check(&store);
}

pub(crate) fn every_missed_moment_makes_a_run_or_is_told_of<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    let missed: Vec<_> = (0..6)
        .map(|number| (10 + number, 100 + i64::from(number)))
        .collect();
    for overlap in [Overlap::Skip, Overlap::Queue] {
        let name = overlap.as_str();
        let set = SetSchedule {
            catch_up: CatchUp::All,
            ..schedule(name, overlap)
        };
        store.set_schedule(&set, 50).unwrap();
        let mut runs = missed.clone();
        runs.iter_mut()
            .for_each(|run| run.0 += 20 * u8::from(overlap == Overlap::Queue));
        let mut at_once = firing(name, 100, &runs);
        at_once.skipped = Some(Skipped {
            moments: 7,
            last_at: 99,
            why: WhySkipped::TooMany,
        });
        let fired = store.fire(&at_once, 200).unwrap().unwrap();
        assert_eq!(
            (fired.started.len(), fired.skipped, fired.queued),
            (1, 0, true),
            "{name}"
        );
        let mut begun = vec![
            store
                .run(fired.started[0])
                .unwrap()
                .unwrap()
                .run_at
                .unwrap(),
        ];

        // A moment that comes meanwhile is treated as the policy says.
        let fired = store
            .fire(&firing(name, 200, &[(90, 200)]), 200)
            .unwrap()
            .unwrap();
        let queues = overlap == Overlap::Queue;
        assert_eq!(
            (fired.started.len(), fired.skipped),
            (0, u32::from(!queues)),
            "{name}"
        );
        let seen = store.schedule(name).unwrap().unwrap();
        let expected = match overlap {
            Overlap::Skip => (8, 200, WhySkipped::GoingOn),
            _ => (7, 99, WhySkipped::TooMany),
        };
        let skipped = seen.skipped.unwrap();
        assert_eq!(
            (skipped.moments, skipped.last_at, skipped.why),
            expected,
            "{name}"
        );

        // Each begins when the one before has ended, in the order of their moments.
        for number in 0..u8::try_from(seen.queued.len()).unwrap() {
            assert_eq!(names(&store, 210), Vec::<String>::new(), "{name}");
            finish(&store, 210);
            assert_eq!(names(&store, 210), [name]);
            let at = store.schedule(name).unwrap().unwrap().queued[0];
            let mut next = firing(name, at, &[(60 + 10 * u8::from(queues) + number, at)]);
            next.moment = Moment::Queued(at);
            let fired = store.fire(&next, 211).unwrap().unwrap();
            begun.push(
                store
                    .run(fired.started[0])
                    .unwrap()
                    .unwrap()
                    .run_at
                    .unwrap(),
            );
        }
        let mut all: Vec<_> = missed.iter().map(|run| run.1).collect();
        all.extend(queues.then_some(200));
        assert_eq!(begun, all, "{name}");
        finish(&store, 220);
        assert_eq!(names(&store, 220), Vec::<String>::new());
    }
    B::check(&store);
}

pub(crate) fn the_queue_of_a_schedule_is_bounded_and_drops_nothing_in_silence<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    let set = |overlap, catch_up, paused| {
        let set = SetSchedule {
            catch_up,
            paused,
            ..schedule("tick", overlap)
        };
        store.set_schedule(&set, 50).unwrap();
    };
    let seen = || {
        let schedule = store.schedule("tick").unwrap().unwrap();
        let skipped = schedule
            .skipped
            .map(|skipped| (skipped.moments, skipped.last_at, skipped.why));
        (schedule.queued.len(), skipped)
    };
    set(Overlap::Queue, CatchUp::All, None);
    let many: Vec<_> = (0..QUEUED_MAX + 5)
        .map(|number| {
            (
                u8::try_from(number).unwrap(),
                100 + i64::try_from(number).unwrap(),
            )
        })
        .collect();
    let fired = store
        .fire(&firing("tick", 100, &many), 300)
        .unwrap()
        .unwrap();
    assert_eq!((fired.started.len(), fired.skipped), (1, 4));
    assert_eq!(seen(), (QUEUED_MAX, Some((4, 204, WhySkipped::QueueFull))));
    // The next moment finds no room, and the one that has waited the longest is the next to begin.
    finish(&store, 300);
    let fired = store
        .fire(&firing("tick", 200, &[(200, 205), (201, 206)]), 300)
        .unwrap()
        .unwrap();
    assert_eq!(
        store.run(fired.started[0]).unwrap().unwrap().run_at,
        Some(101)
    );
    assert_eq!(seen(), (QUEUED_MAX, Some((5, 206, WhySkipped::QueueFull))));
    // A moment that waits and whose run cannot be made is told of too.
    finish(&store, 301);
    let mut without = firing("tick", 102, &[]);
    without.moment = Moment::Queued(102);
    without.skipped = Some(Skipped {
        moments: 1,
        last_at: 102,
        why: WhySkipped::Problem,
    });
    store.fire(&without, 301).unwrap().unwrap();
    assert_eq!(
        seen(),
        (QUEUED_MAX - 1, Some((6, 102, WhySkipped::Problem)))
    );
    // What waits stays if the policies still let it wait.
    set(Overlap::Skip, CatchUp::All, None);
    assert_eq!(seen().0, QUEUED_MAX - 1);
    set(Overlap::Skip, CatchUp::Last, None);
    assert_eq!(seen(), (0, Some((105, 205, WhySkipped::Changed))));
    set(Overlap::Queue, CatchUp::Last, None);
    store
        .submit(
            &NewRun {
                schedule: Some("tick".to_owned()),
                ..new_run(250)
            },
            302,
        )
        .unwrap();
    store
        .fire(&firing("tick", 300, &[(251, 300)]), 303)
        .unwrap()
        .unwrap();
    assert!(store.pause_schedule("tick", 304).unwrap());
    assert_eq!(seen(), (0, Some((106, 300, WhySkipped::Paused))));
    B::check(&store);
}

pub(crate) fn a_task_declares_its_schedules_and_the_api_keeps_its_own<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let publish = |version: &str, schedules: &[SetSchedule]| {
        let task = function("main", version);
        let publication = Publication {
            task: &task,
            grants: None,
            settings: &TaskSettings::default(),
            schedules,
        };
        store.publish_with(&publication, 10).unwrap()
    };
    let all = || {
        let page = store.schedules(None, 9).unwrap();
        page.items
            .into_iter()
            .map(|schedule| schedule.name)
            .collect::<Vec<_>>()
    };
    let declared = [
        schedule("main:1", Overlap::Skip),
        schedule("main:2", Overlap::Queue),
    ];
    assert_eq!(publish("v1", &declared), Publish::Created);
    assert_eq!(publish("v1", &declared), Publish::Unchanged);
    assert_eq!(
        store
            .set_schedule(&schedule("mine", Overlap::Skip), 10)
            .unwrap(),
        ScheduleSet::Created
    );
    assert_eq!(all(), ["main:1", "main:2", "mine"]);

    // The API leaves alone what the code declares, but for pausing it; that outlives a publish.
    let taken = SetSchedule {
        cron: "1 1 1 1 *".to_owned(),
        ..schedule("main:1", Overlap::Allow)
    };
    assert_eq!(store.set_schedule(&taken, 11).unwrap(), ScheduleSet::OfCode);
    assert_eq!(
        store.remove_schedule("main:1").unwrap(),
        ScheduleRemoved::OfCode
    );
    assert!(store.pause_schedule("main:1", 11).unwrap());
    let changed = [SetSchedule {
        cron: "5 * * * *".to_owned(),
        next_at: Some(500),
        ..declared[0].clone()
    }];
    assert_eq!(publish("v2", &changed), Publish::Updated);
    assert_eq!(all(), ["main:1", "mine"]);
    let after = store.schedule("main:1").unwrap().unwrap();
    assert_eq!(
        (after.paused, after.next_at, after.origin),
        (true, Some(500), Origin::Code)
    );

    // What keeps its moments keeps the next one.
    let set = SetSchedule {
        next_at: Some(900),
        overlap: Overlap::Allow,
        ..schedule("mine", Overlap::Skip)
    };
    assert_eq!(store.set_schedule(&set, 12).unwrap(), ScheduleSet::Replaced);
    let mine = store.schedule("mine").unwrap().unwrap();
    assert_eq!(
        (mine.next_at, mine.overlap, mine.created_at),
        (Some(100), Overlap::Allow, 10)
    );

    assert!(store.delete_task("main", 20).unwrap());
    assert_eq!(all(), ["mine"]);
    assert_eq!(
        store.remove_schedule("mine").unwrap(),
        ScheduleRemoved::Removed
    );
    assert_eq!(
        store.remove_schedule("mine").unwrap(),
        ScheduleRemoved::NotFound
    );
    B::check(&store);
}

pub(crate) fn a_paused_schedule_waits_and_a_trigger_counts_as_its_run<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store
        .set_schedule(&schedule("tick", Overlap::Queue), 50)
        .unwrap();
    let mut now = new_run(1);
    now.schedule = Some("tick".to_owned());
    store.submit(&now, 60).unwrap();
    assert_eq!(
        store.schedule("tick").unwrap().unwrap().last_run,
        Some(run_id(1))
    );
    let fired = store
        .fire(&firing("tick", 100, &[(2, 100)]), 100)
        .unwrap()
        .unwrap();
    assert_eq!((fired.started.len(), fired.queued), (0, true));

    // Pausing drops what waits, and nothing is due however much time passes.
    assert!(store.pause_schedule("tick", 110).unwrap());
    finish(&store, 110);
    assert_eq!(names(&store, 10_000), Vec::<String>::new());
    assert_eq!(
        store.fire(&firing("tick", 200, &[(3, 200)]), 300).unwrap(),
        None
    );
    assert!(store.resume_schedule("tick", Some(10_100), 10_000).unwrap());
    assert_eq!(names(&store, 10_099), Vec::<String>::new());
    assert_eq!(names(&store, 10_100), ["tick"]);
    // Resuming what is not paused changes nothing.
    assert!(store.resume_schedule("tick", Some(99_999), 10_100).unwrap());
    assert_eq!(
        store.schedule("tick").unwrap().unwrap().next_at,
        Some(10_100)
    );
    assert!(!store.pause_schedule("none", 1).unwrap());
    assert!(!store.resume_schedule("none", None, 1).unwrap());
    B::check(&store);
}

/// Executes every statement about schedules.
pub(crate) fn touch(store: &(impl Store + Schedules + Scheduling)) {
    let declared = [schedule("main:1", Overlap::CancelPrevious)];
    for schedules in [&declared[..], &[], &declared] {
        let task = function("main", "v1");
        let publication = Publication {
            task: &task,
            grants: None,
            settings: &TaskSettings::default(),
            schedules,
        };
        store.publish_with(&publication, 10).unwrap();
    }
    store
        .fire(&firing("main:1", 100, &[(100, 100)]), 101)
        .unwrap()
        .unwrap();
    store
        .set_schedule(&schedule("mine", Overlap::Queue), 10)
        .unwrap();
    store
        .fire(&firing("mine", 100, &[(101, 100), (102, 100)]), 101)
        .unwrap()
        .unwrap();
    store.due_schedules(9, 1_000).unwrap();
    store.next_schedule().unwrap();
    store.schedules(None, 9).unwrap();
    store.remove_schedule("mine").unwrap();
    store.pause_schedule("main:1", 11).unwrap();
    store.resume_schedule("main:1", Some(1), 12).unwrap();
    store.delete_task("main", 20).unwrap();
}
