//! The class behind the chains of fluent services: an object that keeps one value which no task can
//! get hold of, and whose properties and calls are ours.

use rquickjs::qjs;

use super::{
    arena, kept,
    keys::Key,
    native::{Args, give, values},
    tool::{define_own_property, set_property},
    value::{Ctx, Kind, Result, Value},
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
    // SAFETY: as said by the caller; the exotic table is static and only read.
    unsafe { kept::register(runtime, c"Chain", Some(call), &raw const EXOTIC.0) }
}

/// Makes an object of the class that keeps `state`.
pub(crate) fn new<'js>(ctx: Ctx<'js>, state: Value<'js>) -> Result<Value<'js>> {
    let class = arena::root().chain_class.get();
    // SAFETY: the object is new and of the class.
    unsafe {
        let chain = ctx.own(qjs::JS_NewObjectProtoClass(ctx.raw(), qjs::JS_NULL, class))?;
        kept::put(&chain, state)?;
        Ok(chain)
    }
}

impl<'js> Value<'js> {
    /// What an object of the class keeps; `None` for all other values.
    pub(crate) fn chain_state(&self) -> Option<Value<'js>> {
        // SAFETY: the class was registered so.
        unsafe { kept::state(self, arena::root().chain_class.get()) }
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
