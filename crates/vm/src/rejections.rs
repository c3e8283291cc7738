//! Promises that were rejected and that nobody handles.

use crate::{
    format,
    island::{
        host,
        keys::own_keys,
        value::{Ctx, Promise, Result, Slot, Thrown, Value, Visible},
    },
};

/// The engine's report: `promise` was rejected without a handler, or has one now.
pub(crate) fn note<'js>(ctx: Ctx<'js>, promise: &Value<'js>, handled: bool) {
    if let Some(host) = host::current().filter(|_| !handled) {
        host.unhandled.set(host.unhandled.get() + 1);
    }
    if update(ctx, promise, handled).is_err() {
        ctx.catch();
    }
}

fn update<'js>(ctx: Ctx<'js>, promise: &Value<'js>, handled: bool) -> Result<()> {
    let table = ctx.slot(Slot::Unhandled);
    let key = format!("p{:x}", promise.address());
    if handled {
        table.delete(&key)
    } else {
        table.define(&key, promise.clone(), Visible::Yes)
    }
}

/// What the first of them was rejected with, for people.
pub(crate) fn first(ctx: Ctx<'_>) -> Option<String> {
    let table = ctx.slot(Slot::Unhandled);
    let promise = own_keys(&table, true)
        .and_then(|keys| keys.first().map(|key| table.get_key(key)).transpose());
    match promise {
        Ok(Some(promise)) => match promise.promise()? {
            Promise::Rejected(reason) => Some(format::headline(&reason)),
            _ => None,
        },
        Ok(None) => None,
        Err(Thrown) => {
            ctx.catch();
            None
        }
    }
}
