//! JavaScript values with owners: the QuickJS C API in the shape of safe Rust.

use std::{ffi::CString, marker::PhantomData, mem, ptr, slice};

use rquickjs::qjs;

use super::{arena, stack::Narrow};

/// An exception is pending in the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thrown;

pub(crate) type Result<T> = std::result::Result<T, Thrown>;

/// Values that live as long as the VM, in the root, so that they are there after a restore.
#[derive(Debug, Clone, Copy)]
#[repr(usize)]
pub(crate) enum Slot {
    /// Calls that are out, see `calls`.
    Pending,
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
    Input,
    /// `Map.prototype.entries`, its iterator's `next`; the same for `Set`.
    MapEntries,
    MapNext,
    SetValues,
    SetNext,
    /// `Error.captureStackTrace`
    CaptureStack,
    /// Name of a builtin error class: its prototype.
    Errors,
}

/// Number of slots.
pub(crate) const SLOTS: usize = Slot::Errors as usize + 1;

/// The engine, for as long as it is entered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ctx<'js> {
    raw: ptr::NonNull<qjs::JSContext>,
    entry: PhantomData<&'js mut &'js ()>,
}

/// A counted reference to a value.
pub(crate) struct Value<'js> {
    raw: qjs::JSValue,
    ctx: Ctx<'js>,
}

/// What kind of value it is, as far as JSON and printing care.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Undefined,
    Null,
    Bool(bool),
    Int(i32),
    Float(f64),
    BigInt,
    String,
    Symbol,
    Function,
    Object,
}

/// What kind of object it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Made by a literal or a constructor function.
    Plain,
    Array,
    Error,
    Date,
    RegExp,
    Map,
    Set,
    WeakMap,
    WeakSet,
    Promise,
    ArrayBuffer,
    DataView,
    TypedArray,
    Proxy,
    Other,
}

/// QuickJS's first class.
const CLASS_OBJECT: qjs::JSClassID = 1;

/// What a property is, without running its getter.
pub(crate) enum Property<'js> {
    Value(Value<'js>),
    Accessor,
}

/// Where a promise stands.
pub(crate) enum Promise<'js> {
    Pending,
    Fulfilled(Value<'js>),
    Rejected(Value<'js>),
}

/// How a property is defined.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Visible {
    /// As by assignment.
    Yes,
    /// Not listed, but it can be changed.
    Hidden,
}

impl Drop for Value<'_> {
    fn drop(&mut self) {
        // SAFETY: this is the owner of one count.
        unsafe { qjs::JS_FreeValue(self.ctx.raw(), self.raw) }
    }
}

impl Clone for Value<'_> {
    fn clone(&self) -> Self {
        // SAFETY: the value is alive; the new count has the new owner.
        Value { raw: unsafe { qjs::JS_DupValue(self.ctx.raw(), self.raw) }, ctx: self.ctx }
    }
}

impl<'js> Ctx<'js> {
    /// # Safety
    /// `raw` is the context of the VM in the arena, entered for `'js`.
    pub(super) unsafe fn from_raw(raw: *mut qjs::JSContext) -> Option<Self> {
        ptr::NonNull::new(raw).map(|raw| Ctx { raw, entry: PhantomData })
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
        if unsafe { qjs::JS_VALUE_GET_TAG(raw) } == qjs::JS_TAG_EXCEPTION { Err(Thrown) } else { Ok(Value { raw, ctx: self }) }
    }

    /// Another count of `raw`.
    ///
    /// # Safety
    /// `raw` is alive.
    pub(super) unsafe fn borrow(self, raw: qjs::JSValue) -> Value<'js> {
        // SAFETY: as said by the caller.
        Value { raw: unsafe { qjs::JS_DupValue(self.raw(), raw) }, ctx: self }
    }

    pub(crate) fn undefined(self) -> Value<'js> {
        Value { raw: qjs::JS_UNDEFINED, ctx: self }
    }

    pub(crate) fn null(self) -> Value<'js> {
        Value { raw: qjs::JS_NULL, ctx: self }
    }

    pub(crate) fn number(self, value: f64) -> Value<'js> {
        Value { raw: qjs::JS_NewFloat64(value), ctx: self }
    }

    pub(crate) fn string(self, text: &str) -> Result<Value<'js>> {
        // SAFETY: pointer and length are those of `text`.
        unsafe { self.own(qjs::JS_NewStringLen(self.raw(), text.as_ptr().cast(), text.len() as _)) }
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
        // SAFETY: the global object always exists.
        Value { raw: unsafe { qjs::JS_GetGlobalObject(self.raw()) }, ctx: self }
    }

    /// A pending promise with the functions that resolve and reject it.
    pub(crate) fn promise(self) -> Result<(Value<'js>, Value<'js>, Value<'js>)> {
        let mut functions = [qjs::JS_UNDEFINED; 2];
        // SAFETY: the call fills both functions when it succeeds; we own all three.
        unsafe {
            let promise = self.own(qjs::JS_NewPromiseCapability(self.raw(), functions.as_mut_ptr()))?;
            let [resolve, reject] = functions;
            Ok((promise, Value { raw: resolve, ctx: self }, Value { raw: reject, ctx: self }))
        }
    }

    pub(crate) fn parse_json(self, text: &str, name: &str) -> Result<Value<'js>> {
        let (text, name) = (c_string(text), c_string(name));
        // SAFETY: QuickJS wants the text to be followed by a NUL, which a `CString` is. The engine is entered.
        unsafe {
            let _narrow = Narrow::new();
            self.own(qjs::JS_ParseJSON(self.raw(), text.as_ptr(), text.as_bytes().len() as _, name.as_ptr()))
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
            self.own(qjs::JS_Eval2(self.raw(), source.as_ptr(), source.as_bytes().len() as _, &mut options))
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
            if qjs::JS_VALUE_GET_TAG(raw) == qjs::JS_TAG_UNINITIALIZED { self.null() } else { Value { raw, ctx: self } }
        }
    }

    pub(crate) fn slot(self, slot: Slot) -> Value<'js> {
        // SAFETY: slots hold live values.
        unsafe { self.borrow(arena::root().slots[slot as usize].get()) }
    }

    pub(crate) fn set_slot(self, slot: Slot, value: Value<'js>) {
        let old = arena::root().slots[slot as usize].replace(value.into_raw());
        // SAFETY: the slot owned its count. Freed after the slot has its new value.
        drop(Value { raw: old, ctx: self });
    }
}

impl<'js> Value<'js> {
    pub(super) fn raw(&self) -> qjs::JSValue {
        self.raw
    }

    pub(super) fn into_raw(self) -> qjs::JSValue {
        let raw = self.raw;
        mem::forget(self);
        raw
    }

    pub(crate) fn ctx(&self) -> Ctx<'js> {
        self.ctx
    }

    pub(crate) fn kind(&self) -> Kind {
        // SAFETY: each accessor is used for the tag that it belongs to.
        unsafe {
            match qjs::JS_VALUE_GET_TAG(self.raw) {
                qjs::JS_TAG_UNDEFINED => Kind::Undefined,
                qjs::JS_TAG_NULL => Kind::Null,
                qjs::JS_TAG_BOOL => Kind::Bool(qjs::JS_VALUE_GET_BOOL(self.raw)),
                qjs::JS_TAG_INT => Kind::Int(qjs::JS_VALUE_GET_INT(self.raw)),
                qjs::JS_TAG_STRING | qjs::JS_TAG_STRING_ROPE => Kind::String,
                qjs::JS_TAG_SYMBOL => Kind::Symbol,
                qjs::JS_TAG_BIG_INT | qjs::JS_TAG_SHORT_BIG_INT => Kind::BigInt,
                tag if qjs::JS_TAG_IS_FLOAT64(tag) => Kind::Float(qjs::JS_VALUE_GET_FLOAT64(self.raw)),
                _ if qjs::JS_IsFunction(self.ctx.raw(), self.raw) => Kind::Function,
                _ => Kind::Object,
            }
        }
    }

    pub(crate) fn class(&self) -> Class {
        // SAFETY: predicates on a live value.
        unsafe {
            let raw = self.raw;
            if qjs::JS_GetClassID(raw) == CLASS_OBJECT {
                Class::Plain
            } else if qjs::JS_IsProxy(raw) {
                Class::Proxy
            } else if qjs::JS_IsArray(raw) {
                Class::Array
            } else if qjs::JS_IsError(raw) {
                Class::Error
            } else if qjs::JS_IsDate(raw) {
                Class::Date
            } else if qjs::JS_IsRegExp(raw) {
                Class::RegExp
            } else if qjs::JS_IsMap(raw) {
                Class::Map
            } else if qjs::JS_IsSet(raw) {
                Class::Set
            } else if qjs::JS_IsWeakMap(raw) {
                Class::WeakMap
            } else if qjs::JS_IsWeakSet(raw) {
                Class::WeakSet
            } else if qjs::JS_IsPromise(raw) {
                Class::Promise
            } else if qjs::JS_IsArrayBuffer(raw) {
                Class::ArrayBuffer
            } else if qjs::JS_IsDataView(raw) {
                Class::DataView
            } else if qjs::JS_GetTypedArrayType(raw) >= 0 {
                Class::TypedArray
            } else {
                Class::Other
            }
        }
    }

    /// The engine's name for the object's class, such as `Number` for `new Number(1)`.
    pub(crate) fn class_name(&self) -> Option<String> {
        // SAFETY: the class id is that of a live value; the atom is ours to free.
        unsafe {
            let runtime = arena::root().runtime.get();
            let atom = qjs::JS_GetClassName(runtime, qjs::JS_GetClassID(self.raw));
            (atom != 0).then(|| super::keys::Key::own(self.ctx, atom).text())?
        }
    }

    /// The number, or NaN for what is not one.
    pub(crate) fn float(&self) -> f64 {
        match self.kind() {
            Kind::Int(value) => value.into(),
            Kind::Float(value) => value,
            _ => f64::NAN,
        }
    }

    pub(crate) fn is_object(&self) -> bool {
        matches!(self.kind(), Kind::Object | Kind::Function)
    }

    pub(crate) fn is_function(&self) -> bool {
        self.kind() == Kind::Function
    }

    /// Whether both are the same object.
    pub(crate) fn same(&self, other: &Value<'js>) -> bool {
        self.address() == other.address()
    }

    /// Address of an object in the arena: an identity, for as long as the object lives.
    pub(crate) fn address(&self) -> usize {
        // SAFETY: looks at the pointer without following it.
        if self.is_object() { unsafe { qjs::JS_VALUE_GET_PTR(self.raw) as usize } } else { 0 }
    }

    /// `String(value)`, with lone surrogates replaced. May run the task's code for an object.
    pub(crate) fn text(&self) -> Result<String> {
        self.with_bytes(|bytes| crate::text::from_wtf8(bytes))
    }

    /// Gives the bytes of `String(value)` to `read`: UTF-8, with lone surrogates as three bytes each.
    pub(crate) fn with_bytes<T>(&self, read: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let mut length = 0;
        // SAFETY: the text lives until it is freed here; `read` cannot keep it.
        unsafe {
            let text = qjs::JS_ToCStringLen2(self.ctx.raw(), &mut length, self.raw, false);
            if text.is_null() {
                return Err(Thrown);
            }
            let result = read(slice::from_raw_parts(text.cast(), length as usize));
            qjs::JS_FreeCString(self.ctx.raw(), text);
            Ok(result)
        }
    }

    pub(crate) fn get(&self, name: &str) -> Result<Value<'js>> {
        let key = super::keys::Key::new(self.ctx, name)?;
        self.get_key(&key)
    }

    pub(crate) fn get_key(&self, key: &super::keys::Key<'js>) -> Result<Value<'js>> {
        // SAFETY: object and atom are alive.
        unsafe { self.ctx.own(qjs::JS_GetProperty(self.ctx.raw(), self.raw, key.raw())) }
    }

    pub(crate) fn get_index(&self, index: u32) -> Result<Value<'js>> {
        // SAFETY: the object is alive.
        unsafe { self.ctx.own(qjs::JS_GetPropertyUint32(self.ctx.raw(), self.raw, index)) }
    }

    /// The object's own property, without running a getter. `None` if it has none.
    pub(crate) fn own_property(&self, key: &super::keys::Key<'js>) -> Result<Option<Property<'js>>> {
        let mut descriptor = qjs::JSPropertyDescriptor {
            flags: 0,
            value: qjs::JS_UNDEFINED,
            getter: qjs::JS_UNDEFINED,
            setter: qjs::JS_UNDEFINED,
        };
        // SAFETY: the call fills the descriptor when it returns 1; its values are ours then.
        unsafe {
            match qjs::JS_GetOwnProperty(self.ctx.raw(), &mut descriptor, self.raw, key.raw()) {
                1 => {
                    drop(Value { raw: descriptor.getter, ctx: self.ctx });
                    drop(Value { raw: descriptor.setter, ctx: self.ctx });
                    let value = Value { raw: descriptor.value, ctx: self.ctx };
                    let accessor = descriptor.flags as u32 & qjs::JS_PROP_GETSET != 0;
                    Ok(Some(if accessor { Property::Accessor } else { Property::Value(value) }))
                }
                0 => Ok(None),
                _ => Err(Thrown),
            }
        }
    }

    /// Defines an own property. No setter runs.
    pub(crate) fn define(&self, name: &str, value: Value<'js>, visible: Visible) -> Result<()> {
        let key = super::keys::Key::new(self.ctx, name)?;
        self.define_key(&key, value, visible)
    }

    pub(crate) fn define_key(&self, key: &super::keys::Key<'js>, value: Value<'js>, visible: Visible) -> Result<()> {
        let flags = match visible {
            Visible::Yes => qjs::JS_PROP_C_W_E,
            Visible::Hidden => qjs::JS_PROP_CONFIGURABLE | qjs::JS_PROP_WRITABLE,
        };
        // SAFETY: object and atom are alive; the value's count goes to the engine in any case.
        let done = unsafe {
            qjs::JS_DefinePropertyValue(
                self.ctx.raw(),
                self.raw,
                key.raw(),
                value.into_raw(),
                (flags | qjs::JS_PROP_THROW) as _,
            )
        };
        if done < 0 { Err(Thrown) } else { Ok(()) }
    }

    /// Defines element `index`, of an array or a table.
    pub(crate) fn define_index(&self, index: u32, value: Value<'js>) -> Result<()> {
        // SAFETY: the object is alive; the value's count goes to the engine in any case.
        let done = unsafe {
            qjs::JS_DefinePropertyValueUint32(
                self.ctx.raw(),
                self.raw,
                index,
                value.into_raw(),
                (qjs::JS_PROP_C_W_E | qjs::JS_PROP_THROW) as _,
            )
        };
        if done < 0 { Err(Thrown) } else { Ok(()) }
    }

    pub(crate) fn delete_key(&self, key: &super::keys::Key<'js>) -> Result<()> {
        // SAFETY: object and atom are alive.
        let done = unsafe { qjs::JS_DeleteProperty(self.ctx.raw(), self.raw, key.raw(), 0) };
        if done < 0 { Err(Thrown) } else { Ok(()) }
    }

    pub(crate) fn delete(&self, name: &str) -> Result<()> {
        let key = super::keys::Key::new(self.ctx, name)?;
        self.delete_key(&key)
    }

    pub(crate) fn prototype(&self) -> Result<Value<'js>> {
        // SAFETY: the object is alive.
        unsafe { self.ctx.own(qjs::JS_GetPrototype(self.ctx.raw(), self.raw)) }
    }

    pub(crate) fn set_prototype(&self, prototype: &Value<'js>) -> Result<()> {
        // SAFETY: both are alive; the engine takes its own count of the prototype.
        let done = unsafe { qjs::JS_SetPrototype(self.ctx.raw(), self.raw, prototype.raw) };
        if done < 0 { Err(Thrown) } else { Ok(()) }
    }

    /// `length`, as a loop over an array sees it.
    pub(crate) fn length(&self) -> Result<u64> {
        let mut length = 0;
        // SAFETY: the object is alive.
        let done = unsafe { qjs::JS_GetLength(self.ctx.raw(), self.raw, &mut length) };
        if done < 0 { Err(Thrown) } else { Ok(length.max(0) as u64) }
    }

    /// True for an array and a proxy of one.
    pub(crate) fn is_array(&self) -> bool {
        let mut value = self.clone();
        for _ in 0..16 {
            // SAFETY: predicates and an accessor on live values; the target's count is ours.
            unsafe {
                if !qjs::JS_IsProxy(value.raw) {
                    return qjs::JS_IsArray(value.raw);
                }
                match self.ctx.own(qjs::JS_GetProxyTarget(self.ctx.raw(), value.raw)) {
                    Ok(target) => value = target,
                    Err(Thrown) => {
                        self.ctx.catch();
                        return false;
                    }
                }
            }
        }
        false
    }

    pub(crate) fn call(&self, this: &Value<'js>, arguments: &[&Value<'js>]) -> Result<Value<'js>> {
        let mut raw: Vec<qjs::JSValue> = arguments.iter().map(|value| value.raw).collect();
        // SAFETY: all are alive during the call, which does not take their counts.
        unsafe {
            self.ctx.own(qjs::JS_Call(self.ctx.raw(), self.raw, this.raw, raw.len() as _, raw.as_mut_ptr()))
        }
    }

    /// Calls a builtin that goes down into its arguments, with the stack limit for such.
    pub(crate) fn call_deep(&self, this: &Value<'js>, arguments: &[&Value<'js>]) -> Result<Value<'js>> {
        // SAFETY: the engine is entered.
        let _narrow = unsafe { Narrow::new() };
        self.call(this, arguments)
    }

    /// The promise's state; `None` for what is not a promise of the engine's own class.
    pub(crate) fn promise(&self) -> Option<Promise<'js>> {
        // SAFETY: predicates on a live value; the result's count is ours.
        unsafe {
            let state = qjs::JS_PromiseState(self.ctx.raw(), self.raw);
            let result = || Value { raw: qjs::JS_PromiseResult(self.ctx.raw(), self.raw), ctx: self.ctx };
            match state {
                qjs::JSPromiseStateEnum_JS_PROMISE_PENDING => Some(Promise::Pending),
                qjs::JSPromiseStateEnum_JS_PROMISE_FULFILLED => Some(Promise::Fulfilled(result())),
                qjs::JSPromiseStateEnum_JS_PROMISE_REJECTED => Some(Promise::Rejected(result())),
                _ => None,
            }
        }
    }

    /// The engine watches this promise itself: its rejection is not unhandled.
    pub(crate) fn mark_handled(&self) {
        // SAFETY: an ordinary call of the API; does nothing to what is not a promise.
        unsafe { qjs::JS_PromiseMarkAsHandled(self.ctx.raw(), self.raw) }
    }
}

/// Text for the C API. A NUL would end it early, so it becomes the replacement character.
pub(super) fn c_string(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default())
}
