//! What a process prints, kept while it runs.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Lines from any number of streams, in the order in which they came.
#[derive(Clone, Default)]
pub(crate) struct Output(Arc<(Mutex<Kept>, Condvar)>);

#[derive(Default)]
struct Kept {
    text: String,
    open: usize,
}

impl Output {
    /// Keeps what comes from a stream, until it ends.
    pub(crate) fn follow(&self, stream: impl Read + Send + 'static) {
        self.lock().open += 1;
        let output = self.clone();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream
                .read_until(b'\n', &mut line)
                .is_ok_and(|read| read > 0)
            {
                output.change(|kept| kept.text.push_str(&String::from_utf8_lossy(&line)));
                line.clear();
            }
            output.change(|kept| kept.open -= 1);
        });
    }

    /// What has come so far.
    pub(crate) fn text(&self) -> String {
        self.lock().text.clone()
    }

    /// The first thing that `find` finds in the text. `None`: all streams have ended without it,
    /// or the time is up.
    pub(crate) fn find<T>(&self, limit: Duration, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + limit;
        let mut kept = self.lock();
        loop {
            if let Some(found) = find(&kept.text) {
                return Some(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if kept.open == 0 || left.is_zero() {
                return None;
            }
            kept = self
                .0
                .1
                .wait_timeout(kept, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    fn change(&self, change: impl FnOnce(&mut Kept)) {
        change(&mut self.lock());
        self.0.1.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
