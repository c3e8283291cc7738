//! What the store does for the wrapped services.

mod model;

use std::sync::{Barrier, Mutex};
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tasker_domain::Path;
use tasker_store::prelude::*;
use tasker_store::{
    Admission, CallLimits, Change, ChangeOf, Changes, FrameGrants, Keystore, LeaseOutcome,
    NamedLeases, NewCall, Publish, Reseal, RunRemoved, SealedValue, Shared, SharedKey,
    SharedValues, Store, Suspend, WINDOW_MS, calls_of,
};

use crate::backend::{Backend, Services, fresh};
use crate::fixtures::*;
use model::Model;

const WORKERS: usize = 8;

pub(crate) fn a_task_is_granted_namespaces_with_its_version<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let patterns = ["mail".to_owned(), "reports-*".to_owned()];
    let (first, second) = (function("main", "v1"), function("main", "v2"));
    let publish = |task, grants| store.publish_granted(task, grants).unwrap();
    assert_eq!(publish(&first, Some(&patterns[..])), Publish::Created);
    assert_eq!(publish(&first, Some(&patterns[..])), Publish::Unchanged);
    let root = begin(&store, 1);
    assert_eq!(publish(&second, None), Publish::Updated);

    // The run keeps what its version was granted.
    let at = |path: Path| store.frame_grants(run_id(1), &path).unwrap();
    let frame = |number| match number {
        0 => at(Path::root()),
        number => at(Path::root().call(number)),
    };
    let granted = |namespaces: Option<&[String]>| {
        Some(FrameGrants {
            task: task_ref("main", "v1"),
            namespaces: namespaces.map(<[_]>::to_vec),
        })
    };
    assert_eq!(frame(0), granted(Some(&patterns)));
    assert_eq!(store.grants(&task_ref("main", "v2")).unwrap(), None);
    assert_eq!(store.grants(&task_ref("main", "v3")).unwrap(), None);

    // A queued call is no frame; a nested one has the grants of its own version.
    let children = vec![service_call(30, 1), nested(31, 2)];
    store
        .sleep(root, &sleep(children, Suspend::UntilSettled), None, 11)
        .unwrap();
    assert_eq!((frame(1), frame(3)), (None, None));
    assert_eq!(frame(2), granted(Some(&patterns)));

    // Publishing a version again replaces its grants, for its runs too.
    assert_eq!(publish(&first, Some(&[])), Publish::Updated);
    assert_eq!(frame(0), granted(Some(&[])));
    assert_eq!(publish(&first, None), Publish::Updated);
    assert_eq!(frame(0), granted(None));
    B::check(&store);
}

/// A step of random testing; `at` moves the clock on.
#[derive(Debug, Clone)]
enum Step {
    Admit {
        service: u8,
        token: u8,
        expires_in: i64,
        per_window: Option<u32>,
        at_once: Option<u32>,
    },
    Leave {
        service: u8,
        token: u8,
    },
    RenewCall {
        service: u8,
        token: u8,
    },
    Wait(i64),
    Shared {
        key: u8,
        token: u8,
        expires_in: i64,
    },
    PutShared {
        key: u8,
        token: u8,
        fresh_for: i64,
    },
    GiveUpShared {
        key: u8,
        token: u8,
    },
    ForgetShared {
        key: u8,
        revision: i64,
    },
    DropShared {
        age: i64,
        limit: u32,
    },
    Put {
        key: u8,
        prefix: u8,
        rest: u8,
    },
    Remove {
        key: u8,
    },
    Change {
        key: u8,
        call: u8,
        expected: Option<(u8, u8)>,
        new: (u8, u8),
    },
    Sealed {
        prefix: u8,
        after: Option<u8>,
        limit: u32,
    },
    Reseal {
        key: u8,
        old: (u8, u8),
        new: (u8, u8),
    },
}

fn step() -> impl Strategy<Value = Step> {
    let small = || 0..3_u8;
    prop_oneof![
        4 => (small(), 0..6_u8, 1..90_000_i64, proptest::option::of(0..4_u32), proptest::option::of(0..4_u32))
            .prop_map(|(service, token, expires_in, per_window, at_once)| Step::Admit {
                service, token, expires_in, per_window, at_once
            }),
        2 => (small(), 0..6_u8).prop_map(|(service, token)| Step::Leave { service, token }),
        1 => (small(), 0..6_u8).prop_map(|(service, token)| Step::RenewCall { service, token }),
        2 => (-5_000..70_000_i64).prop_map(Step::Wait),
        3 => (small(), small(), 1..50_000_i64).prop_map(|(key, token, expires_in)| Step::Shared { key, token, expires_in }),
        3 => (small(), small(), 1..90_000_i64).prop_map(|(key, token, fresh_for)| Step::PutShared { key, token, fresh_for }),
        1 => (small(), small()).prop_map(|(key, token)| Step::GiveUpShared { key, token }),
        1 => (small(), 0..3_i64).prop_map(|(key, revision)| Step::ForgetShared { key, revision }),
        1 => (0..90_000_i64, 0..3_u32).prop_map(|(age, limit)| Step::DropShared { age, limit }),
        3 => (small(), small(), small()).prop_map(|(key, prefix, rest)| Step::Put { key, prefix, rest }),
        1 => small().prop_map(|key| Step::Remove { key }),
        4 => (small(), 0..30_u8, proptest::option::of((small(), small())), (small(), small()))
            .prop_map(|(key, call, expected, new)| Step::Change { key, call, expected, new }),
        2 => (small(), proptest::option::of(small()), 0..3_u32).prop_map(|(prefix, after, limit)| Step::Sealed { prefix, after, limit }),
        2 => (small(), (small(), small()), (small(), small())).prop_map(|(key, old, new)| Step::Reseal { key, old, new }),
    ]
}

impl Step {
    /// Takes the step and tells what came of it.
    fn take(&self, store: &(impl Keystore + Changes + Limited), now: &mut i64) -> String {
        let shared = |key: &u8| (format!("s{}", key % 2), format!("k{key}"));
        match self {
            Self::Admit {
                service,
                token,
                expires_in,
                per_window,
                at_once,
            } => {
                let call = NewCall {
                    service: &service.to_string(),
                    token: &token.to_string(),
                    expires_at: *now + expires_in,
                    per_window: *per_window,
                    at_once: *at_once,
                };
                *now += 1;
                format!("{:?}", store.admit(&call, *now).unwrap())
            }
            Self::Leave { service, token } => {
                let name = calls_of(&service.to_string());
                let given = store.give_back_lease(&name, &token.to_string());
                format!("{:?}", given.unwrap())
            }
            Self::RenewCall { service, token } => {
                let name = calls_of(&service.to_string());
                let renewed = store.renew_lease(&name, &token.to_string(), *now + 9_000);
                format!("{:?}", renewed.unwrap())
            }
            Self::Wait(ms) => {
                *now += ms;
                String::new()
            }
            Self::Shared {
                key,
                token,
                expires_in,
            } => {
                let (service, key) = shared(key);
                let key = SharedKey {
                    service: &service,
                    key: &key,
                };
                let answer = store.shared(key, &token.to_string(), *now + expires_in, *now);
                format!("{:?}", answer.unwrap())
            }
            Self::PutShared {
                key,
                token,
                fresh_for,
            } => {
                let (service, key) = shared(key);
                let key = SharedKey {
                    service: &service,
                    key: &key,
                };
                let put = store.put_shared(key, &token.to_string(), &[*token], *now + fresh_for);
                format!("{:?}", put.unwrap())
            }
            Self::GiveUpShared { key, token } => {
                let (service, key) = shared(key);
                let key = SharedKey {
                    service: &service,
                    key: &key,
                };
                store.give_up_shared(key, &token.to_string()).unwrap();
                String::new()
            }
            Self::ForgetShared { key, revision } => {
                let (service, key) = shared(key);
                let key = SharedKey {
                    service: &service,
                    key: &key,
                };
                format!("{:?}", store.forget_shared(key, *revision).unwrap())
            }
            Self::DropShared { age, limit } => {
                format!(
                    "{:?}",
                    store.drop_expired_shared(*now - age, *limit).unwrap()
                )
            }
            Self::Put { key, prefix, rest } => {
                let (namespace, key) = shared(key);
                let is_new = store.put(&namespace, &key, &[*prefix, *rest], *now);
                let held = store.held(&namespace).unwrap();
                let namespaces = store.count_namespaces().unwrap();
                format!("{:?} {held:?} {namespaces}", is_new.unwrap())
            }
            Self::Remove { key } => {
                let (namespace, key) = shared(key);
                format!("{:?}", store.remove(&namespace, &key).unwrap())
            }
            Self::Change {
                key,
                call,
                expected,
                new,
            } => {
                let (namespace, key) = shared(key);
                let call = call.to_string();
                let of = ChangeOf {
                    namespace: &namespace,
                    key: &key,
                    call: &call,
                };
                let before = store.before_change(&of).unwrap();
                // Mostly what was found, else perhaps another value.
                let guess = expected.map(|(one, two)| vec![one, two]);
                let expected = if new.0 == 0 {
                    &guess
                } else {
                    &before.ciphertext
                };
                let change = Change {
                    of,
                    run: run_id(1),
                    expected: expected.as_deref(),
                    ciphertext: &[new.0, new.1],
                    answer: &now.to_string(),
                };
                let changed = store.change(&change, *now).unwrap();
                format!(
                    "{before:?} {changed} {:?}",
                    store.before_change(&of).unwrap()
                )
            }
            Self::Sealed {
                prefix,
                after,
                limit,
            } => {
                let after = after.as_ref().map(shared);
                let after = after
                    .as_ref()
                    .map(|(one, two)| (one.as_str(), two.as_str()));
                format!(
                    "{:?}",
                    store.sealed_otherwise(&[*prefix], after, *limit).unwrap()
                )
            }
            Self::Reseal { key, old, new } => {
                let (namespace, key) = shared(key);
                let value = SealedValue {
                    namespace,
                    key,
                    ciphertext: vec![old.0, old.1],
                };
                format!("{:?}", store.reseal(&value, &[new.0, new.1]).unwrap())
            }
        }
    }
}

trait Limited: CallLimits + NamedLeases + SharedValues + Reseal {}

impl<T: CallLimits + NamedLeases + SharedValues + Reseal> Limited for T {}

pub(crate) fn random_steps_of_services_do_what_the_model_does<B: Backend>() {
    let config = Config {
        cases: B::SEQUENCES,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, b"the same sequences in every run!");
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&vec(step(), 100..200), |steps| {
        let (_backend, store) = fresh::<B>();
        store.publish(&function("main", "v1")).unwrap();
        begin(&store, 1);
        let model = Model::default();
        let (mut now, mut modelled_now) = (1_000_000, 1_000_000);
        for (number, step) in steps.iter().enumerate() {
            let answer = step.take(&store, &mut now);
            let expected = step.take(&model, &mut modelled_now);
            prop_assert_eq!(answer, expected, "step {}: {:?}", number, step);
        }
        B::check(&store);
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error:.4000}");
    }
}

pub(crate) fn limits_hold_exactly_under_parallel_load<B: Backend>() {
    let (backend, store) = fresh::<B>();
    let start = Barrier::new(WORKERS);
    let most_at_once = Mutex::new((0, 0));
    let admitted = Mutex::new(0);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (backend, start) = (&backend, &start);
            let (most_at_once, admitted) = (&most_at_once, &admitted);
            scope.spawn(move || {
                let store = backend.open().unwrap();
                start.wait();
                for number in 0..40 {
                    let token = format!("{worker}-{number}");
                    let call = NewCall {
                        service: "x",
                        token: &token,
                        expires_at: 1_000_000,
                        per_window: Some(100),
                        at_once: Some(3),
                    };
                    if store.admit(&call, 1_000).unwrap() == Admission::Admitted {
                        *admitted.lock().unwrap() += 1;
                        {
                            let mut held = most_at_once.lock().unwrap();
                            held.0 += 1;
                            held.1 = held.1.max(held.0);
                        }
                        thread::yield_now();
                        most_at_once.lock().unwrap().0 -= 1;
                        store.give_back_lease(&calls_of("x"), &token).unwrap();
                    }
                }
            });
        }
    });
    assert!(most_at_once.into_inner().unwrap().1 <= 3);
    let admitted = admitted.into_inner().unwrap();
    assert!(admitted <= 100, "{admitted}");
    let call = NewCall {
        service: "x",
        token: "last",
        expires_at: 1_000_000,
        per_window: Some(admitted),
        at_once: Some(1),
    };
    let full = Admission::WindowFull {
        until: 1_000 + WINDOW_MS,
    };
    assert_eq!(
        store.admit(&call, 1_001).unwrap(),
        full,
        "every admitted call was counted"
    );
    B::check(&store);
}

pub(crate) fn one_of_many_makes_a_shared_value<B: Backend>() {
    let (backend, store) = fresh::<B>();
    let key = SharedKey {
        service: "gapi",
        key: "token",
    };
    let start = Barrier::new(WORKERS);
    let made = Mutex::new(0);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (backend, start, made) = (&backend, &start, &made);
            scope.spawn(move || {
                let store = backend.open().unwrap();
                let token = worker.to_string();
                start.wait();
                loop {
                    match store.shared(key, &token, 10_000, 1_000).unwrap() {
                        Shared::Make => {
                            *made.lock().unwrap() += 1;
                            thread::yield_now();
                            assert!(
                                store
                                    .put_shared(key, &token, b"1", 9_000)
                                    .unwrap()
                                    .is_some()
                            );
                        }
                        Shared::Wait { until } => assert_eq!(until, 10_000),
                        Shared::Fresh { ciphertext, .. } => {
                            assert_eq!(ciphertext, b"1");
                            break;
                        }
                    }
                }
            });
        }
    });
    assert_eq!(made.into_inner().unwrap(), 1);

    // A lost maker holds the others up only as long as its right lasts.
    assert_eq!(
        store.shared(key, "lost", 10_500, 9_500).unwrap(),
        Shared::Make
    );
    assert_eq!(
        store.shared(key, "b", 11_000, 10_000).unwrap(),
        Shared::Wait { until: 10_500 }
    );
    assert_eq!(
        store.shared(key, "b", 11_500, 10_500).unwrap(),
        Shared::Make
    );
    assert_eq!(store.put_shared(key, "lost", b"2", 20_000).unwrap(), None);
    assert_eq!(store.put_shared(key, "b", b"3", 20_000).unwrap(), Some(2));
    B::check(&store);
}

pub(crate) fn many_calls_change_a_value_and_each_once<B: Backend>() {
    let (backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    let root = begin(&store, 1);
    let count = |store: &B::Store, worker: usize, number: usize| {
        // Two workers make the same calls, like two attempts.
        let call = format!("{}-{number}", worker / 2);
        let of = ChangeOf {
            namespace: "n",
            key: "k",
            call: &call,
        };
        loop {
            let before = store.before_change(&of).unwrap();
            if let Some(answer) = before.answer {
                return answer;
            }
            // As a sealed value begins with a nonce, so does this: no two writes are the same.
            let counted = before.ciphertext.as_ref().map_or(0, |text| text[0]);
            let ciphertext = [
                counted + 1,
                u8::try_from(worker).unwrap(),
                u8::try_from(number).unwrap(),
            ];
            let answer = (counted + 1).to_string();
            let change = Change {
                of,
                run: run_id(1),
                expected: before.ciphertext.as_deref(),
                ciphertext: &ciphertext,
                answer: &answer,
            };
            if store.change(&change, 5).unwrap() {
                return answer;
            }
        }
    };
    let start = Barrier::new(WORKERS);
    let answers = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (backend, start, answers) = (&backend, &start, &answers);
            scope.spawn(move || {
                let store = backend.open().unwrap();
                start.wait();
                for number in 0..10 {
                    let answer: u8 = count(&store, worker, number).parse().unwrap();
                    answers.lock().unwrap().push(answer);
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap();
    answers.sort_unstable();
    // Both attempts of a call get the same answer, and no two calls do.
    let expected: Vec<u8> = (1..=40).flat_map(|number| [number, number]).collect();
    assert_eq!(answers, expected);
    assert_eq!(store.get("n", "k").unwrap().unwrap()[0], 40);

    // What was answered goes with its run; the value stays.
    let of = ChangeOf {
        namespace: "n",
        key: "k",
        call: "0-0",
    };
    store.finish(root, &success("1"), None, 11).unwrap();
    assert!(store.before_change(&of).unwrap().answer.is_some());
    assert_eq!(store.remove_run(run_id(1)).unwrap(), RunRemoved::Removed);
    let left = store.before_change(&of).unwrap();
    assert_eq!((left.answer, left.ciphertext.unwrap()[0]), (None, 40));
    B::check(&store);
}

/// Every statement once, for checks on all of them.
pub(crate) fn touch(store: &(impl Services + Keystore + Changes + Store)) {
    let key = SharedKey {
        service: "s",
        key: "k",
    };
    let call = NewCall {
        service: "s",
        token: "t",
        expires_at: 9,
        per_window: Some(9),
        at_once: Some(9),
    };
    let task = function("main", "v1");
    store
        .publish_granted(&task, Some(&["a".to_owned()]))
        .unwrap();
    store.publish_granted(&task, None).unwrap();
    assert_eq!(store.frame_grants(run_id(99), &Path::root()).unwrap(), None);
    assert_eq!(store.admit(&call, 1).unwrap(), Admission::Admitted);
    store.give_back_lease(&calls_of("s"), "t").unwrap();
    let none = lease("s", 0, "t", 9);
    assert_eq!(
        store.take_lease(&none, 1).unwrap(),
        LeaseOutcome::HeldUntil(1)
    );
    assert!(!store.renew_lease("s", "t", 9).unwrap());
    assert!(store.give_back_if_idle("s", "t", 9).unwrap());
    assert_eq!(store.shared(key, "t", 9, 1).unwrap(), Shared::Make);
    assert_eq!(
        store.shared(key, "u", 9, 1).unwrap(),
        Shared::Wait { until: 9 }
    );
    let revision = store.put_shared(key, "t", b"1", 5).unwrap().unwrap();
    store.give_up_shared(key, "t").unwrap();
    assert!(store.forget_shared(key, revision).unwrap());
    assert_eq!(store.drop_expired_shared(9, 9).unwrap(), 1);
    let of = ChangeOf {
        namespace: "n",
        key: "k",
        call: "c",
    };
    let change = Change {
        of,
        run: run_id(1),
        expected: None,
        ciphertext: b"11",
        answer: "1",
    };
    assert!(store.change(&change, 1).unwrap());
    assert!(!store.change(&change, 1).unwrap());
    let replace = Change {
        of: ChangeOf { call: "d", ..of },
        expected: Some(b"11"),
        ..change
    };
    assert!(store.change(&replace, 1).unwrap());
    assert_eq!(store.before_change(&of).unwrap().answer.unwrap(), "1");
    store.put("n", "k", b"12", 1).unwrap();
    let held = store.held("n").unwrap();
    assert_eq!((held.keys, held.bytes), (1, 2));
    assert_eq!(store.count_namespaces().unwrap(), 1);
    let sealed = store.sealed_otherwise(b"2", None, 9).unwrap();
    assert!(store.reseal(&sealed[0], b"22").unwrap());
    assert_eq!(
        store.sealed_otherwise(b"2", Some(("a", "b")), 9).unwrap(),
        []
    );
}
