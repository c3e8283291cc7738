//! What all workers of a drainer share.

use std::any::Any;
use std::cell::Cell;
use std::time::Instant;

use tasker_domain::RunId;
use tasker_store::{AtWork, LeaseTerms};
use tasker_world::{World, in_ms};

use super::place::{Activity, Places};
use super::settings::Settings;

/// With so much to wait for a drainer has enough, and a fresh one goes on: each thing that a request waits for
/// makes its next step a little dearer.
const FULL: usize = 128;

/// So many frames may be awake on a database server: each has a connection, of which hosts give a component 64.
const CONNECTED: u32 = 32;

/// What all workers of a drainer share.
pub(crate) struct Drain<'a, W: World> {
    pub(crate) world: &'a W,
    pub(crate) store: &'a W::Store,
    pub(crate) settings: &'a Settings,
    /// After this a fresh drainer is to go on.
    pub(crate) deadline: Instant,
    /// When the host ends the drainer, if it does.
    pub(crate) end: Option<Instant>,
    /// How many frames are awake and calls out, on all machines together.
    pub(crate) out: Cell<AtWork>,
    pub(crate) places: Places,
    /// It begins nothing any more: another drainer goes on with what follows.
    pub(crate) closed: Cell<bool>,
    pub(crate) waiter: Cell<Option<Waiter>>,
}

/// Somebody who waits for a run. Dropping it tells them to look.
pub struct Waiter {
    run: RunId,
    _tell: Box<dyn Any>,
}

impl Waiter {
    /// Whoever sees `tell` dropped waits for `run`.
    pub fn new(run: RunId, tell: impl Any) -> Self {
        Self {
            run,
            _tell: Box::new(tell),
        }
    }
}

impl<W: World> Drain<'_, W> {
    /// A worker is done, which worked on this run.
    pub(crate) fn has_worked_on(&self, run: RunId) {
        let waiter = self.waiter.take();
        self.waiter.set(waiter.filter(|waiter| waiter.run != run));
    }

    /// How many more calls may be out.
    pub(crate) fn room(&self) -> u32 {
        let AtWork { frames, calls } = self.out.get();
        let out = frames.saturating_add(calls);
        self.settings.calls_out.saturating_sub(out)
    }

    /// Whether a frame may stay awake for its calls: then it has an instance of the executor beside that of each call. When many
    /// wait already it sleeps, and its calls are made for it.
    pub(crate) fn may_stay_awake(&self) -> bool {
        let most = self.settings.calls_out;
        let few_are_out = most - self.room() < most.div_ceil(3);
        let has_connections = !self.world.shares_store() || self.out.get().frames < CONNECTED;
        few_are_out && has_connections
    }

    /// Not even what was claimed begins.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get() || self.settings.requests_left(self.world) == 0
    }

    /// What follows from something else goes back to the queue.
    pub(crate) fn has_no_time(&self) -> bool {
        self.is_closed() || self.world.now() >= self.deadline
    }

    /// It takes no more than it has: a fresh drainer is to go on.
    pub(crate) fn is_over(&self) -> bool {
        self.has_no_time() || self.places.count(Activity::Waits) >= FULL
    }
}

/// The terms of a lease taken now.
pub(crate) fn terms(world: &impl World, settings: &Settings) -> LeaseTerms {
    world.lease_terms(lease_ms(settings))
}

pub(crate) fn lease_ms(settings: &Settings) -> i64 {
    in_ms(settings.lease)
}
