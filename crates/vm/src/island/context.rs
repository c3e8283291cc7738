//! The engine, entered: making values, running source text, throwing and catching.

use std::{ffi::CString, marker::PhantomData, ptr};

use rquickjs::qjs;

use super::{
    arena, loops,
    stack::Narrow,
    value::{Result, Thrown, Value},
};

/// Values that live as long as the VM, in the root, so that they are there after a restore.
#[derive(Debug, Clone, Copy)]
#[repr(usize)]
pub(crate) enum Slot {
    /// Calls that are out, see `calls`.
    Pending,
    /// Timers that are set, see `timers`.
    Timers,
    /// The prototype of what `setTimeout` gives.
    Timeout,
    /// Address of a promise: the promise, for each that was rejected and that nobody handles.
    Unhandled,
    /// What the task file's evaluation or the entry returned.
    Main,
    /// The task's exports while an ES module is being evaluated.
    Module,
    /// Path of a module: its CommonJS `module` object.
    Modules,
    /// Second argument of the entry.
    Context,
    Tools,
    /// `tools.log`, `context.log`.
    Log,
    /// `tools.sleep`
    Sleep,
    /// `tools.waitForEvent`, `tools.eventUrl`
    WaitForEvent,
    EventUrl,
    Input,
    /// `Map.prototype.entries`, its iterator's `next`; the same for `Set`.
    MapEntries,
    MapNext,
    SetValues,
    SetNext,
    /// `Promise.prototype.then`
    PromiseThen,
    /// `Date.parse`
    DateParse,
    /// `Date.prototype.getTime`
    DateTime,
    /// `Error.captureStackTrace`
    CaptureStack,
    /// What `inspect` needs of the language.
    Inspect,
    /// The timers and counts of `console`, once there are some.
    Console,
    /// Name of a builtin error class: its prototype.
    Errors,
    /// The groups of globals that were made so far, see `web`.
    Web,
}

/// Number of slots.
pub(crate) const SLOTS: usize = Slot::Web as usize + 1;

/// The engine, for as long as it is entered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ctx<'js> {
    raw: ptr::NonNull<qjs::JSContext>,
    entry: PhantomData<&'js mut &'js ()>,
}

impl<'js> Ctx<'js> {
    /// # Safety
    /// `raw` is the context of the VM in the arena, entered for `'js`.
    pub(super) unsafe fn from_raw(raw: *mut qjs::JSContext) -> Option<Self> {
        ptr::NonNull::new(raw).map(|raw| Ctx {
            raw,
            entry: PhantomData,
        })
    }

    pub(super) fn raw(self) -> *mut qjs::JSContext {
        self.raw.as_ptr()
    }

    /// Takes over one count of `raw`.
    ///
    /// # Safety
    /// The count is the caller's to give.
    pub(super) unsafe fn own(self, raw: qjs::JSValue) -> Result<Value<'js>> {
        // SAFETY: only looks at the tag.
        if unsafe { qjs::JS_VALUE_GET_TAG(raw) } == qjs::JS_TAG_EXCEPTION {
            Err(Thrown)
        } else {
            Ok(Value { raw, ctx: self })
        }
    }

    /// Another count of `raw`.
    ///
    /// # Safety
    /// `raw` is alive.
    pub(super) unsafe fn borrow(self, raw: qjs::JSValue) -> Value<'js> {
        Value {
            // SAFETY: as said by the caller.
            raw: unsafe { qjs::JS_DupValue(self.raw(), raw) },
            ctx: self,
        }
    }

    pub(crate) fn undefined(self) -> Value<'js> {
        Value {
            raw: qjs::JS_UNDEFINED,
            ctx: self,
        }
    }

    pub(crate) fn null(self) -> Value<'js> {
        Value {
            raw: qjs::JS_NULL,
            ctx: self,
        }
    }

    pub(crate) fn bool(self, value: bool) -> Value<'js> {
        let raw = if value { qjs::JS_TRUE } else { qjs::JS_FALSE };
        Value { raw, ctx: self }
    }

    pub(crate) fn number(self, value: f64) -> Value<'js> {
        Value {
            raw: qjs::JS_NewFloat64(value),
            ctx: self,
        }
    }

    pub(crate) fn string(self, text: &str) -> Result<Value<'js>> {
        loops::count_bytes(text.len());
        // SAFETY: pointer and length are those of `text`.
        unsafe {
            self.own(qjs::JS_NewStringLen(
                self.raw(),
                text.as_ptr().cast(),
                text.len() as _,
            ))
        }
    }

    /// Text of units of UTF-16, which need not be well formed.
    pub(crate) fn string_of_units(self, units: &[u16]) -> Result<Value<'js>> {
        loops::count_bytes(2 * units.len());
        // SAFETY: pointer and length are those of `units`, which the engine copies.
        unsafe {
            self.own(qjs::JS_NewStringUTF16(
                self.raw(),
                units.as_ptr(),
                units.len() as _,
            ))
        }
    }

    pub(crate) fn object(self) -> Result<Value<'js>> {
        // SAFETY: an ordinary call of the API.
        unsafe { self.own(qjs::JS_NewObject(self.raw())) }
    }

    /// An object that inherits nothing, so that no lookup on it reaches what a task can change.
    pub(crate) fn table(self) -> Result<Value<'js>> {
        // SAFETY: an ordinary call of the API.
        unsafe { self.own(qjs::JS_NewObjectProto(self.raw(), qjs::JS_NULL)) }
    }

    pub(crate) fn global(self) -> Value<'js> {
        Value {
            // SAFETY: the global object always exists.
            raw: unsafe { qjs::JS_GetGlobalObject(self.raw()) },
            ctx: self,
        }
    }

    /// A pending promise with the functions that resolve and reject it.
    pub(crate) fn promise(self) -> Result<(Value<'js>, Value<'js>, Value<'js>)> {
        let mut functions = [qjs::JS_UNDEFINED; 2];
        // SAFETY: the call fills both functions when it succeeds; we own all three.
        unsafe {
            let promise = self.own(qjs::JS_NewPromiseCapability(
                self.raw(),
                functions.as_mut_ptr(),
            ))?;
            let [resolve, reject] = functions;
            Ok((
                promise,
                Value {
                    raw: resolve,
                    ctx: self,
                },
                Value {
                    raw: reject,
                    ctx: self,
                },
            ))
        }
    }

    pub(crate) fn parse_json(self, text: &str, name: &str) -> Result<Value<'js>> {
        let (text, name) = (c_string(text), c_string(name));
        // SAFETY: QuickJS wants the text to be followed by a NUL, which a `CString` is. The engine is entered.
        unsafe {
            let _narrow = Narrow::new();
            self.own(qjs::JS_ParseJSON(
                self.raw(),
                text.as_ptr(),
                text.as_bytes().len() as _,
                name.as_ptr(),
            ))
        }
    }

    /// Evaluates or compiles source text; `flags` are QuickJS's.
    pub(super) fn eval(self, source: &str, name: &str, flags: u32) -> Result<Value<'js>> {
        let (source, name) = (c_string(source), c_string(name));
        // SAFETY: QuickJS wants the text to be followed by a NUL, which a `CString` is.
        unsafe {
            self.own(qjs::JS_Eval(
                self.raw(),
                source.as_ptr(),
                source.as_bytes().len() as _,
                name.as_ptr(),
                flags as _,
            ))
        }
    }

    /// Evaluates a script and gives its last value. Lines are counted from `line`.
    pub(crate) fn script(self, source: &str, name: &str, line: i32) -> Result<Value<'js>> {
        let (source, name) = (c_string(source), c_string(name));
        let mut options = qjs::JSEvalOptions {
            version: qjs::JS_EVAL_OPTIONS_VERSION as _,
            eval_flags: qjs::JS_EVAL_TYPE_GLOBAL as _,
            filename: name.as_ptr(),
            line_num: line,
        };
        // SAFETY: QuickJS wants the text to be followed by a NUL, which a `CString` is.
        unsafe {
            self.own(qjs::JS_Eval2(
                self.raw(),
                source.as_ptr(),
                source.as_bytes().len() as _,
                &mut options,
            ))
        }
    }

    /// The last value of a script of ours, whose functions keep neither their text nor their places: they take half the memory.
    pub(crate) fn bare_script(self, source: &str) -> Result<Value<'js>> {
        let compiled = self.eval(
            source,
            "",
            qjs::JS_EVAL_TYPE_GLOBAL | qjs::JS_EVAL_FLAG_COMPILE_ONLY,
        )?;
        let without = qjs::JS_WRITE_OBJ_STRIP_SOURCE | qjs::JS_WRITE_OBJ_STRIP_DEBUG;
        let mut length = 0;
        // SAFETY: what is read was written just now, and is freed once; the count of what it makes goes to the engine.
        unsafe {
            let bytes = qjs::JS_WriteObject(
                self.raw(),
                &mut length,
                compiled.raw(),
                (qjs::JS_WRITE_OBJ_BYTECODE | without) as _,
            );
            if bytes.is_null() {
                return Err(Thrown);
            }
            let flags = qjs::JS_READ_OBJ_BYTECODE as _;
            let read = self.own(qjs::JS_ReadObject(self.raw(), bytes, length, flags));
            qjs::js_free(self.raw(), bytes.cast());
            self.own(qjs::JS_EvalFunction(self.raw(), read?.into_raw()))
        }
    }

    /// A plain `Error` with the current stack.
    pub(crate) fn error(self) -> Result<Value<'js>> {
        // SAFETY: an ordinary call of the API.
        unsafe { self.own(qjs::JS_NewError(self.raw())) }
    }

    /// Makes `value` the pending exception.
    pub(crate) fn throw(self, value: Value<'js>) -> Thrown {
        // SAFETY: gives the count to the engine.
        unsafe { qjs::JS_Throw(self.raw(), value.into_raw()) };
        Thrown
    }

    /// Takes the pending exception.
    pub(crate) fn catch(self) -> Value<'js> {
        // SAFETY: the engine gives its count; `null` when it had no memory for an error.
        unsafe {
            let raw = qjs::JS_GetException(self.raw());
            if qjs::JS_VALUE_GET_TAG(raw) == qjs::JS_TAG_UNINITIALIZED {
                self.null()
            } else {
                Value { raw, ctx: self }
            }
        }
    }

    pub(crate) fn slot(self, slot: Slot) -> Value<'js> {
        // SAFETY: slots hold live values.
        unsafe { self.borrow(arena::root().slots[slot as usize].get()) }
    }

    pub(crate) fn set_slot(self, slot: Slot, value: Value<'js>) {
        let old = arena::root().slots[slot as usize].replace(value.into_raw());
        // SAFETY: the slot owned its count. Freed after the slot has its new value.
        drop(Value {
            raw: old,
            ctx: self,
        });
    }
}

/// Text for the C API. A NUL would end it early, so it becomes the replacement character.
pub(super) fn c_string(text: &str) -> CString {
    CString::new(text)
        .unwrap_or_else(|_| CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default())
}
