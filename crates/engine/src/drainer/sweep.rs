//! Sweeping: putting right what lost workers left behind, firing schedules, and removing what is no longer kept.

use tasker_domain::figures::Metric;
use tasker_domain::retry;
use tasker_domain::wire::SweepReply;
use tasker_store::SweepTerms;
use tasker_store::prelude::*;
use tasker_world::{World, warn};

use super::drain::{self, WhenSlotsTaken};
use super::keep::{self, WhenInLine};
use super::settings::{self, RetentionSettings};
use super::{Error, fire, purge, work};

/// The most rows that one sweep repairs; the next sweep continues.
const SWEEP_BATCH: u32 = 200;

/// The next sweep comes within this time.
const NEXT_SWEEP_MS: i64 = 6_000;

/// Sweeps once, and fires the schedules that are due.
///
/// # Errors
/// If the store fails or a setting cannot be used.
pub fn sweep<W: World>(world: &W, store: &W::Store) -> Result<SweepReply, Error> {
    let grace_ms = settings::grace_ms(world)?;
    let terms = SweepTerms {
        max_attempts: retry::EXECUTOR_ATTEMPTS,
        limit: SWEEP_BATCH,
        grace_ms,
    };
    let now = world.now_ms();
    let report = store.sweep(&terms, now)?;
    let scheduled = match report.schedules_due {
        true => fire::due_now(world, store, grace_ms)?,
        false => 0,
    };
    let purged = match RetentionSettings::read(world)?.retention(&report, now) {
        Some(retention) => purge::all(world, store, &retention)?,
        None => 0,
    };
    if let Err(failure) = purge::shrink(store) {
        world.log(warn(format!("giving room back: {failure}")));
    }
    for (metric, times) in [
        (Metric::Sweep, 1),
        (Metric::LeaseLost, report.reclaimed + report.failed),
        (Metric::GivenUp, report.failed),
        (Metric::Woken, report.woken),
    ] {
        world.count(metric, "", u64::from(times));
    }
    world.store_figures(store);
    Ok(SweepReply {
        reclaimed: report.reclaimed,
        failed: report.failed,
        woken: report.woken,
        expired: report.expired,
        due: report.due,
        scheduled,
        purged,
    })
}

/// Sees to what is due now or before the next sweep, once the sweep is answered: a drainer stays for it, and delivers
/// webhooks before it ends.
pub async fn after_sweep<W: World>(world: &W, store: &W::Store, swept: &SweepReply) {
    drain::tell(world, store).await;
    if swept.due > 0 || swept.scheduled > 0 {
        work(world, store, WhenSlotsTaken::StandInLine, None).await;
    } else if is_due_soon(world, store) {
        work(world, store, WhenSlotsTaken::Leave, None).await;
    }
    keep::ensure(world, store, WhenInLine::Return).await;
}

fn is_due_soon<W: World>(world: &W, store: &W::Store) -> bool {
    let next = store.next_due();
    matches!(next, Ok(Some(due)) if due <= world.now_ms() + NEXT_SWEEP_MS)
}
