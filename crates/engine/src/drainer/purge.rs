//! Removing what is no longer kept, within bounds.

use std::time::Duration;

use tasker_store::{Purge, Result, Retention};
use tasker_world::World;

/// How many runs are removed in one transaction: others can write between two of them.
const BATCH: u32 = 100;

/// How long a sweep removes batch after batch: two fifths of the time between two sweeps, so that runs are removed
/// faster than they can be made.
const TIME: Duration = Duration::from_secs(2);

/// The most pages that a sweep gives back to the disk, and how many in one transaction.
const PAGES: u32 = 4_096;
const PAGES_AT_ONCE: u32 = 256;

/// Removes runs as long as there are more and time is left; answers how many were removed.
pub(crate) fn all<W: World>(world: &W, store: &W::Store, retention: &Retention) -> Result<u32> {
    let begun = world.now();
    let mut gone = 0_u32;
    loop {
        let purged = store.purge(retention, BATCH, world.now_ms())?;
        gone = gone.saturating_add(purged.runs);
        if !purged.more || world.since(begun) >= TIME {
            return Ok(gone);
        }
    }
}

/// Gives freed room back to the disk. That needs some room itself: without any, the next sweep tries again.
pub(crate) fn shrink(store: &impl Purge) -> Result<()> {
    for _ in 0..PAGES / PAGES_AT_ONCE {
        if store.shrink(PAGES_AT_ONCE)? < PAGES_AT_ONCE {
            break;
        }
    }
    Ok(())
}
