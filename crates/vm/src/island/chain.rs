//! The class behind the chains of fluent services: an object that keeps one value which no task can
//! get hold of, and whose properties and calls are ours.

use rquickjs::qjs;

use super::{
    arena,
    keys::Key,
    native::{Args, give, values},
    tool::{define_own_property, set_property},
    value::{Ctx, Kind, Result, Thrown, Value},
};
use crate::chains;

/// The table of special property access. Mutable by C's signature alone: the engine only reads it.
struct Exotic(qjs::JSClassExoticMethods);

// SAFETY: never written.
unsafe impl Sync for Exotic {}

static EXOTIC: Exotic = Exotic(qjs::JSClassExoticMethods {
    get_own_property: None,
    get_own_property_names: None,
    delete_property: None,
    define_own_property: Some(define_own_property),
    has_property: None,
    get_property: Some(get_property),
    set_property: Some(set_property),
});

/// Registers the class; `None` without memory for it.
///
/// # Safety
/// `runtime` is alive and new.
pub(super) unsafe fn register(runtime: *mut qjs::JSRuntime) -> Option<u32> {
    let mut class = 0;
    let definition = qjs::JSClassDef {
        class_name: c"Chain".as_ptr(),
        finalizer: Some(finalize),
        gc_mark: Some(mark),
        call: Some(call),
        exotic: (&raw const EXOTIC.0).cast_mut(),
    };
    // SAFETY: the definition is copied; the exotic table is static and only read.
    unsafe {
        qjs::JS_NewClassID(runtime, &mut class);
        (qjs::JS_NewClass(runtime, class, &definition) == 0).then_some(class)
    }
}

/// Makes an object of the class that keeps `state`.
pub(crate) fn new<'js>(ctx: Ctx<'js>, state: Value<'js>) -> Result<Value<'js>> {
    let class = arena::root().chain_class.get();
    // SAFETY: the opaque block holds a value with its count, and belongs to the object, whose
    // finalizer frees both.
    unsafe {
        let chain = ctx.own(qjs::JS_NewObjectProtoClass(ctx.raw(), qjs::JS_NULL, class))?;
        let block =
            qjs::js_malloc(ctx.raw(), size_of::<qjs::JSValue>() as _).cast::<qjs::JSValue>();
        if block.is_null() {
            return Err(Thrown);
        }
        block.write(state.into_raw());
        qjs::JS_SetOpaque(chain.raw(), block.cast());
        Ok(chain)
    }
}

/// The block of an object of our class: what `new` put there, or null before that.
///
/// # Safety
/// `object` is alive or being finalized.
unsafe fn block(object: qjs::JSValue) -> *mut qjs::JSValue {
    // SAFETY: the call compares the class first.
    unsafe { qjs::JS_GetOpaque(object, arena::root().chain_class.get()).cast() }
}

impl<'js> Value<'js> {
    /// What an object of the class keeps; `None` for all other values.
    pub(crate) fn chain_state(&self) -> Option<Value<'js>> {
        if !self.is_object() {
            return None;
        }
        // SAFETY: alive; the block holds a live value.
        unsafe {
            let block = block(self.raw());
            (!block.is_null()).then(|| self.ctx().borrow(*block))
        }
    }
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

unsafe extern "C" fn get_property(
    ctx: *mut qjs::JSContext,
    object: qjs::JSValue,
    name: qjs::JSAtom,
    _receiver: qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: the engine is entered; object and atom are alive, and the atom gets a count here.
    unsafe {
        let Some(ctx) = Ctx::from_raw(ctx) else {
            return qjs::JS_UNDEFINED;
        };
        let key = Key::own(ctx, qjs::JS_DupAtom(ctx.raw(), name));
        let chain = ctx.borrow(object);
        give(
            key.value()
                .and_then(|value| match (value.kind(), key.text()) {
                    (Kind::Symbol, _) | (_, None) => Ok(ctx.undefined()),
                    (_, Some(name)) => chains::property(ctx, &chain, &name),
                }),
        )
    }
}

unsafe extern "C" fn call(
    ctx: *mut qjs::JSContext,
    object: qjs::JSValue,
    this: qjs::JSValue,
    argc: qjs::c_int,
    argv: *mut qjs::JSValue,
    _flags: qjs::c_int,
) -> qjs::JSValue {
    // SAFETY: the engine is entered; object and arguments are alive.
    unsafe {
        let Some(ctx) = Ctx::from_raw(ctx) else {
            return qjs::JS_UNDEFINED;
        };
        let args = Args::from_raw(ctx, this, values(argv, argc), &[]);
        give(chains::call(ctx, &ctx.borrow(object), &args))
    }
}
