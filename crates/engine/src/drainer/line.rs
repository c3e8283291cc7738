//! The line in front of the drainers' slots. A drainer hands over to its own node, so a node that has none stands in
//! line while all slots are taken: no node stays idle while others are busy.

use std::time::Duration;

use tasker_store::prelude::*;
use tasker_store::{DRAINER, LeaseOutcome, NewLease, Result};
use tasker_world::World;

use super::drain::SLOT_MS;

/// The lease of who stands in line.
const LINE: &str = "line";

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
        let slot = NewLease {
            name: DRAINER,
            at_once: slots,
            token,
            expires_at: now + SLOT_MS,
        };
        if let LeaseOutcome::Taken(slot) = store.take_lease(&slot, now)? {
            return Ok(Some(slot));
        }
        if world.now() >= give_up {
            return Ok(None);
        }
        store.take_lease(&in_line(token, now + IN_LINE_MS), now)?;
        world.sleep(ASK_AGAIN).await;
    }
}

/// Gives the drainer that stands in line time to take the slot that was freed.
pub(crate) async fn make_way<W: World>(world: &W, store: &W::Store, token: &str) -> Result<()> {
    if !world.shares_store() {
        return Ok(());
    }
    let now = world.now_ms();
    if let LeaseOutcome::HeldUntil(_) = store.take_lease(&in_line(token, now), now)? {
        world.sleep(MAKE_WAY).await;
    }
    Ok(())
}

fn in_line(token: &str, expires_at: i64) -> NewLease<'_> {
    NewLease {
        name: LINE,
        at_once: 1,
        token,
        expires_at,
    }
}
