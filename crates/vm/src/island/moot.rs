//! Promises that no longer matter: see `engine/moot.patch`.

use std::{cell::RefCell, ffi::c_int, mem};

use rquickjs::qjs;

use super::value::Value;

unsafe extern "C" {
    fn tasker_is_of_call(resolve: qjs::JSValue, call: i32);

    fn tasker_moot(resolve: qjs::JSValue) -> c_int;
}

thread_local! {
    static SUSPECTS: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// Whether the task can still see a promise settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    Seen,
    /// Code of its own runs then, for what that does besides: the outcome has lost a race.
    Aside,
    /// Something holds it. That may be garbage which only a collection finds.
    Held,
    Unseen,
}

/// The engine tells of a call, at most once until it was looked at, so that these are no more than are out.
#[unsafe(no_mangle)]
extern "C" fn tasker_suspect(call: i32) {
    SUSPECTS.with_borrow_mut(|calls| calls.extend(u32::try_from(call)));
}

/// The calls that have lost a race since the last time.
pub(crate) fn suspects() -> Vec<u32> {
    SUSPECTS.with_borrow_mut(mem::take)
}

pub(super) fn forget() {
    SUSPECTS.with_borrow_mut(Vec::clear);
}

/// The promise that this function of the engine's resolves is that of a call.
pub(crate) fn is_of_call(resolve: &Value<'_>, number: u32) {
    // SAFETY: the value is alive; to other values than these functions nothing is done.
    unsafe { tasker_is_of_call(resolve.raw(), number as i32) }
}

/// Of the promise that this function of the engine's resolves; nothing but that function and its twin that rejects may be kept.
pub(crate) fn sight(resolve: &Value<'_>) -> Sight {
    // SAFETY: the value is alive; of other values than these functions it says 0.
    match unsafe { tasker_moot(resolve.raw()) } {
        0 => Sight::Seen,
        1 => Sight::Unseen,
        2 => Sight::Held,
        _ => Sight::Aside,
    }
}
