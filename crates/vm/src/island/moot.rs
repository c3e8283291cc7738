//! Promises that have lost a race, and whether the task can see them settle: see `engine/moot.patch`.

use std::ffi::c_int;

use rquickjs::qjs;

use super::{arena, value::Value};

unsafe extern "C" {
    fn tasker_is_of_call(resolve: qjs::JSValue, call: i32, never_fails: c_int);

    fn tasker_look_at(runtime: *mut qjs::JSRuntime, resolve: qjs::JSValue);

    fn tasker_nothing_lost(runtime: *mut qjs::JSRuntime) -> c_int;

    fn tasker_news_lost(runtime: *mut qjs::JSRuntime) -> c_int;

    fn tasker_begin_look(runtime: *mut qjs::JSRuntime);

    fn tasker_next_lost(runtime: *mut qjs::JSRuntime, sight: *mut c_int) -> i32;

    fn tasker_newly_held(runtime: *mut qjs::JSRuntime) -> u32;
}

/// How the task still sees the promise of a call settle that has lost a race.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    Unseen,
    /// Code of its own runs then, for what that does besides: the outcome has lost a race.
    Aside,
}

fn runtime() -> *mut qjs::JSRuntime {
    arena::root().runtime.get()
}

/// The promise that this function of the engine's resolves is that of a call, which may be one that never fails while the task
/// goes on.
pub(crate) fn is_of_call(resolve: &Value<'_>, number: u32, never_fails: bool) {
    // SAFETY: the value is alive; to other values than these functions nothing is done.
    unsafe { tasker_is_of_call(resolve.raw(), number as i32, never_fails.into()) }
}

/// Has the promise looked at that this function of the engine's resolves.
pub(crate) fn look_at(resolve: &Value<'_>) {
    // SAFETY: the engine is entered and the value is alive; to other values than these functions nothing is done.
    unsafe { tasker_look_at(runtime(), resolve.raw()) }
}

/// Whether no promise has lost a race, or was held when it had.
pub(crate) fn is_quiet() -> bool {
    // SAFETY: the engine is booted; the call only looks.
    unsafe { tasker_nothing_lost(runtime()) != 0 }
}

/// Whether a promise has lost a race since the last look.
pub(crate) fn has_news() -> bool {
    // SAFETY: as for `is_quiet`.
    unsafe { tasker_news_lost(runtime()) != 0 }
}

/// Looks at the promises that have lost a race since the last look and at some that were held then, and tells of the calls that
/// are seen less than they were; a call may be out no longer. How many promises something holds that were not known to be held:
/// it may be garbage, which only a collection finds.
pub(crate) fn look(mut tell: impl FnMut(u32, Sight)) -> u32 {
    // SAFETY: the caller has entered the engine; while it looks no JavaScript runs, and what `tell` frees is taken out of the
    // engine's lists as it goes.
    unsafe {
        tasker_begin_look(runtime());
        loop {
            let mut sight = 0;
            let number = tasker_next_lost(runtime(), &raw mut sight);
            let Ok(number @ 1..) = u32::try_from(number) else {
                return tasker_newly_held(runtime());
            };
            let sight = match sight {
                0 => Sight::Unseen,
                _ => Sight::Aside,
            };
            tell(number, sight);
        }
    }
}
