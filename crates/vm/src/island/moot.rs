//! Promises that no longer matter: see `engine/moot.patch`.

use std::{
    ffi::c_int,
    sync::atomic::{AtomicI32, Ordering::Relaxed},
};

use rquickjs::qjs;

use super::value::Value;

unsafe extern "C" {
    /// How many promises of `Promise.race` and the like have settled since this was set to zero.
    safe static tasker_races: AtomicI32;

    fn tasker_moot(context: *mut qjs::JSContext, resolve: qjs::JSValue) -> c_int;
}

/// Whether the task can still see a promise settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    Seen,
    /// Something holds it. That may be garbage which only a collection finds.
    Held,
    Unseen,
}

/// Whether a race has settled since the last time.
pub(crate) fn has_raced() -> bool {
    tasker_races.swap(0, Relaxed) != 0
}

/// Of the promise that this function of the engine's resolves; nothing but that function and its twin that rejects may be kept.
pub(crate) fn sight(resolve: &Value<'_>) -> Sight {
    // SAFETY: the engine is entered and the value is alive; of other values than these functions it says 0.
    match unsafe { tasker_moot(resolve.ctx().raw(), resolve.raw()) } {
        0 => Sight::Seen,
        1 => Sight::Unseen,
        _ => Sight::Held,
    }
}
