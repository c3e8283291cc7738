//! Keeping a lease while its work is under way.

use std::cell::Cell;
use std::time::{Duration, Instant};

use tasker_domain::Lease;
use tasker_store::{Result, Store};

use crate::time;

/// How often, at first, to look whether anybody still waits for a piece of work.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// Renews a lease each time a third of it has passed, so that two renewals may come late before it
/// is lost, and work that is done earlier costs no write.
#[derive(Debug)]
pub struct Heartbeat {
    lease: Lease,
    lease_ms: i64,
    next: Cell<Instant>,
}

impl Heartbeat {
    /// For a lease that was taken just now for `lease_ms`.
    #[must_use]
    pub fn new(lease: Lease, lease_ms: i64) -> Self {
        Self {
            lease,
            lease_ms,
            next: Cell::new(Instant::now() + third(lease_ms)),
        }
    }

    /// For a lease that lasts as long as this one does.
    #[must_use]
    pub fn of(&self, lease: Lease) -> Self {
        Self {
            lease,
            lease_ms: self.lease_ms,
            next: self.next.clone(),
        }
    }

    /// The lease.
    #[must_use]
    pub fn lease(&self) -> Lease {
        self.lease
    }

    /// How soon the worker looks again whether anybody still waits for the work: ever less often, but often enough to
    /// keep the lease.
    #[must_use]
    pub fn pace(&self, begun: Instant) -> Duration {
        let least = third(self.lease_ms) / 2;
        (begun.elapsed() / 10).max(LOOK_EVERY).min(least)
    }

    /// Renews the lease if it is time; answers whether it was.
    ///
    /// # Errors
    /// [`tasker_store::Error::LeaseLost`] if it has passed on: the worker must stop.
    pub fn beat(&self, store: &impl Store) -> Result<bool> {
        let now = Instant::now();
        if now < self.next.get() {
            return Ok(false);
        }
        store.renew(self.lease, time::now_ms().saturating_add(self.lease_ms))?;
        self.next.set(now + third(self.lease_ms));
        Ok(true)
    }
}

fn third(lease_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(lease_ms / 3).unwrap_or(0))
}
