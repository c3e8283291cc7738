//! What a diagnosis says about the use of the app: its services and its file.

use std::collections::BTreeSet;

use tasker_api::Check;
use tasker_domain::figures::Metric;
use tasker_domain::wire::SERVICES;
use tasker_host::{HostStore, log, open_store};
use tasker_store::Result;
use tasker_store::prelude::*;

/// At most this many published tasks are read, a page at a time.
const TASKS: usize = 1_000;
const PAGE: u32 = 50;

/// A file up to this size is looked through as a whole: that takes less than a second.
const LOOKED_THROUGH: u64 = 64 << 20;
/// A file that cannot shrink may have this much free space.
const FREE: u64 = 64 << 20;

/// The services that somebody calls: those that have been called, and those that the code of a published task names.
/// If the store does not answer, all of them, so that nothing is hidden.
pub(crate) fn services_used() -> BTreeSet<&'static str> {
    match open_store().and_then(|store| look_for_services(&store)) {
        Ok(used) => used,
        Err(error) => {
            log::error(format!("diagnosis: {error}")).write();
            SERVICES.iter().copied().collect()
        }
    }
}

fn look_for_services(store: &HostStore) -> Result<BTreeSet<&'static str>> {
    let figures = store.figures()?;
    let was_called = |service: &str| {
        let calls = figures
            .iter()
            .filter(|figure| figure.metric == Metric::Call);
        calls.into_iter().any(|figure| figure.label == service)
    };
    let mut used: BTreeSet<_> = SERVICES
        .iter()
        .copied()
        .filter(|service| was_called(service))
        .collect();
    let (mut after, mut read) = (None, 0);
    while read < TASKS && used.len() < SERVICES.len() {
        let page = store.tasks(after.as_deref(), PAGE)?;
        // A page has everything of its tasks but their code.
        for task in &page.items {
            let Some(task) = store.task(&task.name)? else {
                continue;
            };
            let named =
                |service: &&str| task.code.contains(*service) || task.modules.contains(*service);
            used.extend(SERVICES.iter().copied().filter(named));
        }
        read += page.items.len();
        after = page.items.last().map(|task| task.name.clone());
        if !page.more {
            break;
        }
    }
    Ok(used)
}

/// What to say of the database's file.
pub(crate) fn look_at_file(store: &HostStore) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    let problem = store.integrity(LOOKED_THROUGH)?;
    checks.push(Check::of_file(problem.as_deref()));
    let size = store.size()?;
    if size.free > FREE && size.free * 4 > size.bytes && !store.can_shrink()? {
        checks.push(Check::of_room(size.free, size.bytes));
    }
    Ok(checks)
}
