//! Who is told when a run ends.

use tasker_domain::webhook::WebhookState;
use tasker_store::prelude::*;
use tasker_store::{DeliveryOutcome, NewRun, Store, Webhooks};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

const URL: &str = "https://hooks.example.com/a?b='c'";

fn hooked(number: u8) -> NewRun {
    NewRun {
        webhook: Some(URL.to_owned()),
        ..new_run(number)
    }
}

pub(crate) fn webhooks_are_told_at_least_once<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    store.submit(&hooked(1), 10).unwrap();
    store.submit(&hooked(2), 10).unwrap();
    store.submit(&new_run(3), 10).unwrap();
    let state = |number: u8| store.webhook(run_id(number)).unwrap().unwrap();
    assert_eq!(store.webhook(run_id(3)).unwrap(), None);
    assert_eq!(
        (state(1).state, state(1).url.as_str()),
        (WebhookState::Waiting, URL)
    );
    assert!(!store.webhooks_due(99).unwrap());

    // One run completes, one is cancelled; either is due at once.
    let lease = store.claim(1, 0, &terms(90), 10).unwrap().remove(0).lease;
    store.finish(lease, &success("1"), None, 20).unwrap();
    assert!(store.webhooks_due(20).unwrap());
    store.cancel(run_id(2), &stop(21, 71), false, 21).unwrap();
    assert_eq!(store.claim_webhooks(9, 50, 19).unwrap(), []);
    let due = store.claim_webhooks(9, 50, 21).unwrap();
    assert_eq!(due.len(), 2);
    assert!(due.iter().all(|due| due.attempt == 1 && due.url == URL));
    assert_eq!(
        store.claim_webhooks(9, 50, 49).unwrap(),
        [],
        "they are being told"
    );
    let (first, second) = (&due[0], &due[1]);
    assert!(
        store
            .record_delivery(first, &DeliveryOutcome::Delivered, 30)
            .unwrap()
    );
    assert!(
        !store
            .record_delivery(first, &DeliveryOutcome::Delivered, 31)
            .unwrap()
    );

    // The worker with the second one is lost; when it comes back it is too late.
    let again = store.claim_webhooks(9, 80, 50).unwrap();
    assert_eq!(
        (again.len(), again[0].run, again[0].attempt),
        (1, second.run, 2)
    );
    assert!(
        !store
            .record_delivery(second, &DeliveryOutcome::Delivered, 51)
            .unwrap()
    );
    let failed = |retry_at| DeliveryOutcome::Failed {
        error: "it's down".to_owned(),
        retry_at,
    };
    assert!(
        store
            .record_delivery(&again[0], &failed(Some(70)), 60)
            .unwrap()
    );
    let told = store.webhook(second.run).unwrap().unwrap();
    assert_eq!(
        (
            told.state,
            told.attempts,
            told.next_at,
            told.error.as_deref()
        ),
        (WebhookState::Pending, 2, Some(70), Some("it's down"))
    );
    assert!(!store.webhooks_due(69).unwrap());
    let last = store.claim_webhooks(9, 99, 70).unwrap().remove(0);
    assert!(store.record_delivery(&last, &failed(None), 71).unwrap());
    let told = store.webhook(second.run).unwrap().unwrap();
    assert_eq!(
        (told.state, told.attempts, told.next_at),
        (WebhookState::Failed, 3, None)
    );
    let told = store.webhook(first.run).unwrap().unwrap();
    assert_eq!(
        (told.state, told.delivered_at),
        (WebhookState::Delivered, Some(30))
    );
    B::check(&store);
}

/// Uses every statement about webhooks.
pub(crate) fn touch(store: &(impl Store + Webhooks)) {
    store.submit(&hooked(120), 99).unwrap();
    store.cancel(run_id(120), &stop(99, 120), true, 99).unwrap();
    assert!(store.webhooks_due(99).unwrap());
    assert_eq!(store.next_webhook().unwrap(), Some(99));
    for told in store.claim_webhooks(9, 120, 99).unwrap() {
        store
            .record_delivery(&told, &DeliveryOutcome::Delivered, 99)
            .unwrap();
    }
    store.webhook(run_id(120)).unwrap();
}
