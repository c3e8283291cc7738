//! Objects that keep one value which no task can get hold of: chains and timers have such classes.

use std::ffi::CStr;

use rquickjs::qjs;

use super::value::{Result, Thrown, Value};

/// Registers a class of such objects; `None` without memory for it.
///
/// # Safety
/// `runtime` is alive and new, and what `exotic` points to is static and only read.
pub(super) unsafe fn register(
    runtime: *mut qjs::JSRuntime,
    name: &CStr,
    call: qjs::JSClassCall,
    exotic: *const qjs::JSClassExoticMethods,
) -> Option<u32> {
    let mut class = 0;
    let definition = qjs::JSClassDef {
        class_name: name.as_ptr(),
        finalizer: Some(finalize),
        gc_mark: Some(mark),
        call,
        exotic: exotic.cast_mut(),
    };
    // SAFETY: the definition is copied.
    unsafe {
        qjs::JS_NewClassID(runtime, &mut class);
        (qjs::JS_NewClass(runtime, class, &definition) == 0).then_some(class)
    }
}

/// Has a new object of such a class keep `state`.
///
/// # Safety
/// `object` is of such a class, and keeps nothing yet.
pub(super) unsafe fn put<'js>(object: &Value<'js>, state: Value<'js>) -> Result<()> {
    // SAFETY: the opaque block holds a value with its count, and belongs to the object, whose
    // finalizer frees both.
    unsafe {
        let block = qjs::js_malloc(object.ctx().raw(), size_of::<qjs::JSValue>() as _)
            .cast::<qjs::JSValue>();
        if block.is_null() {
            return Err(Thrown);
        }
        block.write(state.into_raw());
        qjs::JS_SetOpaque(object.raw(), block.cast());
        Ok(())
    }
}

/// What an object of `class` keeps; `None` for all other values.
///
/// # Safety
/// `class` is such a class.
pub(super) unsafe fn state<'js>(value: &Value<'js>, class: u32) -> Option<Value<'js>> {
    if !value.is_object() {
        return None;
    }
    // SAFETY: alive, and the call compares the class first; the block holds a live value.
    unsafe {
        let block = qjs::JS_GetOpaque(value.raw(), class).cast::<qjs::JSValue>();
        (!block.is_null()).then(|| value.ctx().borrow(*block))
    }
}

/// The block of an object of such a class: what `put` gave it, or null before that.
///
/// # Safety
/// `object` is alive or being finalized, and of such a class.
unsafe fn block(object: qjs::JSValue) -> *mut qjs::JSValue {
    let mut class = 0;
    // SAFETY: only the object is read.
    unsafe { qjs::JS_GetAnyOpaque(object, &mut class).cast() }
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
