//! What this request measures. An instance serves one request with one thread, so one place
//! is enough.

use std::cell::RefCell;
use std::time::Duration;

use tasker_domain::figures::{Figure, Figures, Metric};
use tasker_store::Metering;

use crate::log;

thread_local! {
    static FIGURES: RefCell<Figures> = RefCell::default();
}

fn with<T>(work: impl FnOnce(&mut Figures) -> T) -> T {
    FIGURES.with_borrow_mut(work)
}

/// Counts something.
pub fn count(metric: Metric, label: &str, times: u64) {
    with(|figures| figures.count(metric, label, times));
}

/// Adds a time to a histogram.
pub fn time(metric: Metric, label: &str, time: Duration) {
    with(|figures| figures.time(metric, label, time));
}

/// Adds a value to a histogram.
pub fn observe(metric: Metric, label: &str, value: u64) {
    with(|figures| figures.observe(metric, label, value));
}

/// Adds what another component has measured for this one.
pub fn merge(figures: Vec<Figure>) {
    with(|own| own.merge(figures));
}

/// Takes what was measured so far, to hand it on.
#[must_use]
pub fn take() -> Vec<Figure> {
    with(Figures::take)
}

/// Stores what was measured so far. If that fails, it is kept for the next time.
pub fn store(store: &impl Metering) {
    let figures = take();
    if figures.is_empty() {
        return;
    }
    if let Err(error) = store.add_figures(&figures) {
        log::warn(format!("figures: {error}")).write();
        merge(figures);
    }
}
