//! `tools.progress(value)`: how far the run is. No call: nothing is waited for, and nothing is journaled.

use tasker_domain::{PROGRESS_MAX_BYTES, Progress};

use crate::{
    convert::{self, Source},
    island::{
        arena, host,
        native::Args,
        value::{Ctx, Result, Value},
    },
    timers,
};

/// Keeps what is said for the next commit; the newest counts.
pub(crate) fn call<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let value = convert::to_json(ctx, Source::Progress(args.get(0)), PROGRESS_MAX_BYTES)?;
    let number = arena::root().progress.get().saturating_add(1);
    arena::root().progress.set(number);
    if let Some(host) = host::current() {
        host.progress.replace(Some(Progress {
            number,
            at: timers::now_ms(),
            value,
        }));
    }
    Ok(ctx.undefined())
}
