//! Operations on a `Proxy`, padded.
//!
//! A proxy without a trap passes each operation on to its target, which may be a proxy again, or inherit
//! from one. That recursion uses so little of the stack in linear memory that the host's stack would end
//! first. So each operation goes through a function of ours that uses more of it.

use std::{
    cell::UnsafeCell,
    hint::black_box,
    mem::{align_of, size_of},
};

use rquickjs::qjs;

use super::{arena, tool, value::Ctx};

/// QuickJS's `JSClass`.
#[repr(C)]
struct Class {
    id: u32,
    name: u32,
    finalizer: usize,
    gc_mark: usize,
    call: usize,
    exotic: *const qjs::JSClassExoticMethods,
}

struct Table(UnsafeCell<Option<qjs::JSClassExoticMethods>>);

// SAFETY: written at boot only, by the thread that holds the engine's lock, and used by that thread.
unsafe impl Sync for Table {}

/// The engine's own operations.
static ORIGINAL: Table = Table(UnsafeCell::new(None));
static PADDED: Table = Table(UnsafeCell::new(None));

/// Words of the runtime that are searched for its classes.
const WORDS: usize = 512;
/// Bytes of stack that one operation uses more than by itself.
const PAD: usize = 192;

/// Puts our functions in place of the engine's.
///
/// # Safety
/// The engine is being booted, `Proxy` is there, and no proxy is in use.
pub(super) unsafe fn install(ctx: Ctx<'_>) -> Result<(), String> {
    let probe = ctx
        .script("new Proxy({}, {})", "", 1)
        .map_err(|_| "no Proxy")?;
    // SAFETY: the classes are found by the entry of our own class. The tables are static, and the engine
    // only reads them.
    unsafe {
        let classes = find_classes().ok_or("the engine's classes were not found")?;
        let proxy = &mut *classes.add(qjs::JS_GetClassID(probe.raw()) as usize);
        if proxy.id != qjs::JS_GetClassID(probe.raw()) || proxy.exotic.is_null() {
            return Err("the engine's proxies were not found".into());
        }
        let original = *proxy.exotic;
        *ORIGINAL.0.get() = Some(original);
        let padded = (*PADDED.0.get()).insert(qjs::JSClassExoticMethods {
            get_own_property: original.get_own_property.map(|_| get_own_property as _),
            get_own_property_names: original
                .get_own_property_names
                .map(|_| get_own_property_names as _),
            delete_property: original.delete_property.map(|_| delete_property as _),
            define_own_property: original
                .define_own_property
                .map(|_| define_own_property as _),
            has_property: original.has_property.map(|_| has_property as _),
            get_property: original.get_property.map(|_| get_property as _),
            set_property: original.set_property.map(|_| set_property as _),
        });
        proxy.exotic = padded;
    }
    Ok(())
}

/// The runtime's array of classes.
///
/// # Safety
/// The tool class is registered.
unsafe fn find_classes() -> Option<*mut Class> {
    let root = arena::root();
    let words = root.runtime.get().cast::<usize>();
    let id = root.tool_class.get();
    // SAFETY: only addresses within the arena are followed.
    unsafe {
        (0..WORDS).map(|at| words.add(at).read()).find_map(|word| {
            let bytes = (id as usize + 1) * size_of::<Class>();
            if word % align_of::<Class>() != 0 || !arena::contains(word, bytes) {
                return None;
            }
            let classes = word as *mut Class;
            let ours = &*classes.add(id as usize);
            (ours.id == id && tool::is_exotic(ours.exotic)).then_some(classes)
        })
    }
}

/// The engine's own operations.
///
/// # Safety
/// Called only from the padded operations, which are in place after [`install`].
unsafe fn original() -> qjs::JSClassExoticMethods {
    // SAFETY: not written any more.
    unsafe { (*ORIGINAL.0.get()).unwrap_unchecked() }
}

/// A padded operation: calls the engine's own with a frame of ours below.
macro_rules! padded {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $result:ty;)*) => {$(
        unsafe extern "C" fn $name($($argument: $kind),*) -> $result {
            let pad = [0u8; PAD];
            black_box(&pad);
            // SAFETY: the operation was there when this one took its place; the arguments are its own.
            let result = unsafe { original().$name.unwrap_unchecked()($($argument),*) };
            black_box(&pad);
            result
        }
    )*};
}

padded! {
    get_own_property(ctx: *mut qjs::JSContext, desc: *mut qjs::JSPropertyDescriptor, obj: qjs::JSValue, prop: qjs::JSAtom) -> qjs::c_int;
    get_own_property_names(ctx: *mut qjs::JSContext, tab: *mut *mut qjs::JSPropertyEnum, len: *mut u32, obj: qjs::JSValue) -> qjs::c_int;
    delete_property(ctx: *mut qjs::JSContext, obj: qjs::JSValue, prop: qjs::JSAtom) -> qjs::c_int;
    define_own_property(ctx: *mut qjs::JSContext, obj: qjs::JSValue, prop: qjs::JSAtom, val: qjs::JSValue, getter: qjs::JSValue, setter: qjs::JSValue, flags: qjs::c_int) -> qjs::c_int;
    has_property(ctx: *mut qjs::JSContext, obj: qjs::JSValue, prop: qjs::JSAtom) -> qjs::c_int;
    get_property(ctx: *mut qjs::JSContext, obj: qjs::JSValue, prop: qjs::JSAtom, receiver: qjs::JSValue) -> qjs::JSValue;
    set_property(ctx: *mut qjs::JSContext, obj: qjs::JSValue, prop: qjs::JSAtom, value: qjs::JSValue, receiver: qjs::JSValue, flags: qjs::c_int) -> qjs::c_int;
}
