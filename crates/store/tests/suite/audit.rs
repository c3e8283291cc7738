//! What the holders of keys have done.

use tasker_domain::audit::Deed;
use tasker_store::{Audit, DeedFilter};

use crate::backend::{Backend, fresh};

const HOUR: i64 = 3_600_000;

fn deed(at: i64, action: &str, code: Option<&str>) -> Deed {
    Deed {
        at,
        key: "shop".to_owned(),
        key_id: Some("0a1b".to_owned()),
        client: "192.0.2.7".to_owned(),
        action: action.to_owned(),
        target: format!("it's \"{at}\""),
        code: code.map(str::to_owned),
        detail: code.is_none().then(|| "{\"n\":1}".to_owned()),
    }
}

/// The moments of all that is kept, and how often, the newest first.
fn kept(store: &impl Audit, filter: &DeedFilter) -> Vec<(i64, u64)> {
    let page = store.deeds(filter, None, 200).unwrap();
    assert!(!page.more);
    let deeds = page.items.into_iter();
    deeds.map(|noted| (noted.deed.at, noted.times)).collect()
}

fn all() -> DeedFilter {
    DeedFilter {
        after: i64::MIN,
        ..DeedFilter::default()
    }
}

pub(crate) fn deeds_are_listed_and_refusals_counted_together<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    let forbidden = Some("forbidden");
    for deed in [
        deed(1, "publishTask", None),
        deed(2, "publishTask", None),
        deed(3, "cancelRun", forbidden),
        deed(4, "cancelRun", forbidden),
        deed(5, "cancelRun", Some("run_finished")),
        deed(6, "exportRun", forbidden),
        deed(HOUR, "cancelRun", forbidden),
        Deed {
            key: "other".to_owned(),
            key_id: None,
            ..deed(HOUR + 1, "cancelRun", forbidden)
        },
    ] {
        store.note_deed(&deed).unwrap();
    }
    let counted = [
        (HOUR + 1, 1),
        (HOUR, 1),
        (6, 1),
        (5, 1),
        (4, 2),
        (2, 1),
        (1, 1),
    ];
    assert_eq!(kept(&store, &all()), counted);
    let first = store.deeds(&all(), None, 5).unwrap();
    assert!(first.more);
    let last = first.items.last().unwrap();
    assert_eq!(
        (last.deed.clone(), last.times),
        (deed(4, "cancelRun", forbidden), 2)
    );
    let rest = store.deeds(&all(), Some(last.seq), 5).unwrap();
    let deeds: Vec<_> = rest.items.into_iter().map(|noted| noted.deed).collect();
    assert_eq!(
        deeds,
        [deed(2, "publishTask", None), deed(1, "publishTask", None)]
    );
    assert!(!rest.more);

    let only = |change: fn(&mut DeedFilter)| {
        let mut filter = all();
        change(&mut filter);
        kept(&store, &filter)
    };
    assert_eq!(
        only(|of| of.key = Some("other".to_owned())),
        [(HOUR + 1, 1)]
    );
    assert_eq!(
        only(|of| of.action = Some("exportRun".to_owned())),
        [(6, 1)]
    );
    assert_eq!(
        only(|of| of.target = Some("it's \"2\"".to_owned())),
        [(2, 1)]
    );
    assert_eq!(only(|of| of.after = 6), [(HOUR + 1, 1), (HOUR, 1)]);
    B::check(&store);
}

pub(crate) fn the_oldest_deeds_are_forgotten<B: Backend>() {
    let (_backend, store) = fresh::<B>();
    for at in 1..=9 {
        store.note_deed(&deed(at, "publishTask", None)).unwrap();
    }
    // However often somebody is refused, that pushes out one deed.
    for at in 10..=40 {
        store
            .note_deed(&deed(at, "cancelRun", Some("forbidden")))
            .unwrap();
    }
    let moments = || -> Vec<_> { kept(&store, &all()).into_iter().map(|(at, _)| at).collect() };
    store.forget_deeds(2, 100, 1).unwrap();
    assert_eq!(moments(), [40, 9, 8, 7, 6, 5, 4, 3, 2]);
    store.forget_deeds(2, 6, 9).unwrap();
    assert_eq!(moments(), [40, 9, 8, 7, 6, 5]);
    store.forget_deeds(i64::MAX, 6, 9).unwrap();
    assert!(moments().is_empty());
    store.note_deed(&deed(50, "publishTask", None)).unwrap();
    assert_eq!(moments(), [50]);
    B::check(&store);
}

/// Every statement once, for checks on all of them.
pub(crate) fn touch(store: &impl Audit) {
    for deed in [
        deed(1, "publishTask", None),
        deed(1, "cancelRun", Some("forbidden")),
        deed(2, "cancelRun", Some("forbidden")),
    ] {
        store.note_deed(&deed).unwrap();
    }
    assert_eq!(kept(store, &all()).len(), 2);
    store.forget_deeds(i64::MAX, 1, 9).unwrap();
}
