//! API keys, and wrong ones.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use tasker_domain::access::{ApiKey, Permissions, Role};
use tasker_store::{
    ApiKeys, REQUESTS_MS, Requested, Requests, WRONG_KEYS_CLIENTS, WRONG_KEYS_MS, WrongKeys,
};

use crate::backend::{Backend, fresh};
use crate::model::Model;

fn key(name: &str, hash: u8) -> ApiKey {
    ApiKey {
        name: name.to_owned(),
        hash: [hash; 32],
        permissions: Permissions {
            roles: vec![Role::Submit, Role::Observe],
            tasks: Some(vec!["mail-*".to_owned(), "it's \"so\"".to_owned()]),
            namespaces: Some(vec![]),
        },
        created_at: 5,
        expires_at: Some(90 * 86_400_000),
        used_at: None,
    }
}

pub(crate) fn a_key_is_found_by_its_hash_until_it_is_revoked<B: Backend>() {
    let (backend, store) = fresh::<B>();
    let (one, two) = (key("one", 1), key("two", 2));
    assert!(store.add_api_key(&one).unwrap() && store.add_api_key(&two).unwrap());
    for again in [key("one", 3), key("three", 2)] {
        assert!(!store.add_api_key(&again).unwrap(), "{again:?}");
    }
    assert_eq!(store.api_key(&[3; 32]).unwrap(), None);
    store.use_api_key("one", 77).unwrap();
    let used = ApiKey {
        used_at: Some(77),
        ..one
    };
    // Another process sees the same, and what it revokes is gone for all at once.
    let other = backend.open().unwrap();
    assert_eq!(other.api_key(&[1; 32]).unwrap(), Some(used.clone()));
    assert_eq!(other.api_keys(None, 9).unwrap().items, [used, two]);
    assert!(other.remove_api_key("one").unwrap() && !other.remove_api_key("one").unwrap());
    assert_eq!(store.api_key(&[1; 32]).unwrap(), None);
    store.use_api_key("one", 78).unwrap();
    B::check(&store);
}

pub(crate) fn wrong_keys_of_few_clients_are_counted<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    for number in 0..=WRONG_KEYS_CLIENTS {
        store.count_wrong_key(&number.to_string(), 10).unwrap();
    }
    let last = WRONG_KEYS_CLIENTS.to_string();
    assert_eq!(
        store.wrong_keys(&last, 10).unwrap(),
        0,
        "there is no room for it"
    );
    store.count_wrong_key("0", 11).unwrap();
    assert_eq!(store.wrong_keys("0", 12).unwrap(), 2);
    // The rows are given up with the first wrong key after their time.
    store.count_wrong_key(&last, 10 + WRONG_KEYS_MS).unwrap();
    assert_eq!(store.wrong_keys(&last, 10 + WRONG_KEYS_MS).unwrap(), 1);
    assert_eq!(B::rows(&store, "SELECT client FROM wrong_keys").len(), 1);
    B::check(&store);
}

pub(crate) fn requests_are_counted_for_a_minute<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    assert_eq!(store.requests("a", 10).unwrap(), None);
    assert!(store.count_requests("a", 3, 10).unwrap());
    assert!(!store.count_requests("a", 2, 20).unwrap());
    assert!(store.count_requests("b", 1, 30).unwrap());
    let requested = |times, until| Some(Requested { times, until });
    let of_a = |now| store.requests("a", now).unwrap();
    assert_eq!(of_a(9), None, "the clock was set back");
    assert_eq!(of_a(20), requested(5, 10 + REQUESTS_MS));
    assert_eq!(of_a(9 + REQUESTS_MS), requested(5, 10 + REQUESTS_MS));
    assert_eq!(of_a(10 + REQUESTS_MS), None);
    assert_eq!(store.forget_requests(9, 9 + REQUESTS_MS).unwrap(), 0);
    assert_eq!(store.forget_requests(9, 29 + REQUESTS_MS).unwrap(), 1);
    assert!(store.count_requests("b", 4, 30 + REQUESTS_MS).unwrap());
    assert_eq!(
        store.requests("b", 30 + REQUESTS_MS).unwrap(),
        requested(4, 30 + 2 * REQUESTS_MS)
    );
    B::check(&store);
}

#[derive(Debug, Clone)]
enum Step {
    Add(u8, u8),
    Find(u8),
    List(Option<u8>, u32),
    Remove(u8),
    Use(u8),
    Wrong(u8),
    Count(u8),
    Request(u8, u32),
    Requests(u8),
    Forget,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let small = || 0..4_u8;
    prop_oneof![
        3 => (small(), small()).prop_map(|(name, hash)| Step::Add(name, hash)),
        2 => small().prop_map(Step::Find),
        1 => (proptest::option::of(small()), 0..3_u32).prop_map(|(after, limit)| Step::List(after, limit)),
        1 => small().prop_map(Step::Remove),
        1 => small().prop_map(Step::Use),
        4 => small().prop_map(Step::Wrong),
        3 => small().prop_map(Step::Count),
        4 => (small(), 1..3_u32).prop_map(|(asker, times)| Step::Request(asker, times)),
        3 => small().prop_map(Step::Requests),
        1 => Just(Step::Forget),
        2 => (-70_000..70_000_i64).prop_map(Step::Wait),
    ]
}

impl Step {
    /// Takes the step and tells what came of it.
    fn take(&self, store: &(impl ApiKeys + Requests + WrongKeys), now: &mut i64) -> String {
        match self {
            Self::Add(name, hash) => {
                format!(
                    "{:?}",
                    store.add_api_key(&key(&name.to_string(), *hash)).unwrap()
                )
            }
            Self::Find(hash) => format!("{:?}", store.api_key(&[*hash; 32]).unwrap()),
            Self::List(after, limit) => {
                let after = after.map(|after| after.to_string());
                format!("{:?}", store.api_keys(after.as_deref(), *limit).unwrap())
            }
            Self::Remove(name) => {
                format!("{:?}", store.remove_api_key(&name.to_string()).unwrap())
            }
            Self::Use(name) => {
                store.use_api_key(&name.to_string(), *now).unwrap();
                String::new()
            }
            Self::Wrong(client) => {
                store.count_wrong_key(&client.to_string(), *now).unwrap();
                String::new()
            }
            Self::Count(client) => {
                format!("{:?}", store.wrong_keys(&client.to_string(), *now).unwrap())
            }
            Self::Request(asker, times) => {
                let counted = store.count_requests(&asker.to_string(), *times, *now);
                format!("{:?}", counted.unwrap())
            }
            Self::Requests(asker) => {
                format!("{:?}", store.requests(&asker.to_string(), *now).unwrap())
            }
            Self::Forget => format!("{:?}", store.forget_requests(9, *now).unwrap()),
            Self::Wait(ms) => {
                *now += ms;
                String::new()
            }
        }
    }
}

pub(crate) fn random_steps_of_keys_do_what_the_model_does<B: Backend>() {
    let config = Config {
        cases: B::SEQUENCES,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, b"the same sequences in every run!");
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome = runner.run(&vec(step(), 50..100), |steps| {
        let (_backend, store) = fresh::<B>();
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

/// Every statement once, for checks on all of them.
pub(crate) fn touch(store: &(impl ApiKeys + Requests + WrongKeys)) {
    assert!(store.add_api_key(&key("one", 1)).unwrap());
    assert!(store.api_key(&[1; 32]).unwrap().is_some());
    assert_eq!(store.api_keys(Some("a"), 9).unwrap().items.len(), 1);
    store.use_api_key("one", 9).unwrap();
    store.count_wrong_key("c", 9).unwrap();
    store.count_wrong_key("c", 10).unwrap();
    assert_eq!(store.wrong_keys("c", 11).unwrap(), 2);
    assert!(store.count_requests("c", 1, 9).unwrap());
    assert!(store.requests("c", 10).unwrap().is_some());
    assert_eq!(store.forget_requests(9, 9 + REQUESTS_MS).unwrap(), 1);
    assert!(store.remove_api_key("one").unwrap());
}
