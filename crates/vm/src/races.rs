//! Calls that lost a race: `Promise.race([tools.waitForEvent("answer"), tools.sleep("2h")])`.
//!
//! A call whose promise nothing can wait for any more counts no longer. A wait or a sleep is taken back as a cleared timer
//! is, so that it takes no event from the next wait; other calls were made to have an effect, and go on.

use crate::{
    calls,
    island::{
        moot::{self, Sight},
        value::Ctx,
    },
};

/// Does so for all calls that are out; the last one that would be of no use either, but for what holds it.
pub(crate) fn withdraw_unseen(ctx: Ctx<'_>) -> Option<u32> {
    let mut held = None;
    for number in calls::outstanding(ctx) {
        let Ok(resolve) = calls::resolve(ctx, number) else {
            continue;
        };
        match moot::sight(&resolve) {
            Sight::Seen => {}
            Sight::Held => held = Some(number),
            Sight::Unseen => {
                drop(resolve);
                if calls::lose(ctx, number).is_err() {
                    ctx.catch();
                }
            }
        }
    }
    held
}
