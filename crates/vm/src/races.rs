//! Calls that lost a race: `Promise.race([tools.waitForEvent("answer"), tools.sleep("2h")])`.
//!
//! A call whose promise nothing can wait for any more counts no longer. A wait or a sleep is taken back as a cleared timer
//! is, so that it takes no event from the next wait; other calls were made to have an effect, and go on.
//!
//! Whenever a promise settles that others were to settle as well, those have lost. The engine keeps them, and looks at them when
//! the task waits: so a race costs the same however many calls are out. Whether a task still holds such a promise is seen from its
//! count; one that is held is looked at again whenever the task waits, until the task has let go of it. Garbage that refers to
//! itself may hold it too: then a collection tells, which costs as much as there is in memory. The first races in doubt are decided
//! so at once, later ones together. When that is must not depend on when garbage was collected otherwise, for a replay must find
//! the same.

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

/// Looks at what lost a race since the last time, and at what was held then.
pub(crate) fn withdraw_unseen(engine: &Engine) {
    if moot::is_quiet() {
        return;
    }
    let has_news = moot::has_news();
    let held = engine.enter(Memory::Engine, judge);
    if has_news && is_due(&arena::root().doubt, held) {
        engine.collect();
        let held = engine.enter(Memory::Engine, judge_all);
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

/// Does to each call that lost what comes of it; how many promises are newly in doubt.
pub(crate) fn judge(ctx: Ctx<'_>) -> u32 {
    moot::look(|number, sight| {
        if judge_one(ctx, number, sight).is_err() {
            drop(ctx.catch());
        }
    })
}

/// The same for all that are out.
fn judge_all(ctx: Ctx<'_>) -> u32 {
    for number in calls::outstanding(ctx) {
        match calls::resolve(ctx, number) {
            Ok(resolve) => moot::look_at(&resolve),
            Err(Thrown) => drop(ctx.catch()),
        }
    }
    judge(ctx)
}

fn judge_one(ctx: Ctx<'_>, number: u32, sight: Sight) -> Result<()> {
    if !calls::resolve(ctx, number)?.is_function() {
        return Ok(());
    }
    match sight {
        Sight::Aside => calls::set_aside(ctx, number),
        Sight::Unseen => calls::lose(ctx, number),
    }
}
