//! Functions of ours that JavaScript calls.

use std::slice;

use rquickjs::qjs;

use super::{
    host,
    value::{Ctx, Result, Thrown, Value, c_string},
};
use crate::globals::Native;

/// The arguments of one call.
pub(crate) struct Args<'a, 'js> {
    ctx: Ctx<'js>,
    this: qjs::JSValue,
    values: &'a [qjs::JSValue],
    data: &'a [qjs::JSValue],
}

impl<'a, 'js> Args<'a, 'js> {
    /// # Safety
    /// All values are alive for `'a`.
    pub(super) unsafe fn from_raw(
        ctx: Ctx<'js>,
        this: qjs::JSValue,
        values: &'a [qjs::JSValue],
        data: &'a [qjs::JSValue],
    ) -> Self {
        Args {
            ctx,
            this,
            values,
            data,
        }
    }

    /// What the function was called on.
    pub(crate) fn this(&self) -> Value<'js> {
        // SAFETY: alive, as said to `from_raw`.
        unsafe { self.ctx.borrow(self.this) }
    }

    /// Argument `index`, `undefined` if it is absent.
    pub(crate) fn get(&self, index: usize) -> Value<'js> {
        self.value(self.values, index)
    }

    /// All arguments.
    pub(crate) fn all(&self) -> Vec<Value<'js>> {
        (0..self.values.len())
            .map(|index| self.get(index))
            .collect()
    }

    /// A value that the function was made with.
    pub(crate) fn data(&self, index: usize) -> Value<'js> {
        self.value(self.data, index)
    }

    fn value(&self, values: &[qjs::JSValue], index: usize) -> Value<'js> {
        match values.get(index) {
            // SAFETY: alive, as said to `from_raw`.
            Some(&raw) => unsafe { self.ctx.borrow(raw) },
            None => self.ctx.undefined(),
        }
    }
}

/// A slice from C.
///
/// # Safety
/// `values` has `count` values, alive for `'a`, unless `count` is not positive.
pub(super) unsafe fn values<'a>(
    values: *const qjs::JSValue,
    count: qjs::c_int,
) -> &'a [qjs::JSValue] {
    match usize::try_from(count) {
        // SAFETY: as said by the caller.
        Ok(count) if count > 0 && !values.is_null() => unsafe {
            slice::from_raw_parts(values, count)
        },
        _ => &[],
    }
}

/// Gives the result of a callback back to the engine.
pub(super) fn give(result: Result<Value<'_>>) -> qjs::JSValue {
    match result {
        Ok(value) => value.into_raw(),
        Err(Thrown) => qjs::JS_EXCEPTION,
    }
}

/// What calling one counts for, in steps of a loop, besides what it says itself and what goes in and out.
const CALL: usize = 64;

/// Each function has at most this many values of its own.
const DATA: qjs::c_int = 1;

unsafe extern "C" fn call_native(
    ctx: *mut qjs::JSContext,
    this: qjs::JSValue,
    argc: qjs::c_int,
    argv: *mut qjs::JSValue,
    magic: qjs::c_int,
    data: *mut qjs::JSValue,
) -> qjs::JSValue {
    // SAFETY: the engine is entered and gives live values with their count; `data` has `DATA`.
    unsafe {
        let Some(ctx) = Ctx::from_raw(ctx) else {
            return qjs::JS_EXCEPTION;
        };
        let Some(native) = usize::try_from(magic)
            .ok()
            .and_then(|magic| Native::ALL.get(magic))
        else {
            return qjs::JS_UNDEFINED;
        };
        host::tick(CALL);
        give(native.call(
            ctx,
            &Args::from_raw(ctx, this, values(argv, argc), values(data, DATA)),
        ))
    }
}

impl<'js> Ctx<'js> {
    /// A function that runs `native`, with a value that it finds as `data(0)`.
    pub(crate) fn function(
        self,
        name: &str,
        native: Native,
        data: Option<&Value<'js>>,
    ) -> Result<Value<'js>> {
        let name = c_string(name);
        let mut data = [data.map_or(qjs::JS_UNDEFINED, Value::raw)];
        // SAFETY: the engine copies the name and takes its own count of the data.
        unsafe {
            self.own(qjs::JS_NewCFunctionData2(
                self.raw(),
                Some(call_native),
                name.as_ptr(),
                0,
                native as _,
                DATA,
                data.as_mut_ptr(),
            ))
        }
    }
}
