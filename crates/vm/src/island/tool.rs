//! The class behind `tools`: an object whose every property is another of its kind, one name further.
//! A class of the engine's own, not a `Proxy`: there is no handler for a task to get hold of.

use std::{ptr, slice};

use rquickjs::qjs;

use super::{
    arena,
    keys::Key,
    native::{Args, give, values},
    value::{Ctx, Kind, Result, Thrown, Value},
};
use crate::tools;

/// Names of a path are apart by this character.
pub(crate) const SEPARATOR: char = '\0';

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

/// True for the table of our class.
pub(super) fn is_exotic(table: *const qjs::JSClassExoticMethods) -> bool {
    ptr::eq(table, &raw const EXOTIC.0)
}

/// Registers the class; `None` without memory for it.
///
/// # Safety
/// `runtime` is alive and new.
pub(super) unsafe fn register(runtime: *mut qjs::JSRuntime) -> Option<u32> {
    let mut class = 0;
    let definition = qjs::JSClassDef {
        class_name: c"Tool".as_ptr(),
        finalizer: Some(finalize),
        gc_mark: None,
        call: Some(call),
        exotic: (&raw const EXOTIC.0).cast_mut(),
    };
    // SAFETY: the definition is copied; the exotic table is static and only read.
    unsafe {
        qjs::JS_NewClassID(runtime, &mut class);
        (qjs::JS_NewClass(runtime, class, &definition) == 0).then_some(class)
    }
}

/// Makes a tool for the names in `path`.
pub(crate) fn new<'js>(ctx: Ctx<'js>, path: &str) -> Result<Value<'js>> {
    let class = arena::root().tool_class.get();
    // SAFETY: the opaque block holds a length and that many bytes, and belongs to the object,
    // whose finalizer frees it.
    unsafe {
        let tool = ctx.own(qjs::JS_NewObjectProtoClass(ctx.raw(), qjs::JS_NULL, class))?;
        let block = qjs::js_malloc(ctx.raw(), (size_of::<u32>() + path.len()) as _).cast::<u8>();
        if block.is_null() {
            return Err(Thrown);
        }
        block.cast::<u32>().write(path.len() as u32);
        ptr::copy_nonoverlapping(path.as_ptr(), block.add(size_of::<u32>()), path.len());
        qjs::JS_SetOpaque(tool.raw(), block.cast());
        Ok(tool)
    }
}

/// # Safety
/// `object` is alive.
unsafe fn path(object: qjs::JSValue) -> Option<String> {
    // SAFETY: an object of our class has what `new` put there, or null before that.
    unsafe {
        let block = qjs::JS_GetOpaque(object, arena::root().tool_class.get()).cast::<u8>();
        if block.is_null() {
            return None;
        }
        let bytes = slice::from_raw_parts(
            block.add(size_of::<u32>()),
            block.cast::<u32>().read() as usize,
        );
        Some(String::from_utf8_lossy(bytes).into_owned())
    }
}

impl Value<'_> {
    /// The path of a tool; `None` for all other values.
    pub(crate) fn tool_path(&self) -> Option<String> {
        if self.is_object() {
            // SAFETY: alive; the call compares the class first.
            unsafe { path(self.raw()) }
        } else {
            None
        }
    }
}

unsafe extern "C" fn finalize(runtime: *mut qjs::JSRuntime, object: qjs::JSValue) {
    // SAFETY: the object dies now, and its block with it.
    unsafe {
        qjs::js_free_rt(
            runtime,
            qjs::JS_GetOpaque(object, arena::root().tool_class.get()),
        )
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
        let (Some(ctx), Some(path)) = (Ctx::from_raw(ctx), path(object)) else {
            return qjs::JS_UNDEFINED;
        };
        let key = Key::own(ctx, qjs::JS_DupAtom(ctx.raw(), name));
        give(
            key.value()
                .and_then(|value| match (value.kind(), key.text()) {
                    (Kind::Symbol, _) | (_, None) => Ok(ctx.undefined()),
                    (_, Some(name)) => tools::property(ctx, &path, &name),
                }),
        )
    }
}

pub(super) unsafe extern "C" fn set_property(
    ctx: *mut qjs::JSContext,
    _object: qjs::JSValue,
    _name: qjs::JSAtom,
    _value: qjs::JSValue,
    _receiver: qjs::JSValue,
    _flags: qjs::c_int,
) -> qjs::c_int {
    // SAFETY: the engine is entered.
    unsafe { refuse(ctx) }
}

pub(super) unsafe extern "C" fn define_own_property(
    ctx: *mut qjs::JSContext,
    _object: qjs::JSValue,
    _name: qjs::JSAtom,
    _value: qjs::JSValue,
    _getter: qjs::JSValue,
    _setter: qjs::JSValue,
    _flags: qjs::c_int,
) -> qjs::c_int {
    // SAFETY: the engine is entered.
    unsafe { refuse(ctx) }
}

/// # Safety
/// The engine is entered.
unsafe fn refuse(ctx: *mut qjs::JSContext) -> qjs::c_int {
    // SAFETY: as said by the caller.
    if let Some(ctx) = unsafe { Ctx::from_raw(ctx) } {
        tools::refuse_change(ctx);
    }
    -1
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
        let (Some(ctx), Some(path)) = (Ctx::from_raw(ctx), path(object)) else {
            return qjs::JS_UNDEFINED;
        };
        give(tools::call(
            ctx,
            &path,
            &Args::from_raw(ctx, this, values(argv, argc), &[]),
        ))
    }
}
