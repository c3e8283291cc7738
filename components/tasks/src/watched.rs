//! Looking at the store again and again, on behalf of a client that waits.

use std::time::{Duration, Instant};

use tasker_host::{HostStore, open_store, time};

use crate::system::{self, SWEEP_EVERY};

/// The shortest pause between two looks.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// A pause is this part of the time in which nothing has changed: whoever waits is told late by a quarter at most.
const PART: u32 = 4;

/// Where a look takes long, much else is to be done: a pause is so many times as long then, yet no longer than nothing has changed,
/// so that many who wait do not keep others from it.
const LOOKS: u32 = 100;

/// A store that is looked at again and again. Over all pauses but the shortest it is given back: a host has fewer
/// connections to a database than there may be clients that wait.
pub(crate) struct Watched {
    store: Option<HostStore>,
    longest_pause: Duration,
    unchanged_since: Instant,
    look_began: Instant,
    next_sweep: Instant,
}

impl Watched {
    pub(crate) fn new(store: HostStore, longest_pause: Duration) -> Self {
        Self {
            store: Some(store),
            longest_pause,
            unchanged_since: Instant::now(),
            look_began: Instant::now(),
            next_sweep: Instant::now() + SWEEP_EVERY,
        }
    }

    /// The store, opened again if need be.
    pub(crate) fn store(&mut self) -> tasker_store::Result<&HostStore> {
        self.look_began = Instant::now();
        let store = match self.store.take() {
            Some(store) => store,
            None => open_store()?,
        };
        Ok(self.store.insert(store))
    }

    /// Something has changed: the next look comes soon.
    pub(crate) fn changed(&mut self) {
        self.unchanged_since = Instant::now();
    }

    /// Waits until it is time for the next look, for at most so long. A queue that nobody sweeps is swept.
    pub(crate) async fn pause(&mut self, most: Duration) {
        let unchanged = self.unchanged_since.elapsed();
        let pause = unchanged.min(self.look_began.elapsed() * LOOKS);
        let pause = pause.max(unchanged / PART);
        let pause = pause.clamp(FIRST_PAUSE, self.longest_pause);
        if pause > FIRST_PAUSE {
            self.store = None;
        }
        if Instant::now() >= self.next_sweep {
            system::poke_sweep_if_due().await;
            self.next_sweep = Instant::now() + SWEEP_EVERY;
        }
        time::sleep(pause.min(most)).await;
    }
}
