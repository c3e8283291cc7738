//! Bytes in and out of JavaScript's typed arrays.

use std::slice;

use rquickjs::qjs;

use super::{
    loops,
    value::{Ctx, Result, Thrown, Value},
};

impl<'js> Ctx<'js> {
    /// A new `Uint8Array`.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Result<Value<'js>> {
        loops::count_bytes(bytes.len());
        // SAFETY: pointer and length are those of `bytes`, which the engine copies.
        unsafe {
            self.own(qjs::JS_NewUint8ArrayCopy(
                self.raw(),
                bytes.as_ptr(),
                bytes.len() as _,
            ))
        }
    }
}

impl Value<'_> {
    /// A copy of the bytes of a `Uint8Array`; anything else is a `TypeError`.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        self.bytes_between(0, usize::MAX)
    }

    /// The same of those from `from` to before `to`, as far as there are any.
    pub(crate) fn bytes_between(&self, from: usize, to: usize) -> Result<Vec<u8>> {
        let mut length = 0;
        // SAFETY: the array is alive and nothing of the task's runs before its bytes are copied.
        unsafe {
            let bytes = qjs::JS_GetUint8Array(self.ctx().raw(), &mut length, self.raw());
            if bytes.is_null() {
                return Err(Thrown);
            }
            let bytes = slice::from_raw_parts(bytes, length as usize);
            let to = to.min(bytes.len());
            loops::count_bytes(to.saturating_sub(from));
            Ok(bytes[from.min(to)..to].to_vec())
        }
    }
}
