//! A frame whose run is being stopped: it is told by the rejection of its calls.

use std::collections::BTreeMap;

use tasker_domain::{Call, Lease};
use tasker_store::Absorbed;
use tasker_store::prelude::*;
use tasker_world::World;

use super::error::Result;
use super::outstanding::Outstanding;

/// Rejects the calls that a live frame waits for and that have no row, with the reason of the stop: they settle in its journal, and
/// the frame then sees them as it sees any other. What its queued calls became is in the journal as well. Nothing is waited for any
/// more; what is under way may still do what it does.
pub(super) fn reject_calls<W: World>(
    world: &W,
    store: &W::Store,
    lease: Lease,
    outstanding: &mut Outstanding<W>,
    unsettled: &mut BTreeMap<u32, Call>,
) -> Result<Absorbed> {
    let abandoned = outstanding.abandon().into_iter();
    unsettled.extend(abandoned.map(|call| (call.number, call)));
    let without_row = unsettled
        .values()
        .filter(|call| !outstanding.has_row(call.number));
    let calls: Vec<Call> = without_row.cloned().collect();
    Ok(store.stop_calls(lease, &calls, world.now_ms())?)
}
