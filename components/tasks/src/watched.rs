//! Polling the store on behalf of a client that waits.

use std::time::{Duration, Instant};

use tasker_host::{HostStore, open_store, time};

use crate::system::{self, SWEEP_EVERY};

/// The shortest pause between two looks.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// The store is kept during pauses no longer than this.
const KEPT_FOR: Duration = Duration::from_millis(10);

/// A pause is this part of the time in which nothing has changed, so that news is at most a quarter late.
const PART: u32 = 4;

/// A look that takes long means a busy database. The pause is then this many times the look, but no longer than the
/// time without change, so that many waiting clients do not slow down the rest.
const LOOKS: u32 = 20;

/// A store that is polled. It is given back during all pauses but the shortest: more clients may wait than the host
/// has connections to a database.
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

    /// Waits for the next look, at most for `most`. Sweeps the queue if nobody does.
    pub(crate) async fn pause(&mut self, most: Duration) {
        let unchanged = self.unchanged_since.elapsed();
        let pause = unchanged.min(self.look_began.elapsed() * LOOKS);
        let pause = pause.max(unchanged / PART);
        let pause = pause.clamp(FIRST_PAUSE, self.longest_pause);
        if pause > KEPT_FOR {
            self.store = None;
        }
        if Instant::now() >= self.next_sweep {
            system::poke_sweep_if_due().await;
            self.next_sweep = Instant::now() + SWEEP_EVERY;
        }
        time::sleep(pause.min(most)).await;
    }
}
