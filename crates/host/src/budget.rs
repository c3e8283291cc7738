//! How many requests one request may make, where a host counts them.
//!
//! Each request has an instance of its own, so counting in the instance counts by request.

use std::sync::atomic::{AtomicU32, Ordering};

use tasker_settings::OUTBOUND_REQUESTS;

use crate::config;

static SPENT: AtomicU32 = AtomicU32::new(0);

/// The bound for one request of a component.
#[derive(Debug, Clone, Copy)]
pub struct Budget(u32);

impl Budget {
    /// As the variable `outbound_requests` says; 0 stands for no bound.
    ///
    /// # Errors
    /// If it is not set or not a number.
    pub fn read() -> Result<Self, config::Error> {
        let bound = config::read(&OUTBOUND_REQUESTS)?;
        Ok(Self(if bound == 0 { u32::MAX } else { bound }))
    }

    /// How many more requests may be made, with `kept_back` of them kept for the end.
    #[must_use]
    pub fn left(self, kept_back: u32) -> usize {
        let spent = SPENT.load(Ordering::Relaxed);
        let left = self.0.saturating_sub(spent).saturating_sub(kept_back);
        usize::try_from(left).unwrap_or(usize::MAX)
    }
}

/// Counts a request that is about to be made.
pub fn spend() {
    SPENT.fetch_add(1, Ordering::Relaxed);
}
