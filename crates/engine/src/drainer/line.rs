//! The line in front of the drainers' slots. A drainer hands over to its own node, so a node that has none stands in
//! line while all slots are taken: no node stays idle while others are busy.

use std::time::Duration;

use tasker_store::prelude::*;
use tasker_store::{Result, Shared, SharedKey};
use tasker_world::World;

use super::drain::SLOT_MS;

/// A drainer stands in line by holding the right to make a shared value that nobody makes.
const LINE: SharedKey<'_> = SharedKey {
    service: "drain",
    key: "line",
};

/// A drainer that stands in line says so again and asks for a slot this often.
const ASK_AGAIN: Duration = Duration::from_millis(100);
const IN_LINE_MS: i64 = 300;

/// How long a drainer whose time is up leaves its slot free if anybody stands in line.
const MAKE_WAY: Duration = Duration::from_millis(200);

/// Takes a slot as soon as one is free, or gives up after a time.
pub(crate) async fn slot<W: World>(
    world: &W,
    store: &W::Store,
    slots: u32,
    token: &str,
    patience: Duration,
) -> Result<Option<u32>> {
    // A database in a file has one node.
    let patience = if world.shares_store() {
        patience
    } else {
        Duration::ZERO
    };
    let give_up = world.now() + patience;
    loop {
        let now = world.now_ms();
        let slot = store.take_slot(slots, token, now + SLOT_MS, now)?;
        if slot.is_some() || world.now() >= give_up {
            return Ok(slot);
        }
        store.shared(LINE, token, now + IN_LINE_MS, now)?;
        world.sleep(ASK_AGAIN).await;
    }
}

/// Gives the drainer that stands in line time to take the slot that was freed.
pub(crate) async fn make_way<W: World>(world: &W, store: &W::Store, token: &str) -> Result<()> {
    if !world.shares_store() {
        return Ok(());
    }
    let now = world.now_ms();
    if let Shared::Wait { .. } = store.shared(LINE, token, now, now)? {
        world.sleep(MAKE_WAY).await;
    }
    Ok(())
}
