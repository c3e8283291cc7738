//! Property keys.

use std::{ptr, slice};

use rquickjs::qjs;

use super::value::{Ctx, Result, Thrown, Value, c_string};

/// A counted reference to a property key.
pub(crate) struct Key<'js> {
    raw: qjs::JSAtom,
    ctx: Ctx<'js>,
}

impl Drop for Key<'_> {
    fn drop(&mut self) {
        // SAFETY: this is the owner of one count.
        unsafe { qjs::JS_FreeAtom(self.ctx.raw(), self.raw) }
    }
}

impl<'js> Key<'js> {
    pub(crate) fn new(ctx: Ctx<'js>, name: &str) -> Result<Self> {
        let text = c_string(name);
        // SAFETY: pointer and length are those of the text.
        let raw =
            unsafe { qjs::JS_NewAtomLen(ctx.raw(), text.as_ptr(), text.as_bytes().len() as _) };
        if raw == 0 {
            Err(Thrown)
        } else {
            Ok(Key { raw, ctx })
        }
    }

    /// The key that a symbol is.
    pub(crate) fn of_symbol(symbol: &Value<'js>) -> Result<Self> {
        let ctx = symbol.ctx();
        // SAFETY: the value is alive; the atom's count is ours.
        let raw = unsafe { qjs::JS_ValueToAtom(ctx.raw(), symbol.raw()) };
        if raw == 0 {
            Err(Thrown)
        } else {
            Ok(Key { raw, ctx })
        }
    }

    /// Takes over one count of `raw`.
    ///
    /// # Safety
    /// The count is the caller's to give.
    pub(super) unsafe fn own(ctx: Ctx<'js>, raw: qjs::JSAtom) -> Self {
        Key { raw, ctx }
    }

    pub(super) fn raw(&self) -> qjs::JSAtom {
        self.raw
    }

    pub(crate) fn value(&self) -> Result<Value<'js>> {
        // SAFETY: the atom is alive; the value's count is ours.
        unsafe { self.ctx.own(qjs::JS_AtomToValue(self.ctx.raw(), self.raw)) }
    }

    /// The number that the key is, if it can be one of an array's items.
    pub(crate) fn index(&self) -> Option<u64> {
        let text = self.text()?;
        let index: u32 = text.parse().ok()?;
        (index < u32::MAX && index.to_string() == text).then_some(index.into())
    }

    /// The key as text, of a symbol its description; `None` without memory for it.
    pub(crate) fn text(&self) -> Option<String> {
        let mut length = 0;
        // SAFETY: the text lives until it is freed here.
        unsafe {
            let text = qjs::JS_AtomToCStringLen(self.ctx.raw(), &mut length, self.raw);
            if text.is_null() {
                self.ctx.catch();
                return None;
            }
            let owned = crate::text::from_wtf8(slice::from_raw_parts(text.cast(), length as usize));
            qjs::JS_FreeCString(self.ctx.raw(), text);
            Some(owned)
        }
    }
}

/// An object's own keys that are strings.
pub(crate) fn own_keys<'js>(object: &Value<'js>, enumerable_only: bool) -> Result<Vec<Key<'js>>> {
    let enumerable = if enumerable_only {
        qjs::JS_GPN_ENUM_ONLY
    } else {
        0
    };
    keys(object, qjs::JS_GPN_STRING_MASK | enumerable)
}

/// An object's own keys, symbols after strings.
pub(crate) fn all_keys<'js>(object: &Value<'js>, enumerable_only: bool) -> Result<Vec<Key<'js>>> {
    let enumerable = if enumerable_only {
        qjs::JS_GPN_ENUM_ONLY
    } else {
        0
    };
    keys(
        object,
        qjs::JS_GPN_STRING_MASK | qjs::JS_GPN_SYMBOL_MASK | enumerable,
    )
}

fn keys<'js>(object: &Value<'js>, flags: u32) -> Result<Vec<Key<'js>>> {
    let ctx = object.ctx();
    let (mut table, mut count) = (ptr::null_mut(), 0);
    // SAFETY: on success the table holds `count` atoms. Each gets a count of its own here, and the
    // table with its counts is freed.
    unsafe {
        if qjs::JS_GetOwnPropertyNames(ctx.raw(), &mut table, &mut count, object.raw(), flags as _)
            < 0
        {
            return Err(Thrown);
        }
        if table.is_null() {
            return Ok(Vec::new());
        }
        let entries = slice::from_raw_parts(table, count as usize);
        let keys = entries
            .iter()
            .map(|entry| Key {
                raw: qjs::JS_DupAtom(ctx.raw(), entry.atom),
                ctx,
            })
            .collect();
        qjs::JS_FreePropertyEnum(ctx.raw(), table, count);
        Ok(keys)
    }
}
