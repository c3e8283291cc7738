//! Statements that take long, for which a thread's other work should not wait.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::block_in_place;

use super::begins;

/// A statement that has taken so long is one that takes long, until it takes less than a quarter of it.
const LONG: Duration = Duration::from_millis(20);
/// How many are known at most.
const KNOWN: usize = 1_000;
/// Statements that may read or write everything begin with these.
const EVERYTHING: [&str; 4] = ["PRAGMA", "VACUUM", "ANALYZE", "REINDEX"];

/// The statements that took long.
#[derive(Default)]
pub(super) struct Slow {
    known: Mutex<HashSet<u64>>,
    count: AtomicUsize,
}

impl Slow {
    /// Runs a statement where it is, since most take less time than handing them to another thread; or, if it takes
    /// long, so that the thread's other work goes on elsewhere.
    pub(super) fn run<T>(&self, statement: &str, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let outcome = match self.takes_long(statement) {
            true => block_in_place(work),
            false => work(),
        };
        self.took(statement, begun.elapsed());
        outcome
    }

    fn takes_long(&self, statement: &str) -> bool {
        self.knows(statement) || EVERYTHING.iter().any(|word| begins(statement, word))
    }

    fn knows(&self, statement: &str) -> bool {
        self.count.load(Ordering::Relaxed) > 0 && self.known().contains(&hash(statement))
    }

    fn took(&self, statement: &str, time: Duration) {
        let is_known = self.knows(statement);
        if is_known == (time >= LONG) || is_known && time >= LONG / 4 {
            return;
        }
        let mut known = self.known();
        if known.len() >= KNOWN {
            known.clear();
        }
        match is_known {
            true => known.remove(&hash(statement)),
            false => known.insert(hash(statement)),
        };
        self.count.store(known.len(), Ordering::Relaxed);
    }

    fn known(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn hash(statement: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    statement.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_long_is_known_until_it_takes_much_less() {
        let slow = Slow::default();
        slow.took("SELECT 1", LONG / 2);
        assert!(!slow.takes_long("SELECT 1"));
        slow.took("SELECT 1", LONG);
        assert!(slow.takes_long("SELECT 1"));
        assert!(!slow.takes_long("SELECT 2"));
        slow.took("SELECT 1", LONG / 2);
        assert!(slow.takes_long("SELECT 1"));
        slow.took("SELECT 1", LONG / 8);
        assert!(!slow.takes_long("SELECT 1"));

        assert!(slow.takes_long("  vacuum;"));
        assert!(slow.takes_long("PRAGMA quick_check(1)"));
        assert!(!slow.takes_long("SELECT 'PRAGMA'"));
    }

    #[test]
    fn only_so_many_are_known() {
        let slow = Slow::default();
        for number in 0..2 * KNOWN {
            slow.took(&format!("SELECT {number}"), LONG);
        }
        assert!(slow.known().len() <= KNOWN);
        assert!(slow.takes_long(&format!("SELECT {}", 2 * KNOWN - 1)));
    }
}
