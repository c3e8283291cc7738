//! The class of what `setTimeout` gives: an object that keeps one value which no task can get hold of.

use rquickjs::qjs;

use super::{
    arena, kept,
    value::{Ctx, Result, Slot, Value},
};

/// Registers the class; `None` without memory for it.
///
/// # Safety
/// `runtime` is alive and new.
pub(super) unsafe fn register(runtime: *mut qjs::JSRuntime) -> Option<u32> {
    // SAFETY: as said by the caller; nothing is exotic.
    unsafe { kept::register(runtime, c"Timeout", None, std::ptr::null()) }
}

/// Makes an object of the class that keeps `state`.
pub(crate) fn new<'js>(ctx: Ctx<'js>, state: Value<'js>) -> Result<Value<'js>> {
    let class = arena::root().timeout_class.get();
    let prototype = ctx.slot(Slot::Timeout);
    // SAFETY: the object is new and of the class.
    unsafe {
        let timeout = ctx.own(qjs::JS_NewObjectProtoClass(
            ctx.raw(),
            prototype.raw(),
            class,
        ))?;
        kept::put(&timeout, state)?;
        Ok(timeout)
    }
}

/// What an object of the class keeps; `None` for all other values.
pub(crate) fn state<'js>(value: &Value<'js>) -> Option<Value<'js>> {
    // SAFETY: the class was registered so.
    unsafe { kept::state(value, arena::root().timeout_class.get()) }
}
