//! What this request measures. An instance serves one request with one thread, so one place
//! is enough.

use std::cell::RefCell;

use tasker_domain::figures::{Figures, Metric};
use tasker_store::Metering;
use tasker_world::World;

use crate::Spin;

thread_local! {
    static FIGURES: RefCell<Figures> = RefCell::default();
}

pub(crate) fn with<T>(work: impl FnOnce(&mut Figures) -> T) -> T {
    FIGURES.with_borrow_mut(work)
}

/// Counts something.
pub fn count(metric: Metric, label: &str, times: u64) {
    with(|figures| figures.count(metric, label, times));
}

/// Stores what was measured so far. If that fails, it is kept for the next time.
pub fn store(store: &impl Metering) {
    Spin.store_figures(store);
}
