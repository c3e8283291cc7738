//! The line in front of the drainers' slots. A drainer hands over to its own node, so a node that has none stands in
//! line while all slots are taken: no node stays idle while others are busy.

use std::time::{Duration, Instant};

use tasker_host::{HostStore, time};
use tasker_store::prelude::*;
use tasker_store::{AnyStore, Result, Shared, SharedKey};

use crate::drain::SLOT_MS;

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
pub(crate) async fn slot(
    store: &HostStore,
    slots: u32,
    token: &str,
    patience: Duration,
) -> Result<Option<u32>> {
    // A database in a file has one node.
    let patience = if is_shared(store) {
        patience
    } else {
        Duration::ZERO
    };
    let give_up = Instant::now() + patience;
    loop {
        let now = time::now_ms();
        let slot = store.take_slot(slots, token, now + SLOT_MS, now)?;
        if slot.is_some() || Instant::now() >= give_up {
            return Ok(slot);
        }
        store.shared(LINE, token, now + IN_LINE_MS, now)?;
        time::sleep(ASK_AGAIN).await;
    }
}

/// Gives the drainer that stands in line time to take the slot that was freed.
pub(crate) async fn make_way(store: &HostStore, token: &str) -> Result<()> {
    if !is_shared(store) {
        return Ok(());
    }
    let now = time::now_ms();
    if let Shared::Wait { .. } = store.shared(LINE, token, now, now)? {
        time::sleep(MAKE_WAY).await;
    }
    Ok(())
}

/// Whether other nodes may use the store.
fn is_shared(store: &HostStore) -> bool {
    matches!(store, AnyStore::Postgres(_))
}
