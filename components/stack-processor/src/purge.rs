//! Removing what is no longer kept, within bounds.

use std::time::{Duration, Instant};

use tasker_host::{HostStore, time};
use tasker_store::{Purge, Result, Retention};

/// How many runs are removed in one transaction: others can write between two of them.
const BATCH: u32 = 100;

/// How long a sweep removes batch after batch: two fifths of the time between two sweeps, so that runs are removed
/// faster than they can be made.
const TIME: Duration = Duration::from_secs(2);

/// The most pages that a sweep gives back to the disk, and how many in one transaction.
const PAGES: u32 = 4_096;
const PAGES_AT_ONCE: u32 = 256;

/// Removes runs as long as there are more and time is left; answers how many were removed.
pub(crate) fn all(store: &HostStore, retention: &Retention) -> Result<u32> {
    let begun = Instant::now();
    let mut gone = 0_u32;
    loop {
        let purged = store.purge(retention, BATCH, time::now_ms())?;
        gone = gone.saturating_add(purged.runs);
        if !purged.more || begun.elapsed() >= TIME {
            return Ok(gone);
        }
    }
}

/// Gives freed room back to the disk. That needs some room itself: without any, the next sweep tries again.
pub(crate) fn shrink(store: &HostStore) -> Result<()> {
    for _ in 0..PAGES / PAGES_AT_ONCE {
        if store.shrink(PAGES_AT_ONCE)? < PAGES_AT_ONCE {
            break;
        }
    }
    Ok(())
}
