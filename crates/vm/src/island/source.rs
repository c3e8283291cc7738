//! The parser behind a narrower stack limit, and with the memory that it needs.
//!
//! All source text goes through one function pointer in the context, put there when `eval` is added.
//! We put our own function there, which calls the engine's.

use std::{
    ptr,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use rquickjs::qjs;

use super::{parsing, stack::Narrow};

/// QuickJS's `JSContext.eval_internal`.
type Eval = unsafe extern "C" fn(
    ctx: *mut qjs::JSContext,
    this: qjs::JSValue,
    input: *const qjs::c_char,
    length: qjs::size_t,
    file: *const qjs::c_char,
    line: qjs::c_int,
    flags: qjs::c_int,
    scope: qjs::c_int,
) -> qjs::JSValue;

/// The engine's function: an address of the program, the same at every boot.
static ORIGINAL: AtomicUsize = AtomicUsize::new(0);

/// Words of the context that are searched.
const WORDS: usize = 512;
const MARK: usize = 0x005e_ed04;

/// Adds `eval` to a context, with our function before the engine's.
///
/// # Safety
/// `context` is new, and at least `WORDS` words of the arena follow its start.
pub(super) unsafe fn install(context: *mut qjs::JSContext) -> Result<(), String> {
    let words = context.cast::<usize>();
    // SAFETY: reads stay within the arena. The pointer stands before the context's opaque value,
    // which has our mark; it is null before `eval` is added and not after.
    unsafe {
        qjs::JS_SetContextOpaque(context, ptr::without_provenance_mut(MARK));
        let place = (1..WORDS)
            .find(|&at| words.add(at).read() == MARK)
            .map(|at| words.add(at - 1));
        qjs::JS_SetContextOpaque(context, ptr::null_mut());
        let place = place
            .filter(|place| place.read() == 0)
            .ok_or("the engine's parser was not found")?;
        if qjs::JS_AddIntrinsicEval(context) != 0 || place.read() == 0 {
            return Err("the engine's parser was not found".into());
        }
        ORIGINAL.store(place.read(), Relaxed);
        place.cast::<Eval>().write(eval);
        // Before it there is the one that compiles regular expressions.
        parsing::find_counter(context, place.sub(1))
            .ok_or("the engine's count of calls was not found")?;
    }
    Ok(())
}

unsafe extern "C" fn eval(
    ctx: *mut qjs::JSContext,
    this: qjs::JSValue,
    input: *const qjs::c_char,
    length: qjs::size_t,
    file: *const qjs::c_char,
    line: qjs::c_int,
    flags: qjs::c_int,
    scope: qjs::c_int,
) -> qjs::JSValue {
    // SAFETY: the original is what `install` found, and the arguments are its own.
    unsafe {
        let _narrow = Narrow::new();
        let original = std::mem::transmute::<usize, Eval>(ORIGINAL.load(Relaxed));
        let (value, stopped) = parsing::run(ctx, || {
            original(ctx, this, input, length, file, line, flags, scope)
        });
        told(ctx, value, stopped)
    }
}

/// What a parse gave. One that was stopped has failed with an error of the stack, which is not what was wrong.
///
/// # Safety
/// The engine is entered and `value` is what it gave.
unsafe fn told(ctx: *mut qjs::JSContext, value: qjs::JSValue, stopped: bool) -> qjs::JSValue {
    // SAFETY: as said by the caller; the exception's count is ours.
    unsafe {
        if stopped && qjs::JS_VALUE_GET_TAG(value) == qjs::JS_TAG_EXCEPTION {
            qjs::JS_FreeValue(ctx, qjs::JS_GetException(ctx));
            return qjs::JS_ThrowOutOfMemory(ctx);
        }
    }
    value
}
