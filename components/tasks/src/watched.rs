//! Looking at the store again and again, on behalf of a client that waits.

use std::time::{Duration, Instant};

use tasker_host::{HostStore, open_store, time};

use crate::system::{self, SWEEP_EVERY};

/// The pauses between two looks at which nothing has changed grow from the first to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// A store that is looked at again and again. Over long pauses it is given back: a host has fewer
/// connections to a database than there may be clients that wait.
pub(crate) struct Watched {
    store: Option<HostStore>,
    pause: Duration,
    next_sweep: Instant,
}

impl Watched {
    pub(crate) fn new(store: HostStore) -> Self {
        Self {
            store: Some(store),
            pause: FIRST_PAUSE,
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
        self.pause = FIRST_PAUSE;
    }

    /// Waits until it is time for the next look, for at most so long. A queue that nobody sweeps is swept.
    pub(crate) async fn pause(&mut self, most: Duration) {
        if self.pause == LONGEST_PAUSE {
            self.store = None;
        }
        if Instant::now() >= self.next_sweep {
            system::poke_sweep_if_due().await;
            self.next_sweep = Instant::now() + SWEEP_EVERY;
        }
        time::sleep(self.pause.min(most)).await;
        self.pause = (self.pause * 3 / 2).min(LONGEST_PAUSE);
    }
}
