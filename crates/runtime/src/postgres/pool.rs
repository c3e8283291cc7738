//! A component's connections to one database: few, as long as few are enough.
//!
//! A server does the same work with a handful of connections as with sixty, and with less effort: each is a process with
//! plans and caches of its own. So when all are in use, a taker waits until one is given back. Only connections
//! that are held for long, by requests that wait for something else, make room for more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use deadpool_postgres::{Object, Pool, PoolError};
use tokio_postgres::Client;

/// Connections beside those that are held for long.
const FEW: usize = 8;
/// The most connections, as in Spin.
const MOST: usize = 64;

/// A connection counts as held for long when it was given out this long ago.
const LONG: Duration = Duration::from_millis(250);
/// When nobody has had to wait for this long, the connections left over from a burst are closed.
const CALM: Duration = Duration::from_secs(10);

/// The connections of a component to an address.
pub(super) struct Connections {
    pool: Pool,
    state: Mutex<State>,
}

struct State {
    /// When each of those in use was given out, by a number.
    given: HashMap<u64, Instant>,
    next: u64,
    /// When somebody last had to wait.
    waited: Instant,
}

/// A connection in use. Dropping it gives it back.
pub(super) struct Taken {
    /// Until it is closed.
    client: Option<Object>,
    number: u64,
    connections: Arc<Connections>,
}

impl Taken {
    /// The connection itself.
    pub(super) fn client(&self) -> Option<&Client> {
        self.client.as_ref().map(|client| &***client)
    }

    /// Closes it instead of giving it back, whatever it is doing.
    pub(super) fn close(mut self) {
        if let Some(client) = self.client.take() {
            drop(Object::take(client));
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.connections.state().given.remove(&self.number);
    }
}

impl Connections {
    /// Those of a pool.
    pub(super) fn new(pool: Pool) -> Self {
        pool.resize(FEW);
        let state = State {
            given: HashMap::new(),
            next: 0,
            waited: Instant::now(),
        };
        Self {
            pool,
            state: Mutex::new(state),
        }
    }

    /// A connection. Waits while all are in use.
    pub(super) async fn take(self: Arc<Self>) -> Result<Taken, PoolError> {
        self.close_what_is_left();
        let client = self.client().await?;
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.given.insert(number, Instant::now());
        drop(state);
        Ok(Taken {
            client: Some(client),
            number,
            connections: self,
        })
    }

    async fn client(&self) -> Result<Object, PoolError> {
        let client = self.pool.get();
        tokio::pin!(client);
        loop {
            match tokio::time::timeout(LONG, &mut client).await {
                Ok(client) => return client,
                Err(_) => self.make_room(),
            }
        }
    }

    /// Makes room for as many as are held for long.
    fn make_room(&self) {
        let mut state = self.state();
        state.waited = Instant::now();
        let room = state.room();
        if room > self.pool.status().max_size {
            self.pool.resize(room);
        }
    }

    fn close_what_is_left(&self) {
        let state = self.state();
        if state.waited.elapsed() <= CALM {
            return;
        }
        let room = state.room();
        if room < self.pool.status().max_size {
            self.pool.resize(room);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn room(&self) -> usize {
        let for_long = self.given.values().filter(|at| at.elapsed() >= LONG);
        (FEW + for_long.count()).min(MOST)
    }
}
