//! JavaScript values with owners: the QuickJS C API in the shape of safe Rust.

use std::{mem, slice};

use rquickjs::qjs;

pub(super) use super::context::c_string;
pub(crate) use super::context::{Ctx, SLOTS, Slot};
use super::{arena, loops, stack::Narrow};

/// An exception is pending in the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Thrown;

pub(crate) type Result<T> = std::result::Result<T, Thrown>;

/// A counted reference to a value.
pub(crate) struct Value<'js> {
    pub(super) raw: qjs::JSValue,
    pub(super) ctx: Ctx<'js>,
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
        Value {
            // SAFETY: the value is alive; the new count has the new owner.
            raw: unsafe { qjs::JS_DupValue(self.ctx.raw(), self.raw) },
            ctx: self.ctx,
        }
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
                tag if qjs::JS_TAG_IS_FLOAT64(tag) => {
                    Kind::Float(qjs::JS_VALUE_GET_FLOAT64(self.raw))
                }
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

    /// What an `if` makes of it.
    pub(crate) fn is_true(&self) -> bool {
        // SAFETY: looks at a live value; no code of the task's runs.
        unsafe { qjs::JS_ToBool(self.ctx.raw(), self.raw) == 1 }
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
        if self.is_object() {
            // SAFETY: looks at the pointer without following it.
            unsafe { qjs::JS_VALUE_GET_PTR(self.raw) as usize }
        } else {
            0
        }
    }

    /// `String(value)`, with lone surrogates replaced. May run the task's code for an object.
    pub(crate) fn text(&self) -> Result<String> {
        self.with_bytes(crate::text::from_wtf8)
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
            loops::count_bytes(length as usize);
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
        unsafe {
            self.ctx
                .own(qjs::JS_GetProperty(self.ctx.raw(), self.raw, key.raw()))
        }
    }

    pub(crate) fn get_index(&self, index: u32) -> Result<Value<'js>> {
        // SAFETY: the object is alive.
        unsafe {
            self.ctx
                .own(qjs::JS_GetPropertyUint32(self.ctx.raw(), self.raw, index))
        }
    }

    /// Defines an own property. No setter runs.
    pub(crate) fn define(&self, name: &str, value: Value<'js>, visible: Visible) -> Result<()> {
        let key = super::keys::Key::new(self.ctx, name)?;
        self.define_key(&key, value, visible)
    }

    pub(crate) fn define_key(
        &self,
        key: &super::keys::Key<'js>,
        value: Value<'js>,
        visible: Visible,
    ) -> Result<()> {
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

    /// Defines an own property that runs `get` and `set`; it is not listed.
    pub(crate) fn define_accessor(
        &self,
        name: &str,
        get: Value<'js>,
        set: Value<'js>,
    ) -> Result<()> {
        let key = super::keys::Key::new(self.ctx, name)?;
        let flags = qjs::JS_PROP_CONFIGURABLE | qjs::JS_PROP_THROW;
        // SAFETY: object and atom are alive; the counts of both functions go to the engine in any case.
        let done = unsafe {
            qjs::JS_DefinePropertyGetSet(
                self.ctx.raw(),
                self.raw,
                key.raw(),
                get.into_raw(),
                set.into_raw(),
                flags as _,
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

    /// Has a property listed that the object has.
    pub(crate) fn list(&self, key: &super::keys::Key<'js>) -> Result<()> {
        let flags = qjs::JS_PROP_HAS_ENUMERABLE | qjs::JS_PROP_ENUMERABLE | qjs::JS_PROP_THROW;
        let none = qjs::JS_UNDEFINED;
        // SAFETY: object and atom are alive; without a flag for them neither value nor functions are looked at.
        let done = unsafe {
            qjs::JS_DefineProperty(
                self.ctx.raw(),
                self.raw,
                key.raw(),
                none,
                none,
                none,
                flags as _,
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
        if done < 0 {
            Err(Thrown)
        } else {
            Ok(length.max(0) as u64)
        }
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
                match self
                    .ctx
                    .own(qjs::JS_GetProxyTarget(self.ctx.raw(), value.raw))
                {
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
            self.ctx.own(qjs::JS_Call(
                self.ctx.raw(),
                self.raw,
                this.raw,
                raw.len() as _,
                raw.as_mut_ptr(),
            ))
        }
    }

    /// Calls a builtin that goes down into its arguments, with the stack limit for such.
    pub(crate) fn call_deep(
        &self,
        this: &Value<'js>,
        arguments: &[&Value<'js>],
    ) -> Result<Value<'js>> {
        // SAFETY: the engine is entered.
        let _narrow = unsafe { Narrow::new() };
        self.call(this, arguments)
    }

    /// The promise's state; `None` for what is not a promise of the engine's own class.
    pub(crate) fn promise(&self) -> Option<Promise<'js>> {
        // SAFETY: predicates on a live value; the result's count is ours.
        unsafe {
            let state = qjs::JS_PromiseState(self.ctx.raw(), self.raw);
            let result = || Value {
                raw: qjs::JS_PromiseResult(self.ctx.raw(), self.raw),
                ctx: self.ctx,
            };
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
