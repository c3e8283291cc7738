//! Looking at the store again and again, on behalf of a client that waits.

use std::time::{Duration, Instant};

use tasker_host::{HostStore, open_store, time};

use crate::system::{self, SWEEP_EVERY};

/// The shortest pause between two looks.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// A pause is this part of the time in which nothing has changed: whoever waits is told late by an eighth at most.
const PART: u32 = 8;

/// Over longer pauses the store is given back.
const KEEP: Duration = Duration::from_millis(150);

/// A store that is looked at again and again. Over long pauses it is given back: a host has fewer
/// connections to a database than there may be clients that wait.
pub(crate) struct Watched {
    store: Option<HostStore>,
    longest_pause: Duration,
    unchanged_since: Instant,
    next_sweep: Instant,
}

impl Watched {
    pub(crate) fn new(store: HostStore, longest_pause: Duration) -> Self {
        Self {
            store: Some(store),
            longest_pause,
            unchanged_since: Instant::now(),
            next_sweep: Instant::now() + SWEEP_EVERY,
        }
    }

    /// The store, opened again if need be.
    pub(crate) fn store(&mut self) -> tasker_store::Result<&HostStore> {
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
        let pause = self.unchanged_since.elapsed() / PART;
        let pause = pause.clamp(FIRST_PAUSE, self.longest_pause);
        if pause > KEEP {
            self.store = None;
        }
        if Instant::now() >= self.next_sweep {
            system::poke_sweep_if_due().await;
            self.next_sweep = Instant::now() + SWEEP_EVERY;
        }
        time::sleep(pause.min(most)).await;
    }
}
