//! Calls that lost a race: `Promise.race([tools.waitForEvent("answer"), tools.sleep("2h")])`.
//!
//! A call whose promise nothing can wait for any more counts no longer. A wait or a sleep is taken back as a cleared timer
//! is, so that it takes no event from the next wait; other calls were made to have an effect, and go on.
//!
//! The engine names the calls behind a race that has settled, so that a race costs the same however many others are out. Whether
//! a task still holds such a call is seen from its count, unless garbage holds it: then a collection tells, which costs as much as
//! there is in memory. The first races in doubt are decided at once, later ones together. When that is must not depend on when
//! garbage was collected otherwise, for a replay must find the same.

use crate::{
    calls,
    island::{
        arena::{self, Doubt},
        engine::{Engine, Memory},
        moot::{self, Sight},
        value::{Ctx, Result, Thrown},
    },
};

/// So many looks for garbage are at once; then each waits for one race more than as many looks before it did.
const AT_ONCE: u32 = 64;

/// Looks at the calls that lost a race since the last time.
pub(crate) fn withdraw_unseen(engine: &Engine) {
    let suspects = moot::suspects();
    if suspects.is_empty() {
        return;
    }
    let held = engine.enter(Memory::Engine, |ctx| judge(ctx, suspects));
    if is_due(&arena::root().doubt, held) {
        engine.collect();
        let held = engine.enter(Memory::Engine, |ctx| judge(ctx, calls::outstanding(ctx)));
        let doubt = &arena::root().doubt;
        doubt.held.set(held);
        doubt.races.set(0);
        doubt.looks.set(doubt.looks.get().saturating_add(1));
    }
}

/// Whether to look which of the calls in doubt are garbage's; `held`: how many are new.
fn is_due(doubt: &Doubt, held: u32) -> bool {
    if held == 0 && doubt.held.get() == 0 {
        return false;
    }
    let races = doubt.races.get().saturating_add(1);
    doubt.races.set(races);
    races > doubt.held.get().max(doubt.looks.get() / AT_ONCE)
}

/// Does to each call what comes of its race; how many are in doubt.
fn judge(ctx: Ctx<'_>, numbers: Vec<u32>) -> u32 {
    let mut held = 0;
    for number in numbers {
        match judge_one(ctx, number) {
            Ok(Sight::Held) => held += 1,
            Ok(_) => {}
            Err(Thrown) => drop(ctx.catch()),
        }
    }
    held
}

fn judge_one(ctx: Ctx<'_>, number: u32) -> Result<Sight> {
    let resolve = calls::resolve(ctx, number)?;
    let sight = moot::sight(&resolve);
    drop(resolve);
    match sight {
        Sight::Seen | Sight::Held => {}
        Sight::Aside => calls::set_aside(ctx, number)?,
        Sight::Unseen => calls::lose(ctx, number)?,
    }
    Ok(sight)
}
