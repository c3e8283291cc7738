//! Keeping a lease while its work is under way.

use std::cell::Cell;
use std::time::{Duration, Instant};

use tasker_domain::Lease;
use tasker_store::{Result, Store};
use tasker_world::{World, ms};

/// How often, at first, to look whether anybody still waits for a piece of work.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// So many look as often as one.
const FEW: usize = 32;

/// Renews a lease each time a third of it has passed, so that two renewals may come late before it
/// is lost, and work that is done earlier costs no write.
pub(crate) struct Heartbeat<W> {
    world: W,
    lease: Lease,
    lease_ms: i64,
    next: Cell<Instant>,
}

impl<W: World> Heartbeat<W> {
    /// For a lease that was taken just now for `lease_ms`.
    pub(crate) fn new(world: &W, lease: Lease, lease_ms: i64) -> Self {
        Self {
            world: world.clone(),
            lease,
            lease_ms,
            next: Cell::new(world.now() + third(lease_ms)),
        }
    }

    /// For a lease that lasts as long as this one does.
    pub(crate) fn of(&self, lease: Lease) -> Self {
        Self {
            world: self.world.clone(),
            lease,
            lease_ms: self.lease_ms,
            next: self.next.clone(),
        }
    }

    /// The lease.
    pub(crate) fn lease(&self) -> Lease {
        self.lease
    }

    /// How soon the worker looks again whether anybody still waits for the work: ever less often, but often enough to
    /// keep the lease.
    pub(crate) fn pace(&self, begun: Instant) -> Duration {
        self.pace_among(begun, 0)
    }

    /// The same for one of many pieces of work, each of which looks for itself: together they should not look more often
    /// than a few would.
    pub(crate) fn pace_among(&self, begun: Instant, others: usize) -> Duration {
        let least = third(self.lease_ms) / 2;
        let share = u32::try_from(1 + others / FEW).unwrap_or(u32::MAX);
        let pace = (self.world.since(begun) / 10).max(LOOK_EVERY);
        pace.saturating_mul(share).min(least)
    }

    /// Renews the lease if it is time; answers whether it was. With [`tasker_store::Error::LeaseLost`] it has passed on:
    /// the worker must stop.
    pub(crate) fn beat(&self, store: &impl Store) -> Result<bool> {
        let now = self.world.now();
        if now < self.next.get() {
            return Ok(false);
        }
        let until = self.world.now_ms().saturating_add(self.lease_ms);
        store.renew(self.lease, until)?;
        self.next.set(now + third(self.lease_ms));
        Ok(true)
    }
}

fn third(lease_ms: i64) -> Duration {
    ms(lease_ms / 3)
}
