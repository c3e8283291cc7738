//! How many clients are let in.
//!
//! Instances are few, and what clients ask for needs more of them: the parts of the application call each other. So clients get
//! a part of them only, and those that just wait for something to happen a part of that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderMap, Uri, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections that are open at once, if the process may have so many files.
const CONNECTIONS: usize = 10_000;

/// And how many more are asked to come again, before any more are just ended.
const TURNED_AWAY: usize = 64;

/// Lets clients in.
pub(crate) struct Door {
    connections: AtomicUsize,
    requests: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    turned_away: Arc<Semaphore>,
}

/// A connection, until this is dropped.
pub(crate) struct Connected(Arc<Door>);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A request that was let in, until this is dropped.
pub(crate) struct Entered {
    _request: OwnedSemaphorePermit,
    _waiting: Option<OwnedSemaphorePermit>,
}

impl Door {
    /// A door for so many requests at once; one in eight places is kept for those that do not wait.
    pub(crate) fn new(requests: usize) -> Self {
        let semaphore =
            |places: usize| Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Self {
            connections: AtomicUsize::new(0),
            requests: semaphore(requests),
            waiting: semaphore(requests - requests.div_ceil(8)),
            turned_away: semaphore(TURNED_AWAY),
        }
    }

    /// Counts a connection, unless there are too many: half of the process's files are for other things.
    pub(crate) fn connect(self: &Arc<Self>) -> Option<Connected> {
        let most = most_files().map_or(CONNECTIONS, |files| CONNECTIONS.min(files / 2));
        let before = self.connections.fetch_add(1, Ordering::Relaxed);
        let connected = Connected(self.clone());
        (before < most).then_some(connected)
    }

    /// Room to tell a client that there are too many.
    pub(crate) fn turn_away(&self) -> Option<OwnedSemaphorePermit> {
        self.turned_away.clone().try_acquire_owned().ok()
    }

    /// Lets a request in, if there is room.
    pub(crate) fn enter(&self, uri: &Uri, headers: &HeaderMap) -> Option<Entered> {
        let place = |semaphore: &Arc<Semaphore>| semaphore.clone().try_acquire_owned().ok();
        let waiting = match waits(uri, headers) {
            true => Some(place(&self.waiting)?),
            false => None,
        };
        Some(Entered {
            _request: place(&self.requests)?,
            _waiting: waiting,
        })
    }
}

/// Whether a request may take long because it waits for something: by its query, or because it asks for a stream of events.
fn waits(uri: &Uri, headers: &HeaderMap) -> bool {
    let query = uri.query().unwrap_or_default();
    let accept = headers.get_all(header::ACCEPT).iter();
    query.split('&').any(|pair| pair.starts_with("wait="))
        || accept
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.contains("text/event-stream"))
}

/// How many files the process may have now: somebody may change it while it runs.
#[cfg(unix)]
fn most_files() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current.and_then(|files| usize::try_from(files).ok())
}

#[cfg(not(unix))]
fn most_files() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_wait_leave_room_for_those_that_do_not() {
        let door = Door::new(8);
        let enter = |uri: &'static str, accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            door.enter(&Uri::from_static(uri), &headers)
        };
        let waiting: Vec<_> = (0..9)
            .filter_map(|number| match number % 2 {
                0 => enter("/runs/1?x=1&wait=20", "*/*"),
                _ => enter("/runs/1/events", "text/event-stream"),
            })
            .collect();
        assert_eq!(waiting.len(), 7);
        let short = enter("/health?await=1", "*/*").expect("a place is left");
        assert!(enter("/health", "*/*").is_none());
        drop(short);
        assert!(enter("/health", "*/*").is_some());
        drop(waiting);
        assert!(enter("/runs/1?wait=20", "*/*").is_some());
    }

    #[test]
    fn connections_are_counted_while_they_are_open() {
        let door = Arc::new(Door::new(1));
        let open: Vec<_> = (0..4).map(|_| door.connect().unwrap()).collect();
        assert_eq!(door.connections.load(Ordering::Relaxed), 4);
        drop(open);
        assert_eq!(door.connections.load(Ordering::Relaxed), 0);
        door.connections.store(CONNECTIONS, Ordering::Relaxed);
        assert!(door.connect().is_none());
        assert_eq!(door.connections.load(Ordering::Relaxed), CONNECTIONS);
    }
}
