//! Idempotency keys and their lives.

use tasker_store::prelude::*;
use tasker_store::{NewRun, Retention, Submitted};

use crate::backend::{Backend, fresh};
use crate::fixtures::*;

pub(crate) fn a_key_lives_as_long_as_it_says_and_as_its_run<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    store.publish(&function("main", "v1")).unwrap();
    let run = |number: u8| NewRun {
        input: "{}".to_owned(),
        idempotency_key: Some("key".to_owned()),
        ..new_run(number)
    };
    let submit = |number: u8, now: i64| {
        let mut run = run(number);
        run.terms.key_expires_at = now + 100;
        match store.submit(&run, now).unwrap() {
            Submitted::Created => number,
            Submitted::Existing(run) => (0..9).find(|number| run_id(*number) == run.id).unwrap(),
            Submitted::Conflict(_) => 99,
            Submitted::TooMany => panic!("no run starts it"),
        }
    };
    assert_eq!([submit(1, 10), submit(2, 109)], [1, 1]);
    // Its time is up, but its run is live.
    assert_eq!(submit(3, 500), 1);
    let purge = |ended_until, now| {
        let retention = Retention {
            ended_until,
            runs_per_task: None,
        };
        store.purge(&retention, 9, now).unwrap().runs
    };
    purge(0, 500);
    assert_eq!(submit(3, 500), 1);
    let root = only(store.claim(1, 0, &terms(900), 500).unwrap()).lease;
    store.finish(root, &success("1"), None, 501).unwrap();
    let key_expires = || store.sweep(&sweeping(3, 9), 502).unwrap().key_expires;
    assert_eq!(key_expires(), Some(500 + 86_400_000), "put off for a day");
    let later = 500 + 86_400_000;
    assert_eq!(submit(4, later), 4);

    // A key outlives a run that is deleted: using it again makes no second run, until its time is up.
    store
        .cancel(run_id(4), &stop(later + 1, later + 9), false, later + 1)
        .unwrap();
    assert_eq!(purge(later + 1, later + 1), 2);
    assert_eq!(submit(5, later + 99), 99);
    assert_eq!((purge(0, later + 100), key_expires()), (0, None));
    assert_eq!(submit(6, later + 100), 6);
    B::check(&store);
}
