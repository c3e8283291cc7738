//! The class of what `setTimeout` gives: an object that keeps one value which no task can get hold of.

use rquickjs::qjs;

use super::{
    arena,
    value::{Ctx, Result, Slot, Thrown, Value},
};

/// Registers the class; `None` without memory for it.
///
/// # Safety
/// `runtime` is alive and new.
pub(super) unsafe fn register(runtime: *mut qjs::JSRuntime) -> Option<u32> {
    let mut class = 0;
    let definition = qjs::JSClassDef {
        class_name: c"Timeout".as_ptr(),
        finalizer: Some(finalize),
        gc_mark: Some(mark),
        call: None,
        exotic: std::ptr::null_mut(),
    };
    // SAFETY: the definition is copied.
    unsafe {
        qjs::JS_NewClassID(runtime, &mut class);
        (qjs::JS_NewClass(runtime, class, &definition) == 0).then_some(class)
    }
}

/// Makes an object of the class that keeps `state`.
pub(crate) fn new<'js>(ctx: Ctx<'js>, state: Value<'js>) -> Result<Value<'js>> {
    let class = arena::root().timeout_class.get();
    let prototype = ctx.slot(Slot::Timeout);
    // SAFETY: the opaque block holds a value with its count, and belongs to the object, whose
    // finalizer frees both.
    unsafe {
        let timeout = ctx.own(qjs::JS_NewObjectProtoClass(
            ctx.raw(),
            prototype.raw(),
            class,
        ))?;
        let block =
            qjs::js_malloc(ctx.raw(), size_of::<qjs::JSValue>() as _).cast::<qjs::JSValue>();
        if block.is_null() {
            return Err(Thrown);
        }
        block.write(state.into_raw());
        qjs::JS_SetOpaque(timeout.raw(), block.cast());
        Ok(timeout)
    }
}

/// What an object of the class keeps; `None` for all other values.
pub(crate) fn state<'js>(value: &Value<'js>) -> Option<Value<'js>> {
    if !value.is_object() {
        return None;
    }
    // SAFETY: alive; the block holds a live value.
    unsafe {
        let block = block(value.raw());
        (!block.is_null()).then(|| value.ctx().borrow(*block))
    }
}

/// The block of an object of our class: what `new` put there, or null before that.
///
/// # Safety
/// `object` is alive or being finalized.
unsafe fn block(object: qjs::JSValue) -> *mut qjs::JSValue {
    // SAFETY: the call compares the class first.
    unsafe { qjs::JS_GetOpaque(object, arena::root().timeout_class.get()).cast() }
}

unsafe extern "C" fn finalize(runtime: *mut qjs::JSRuntime, object: qjs::JSValue) {
    // SAFETY: the object dies now, and its block with it.
    unsafe {
        let block = block(object);
        if !block.is_null() {
            qjs::JS_FreeValueRT(runtime, *block);
            qjs::js_free_rt(runtime, block.cast());
        }
    }
}

unsafe extern "C" fn mark(
    runtime: *mut qjs::JSRuntime,
    object: qjs::JSValue,
    mark: qjs::JS_MarkFunc,
) {
    // SAFETY: the object is alive, and so is what it keeps.
    unsafe {
        let block = block(object);
        if !block.is_null() {
            qjs::JS_MarkValue(runtime, *block, mark);
        }
    }
}
