//! Looking at objects without running anything of the task's.

use std::slice;

use rquickjs::qjs;

use super::{
    keys::Key,
    value::{Kind, Result, Thrown, Value},
};

/// An own property of an object.
pub(crate) struct Own<'js> {
    /// `None` for an accessor.
    pub(crate) value: Option<Value<'js>>,
    pub(crate) getter: bool,
    pub(crate) setter: bool,
    pub(crate) enumerable: bool,
}

impl<'js> Value<'js> {
    /// The object's own property, without running a getter. `None` if it has none.
    pub(crate) fn own_property(&self, key: &Key<'js>) -> Result<Option<Own<'js>>> {
        let ctx = self.ctx();
        let mut descriptor = qjs::JSPropertyDescriptor {
            flags: 0,
            value: qjs::JS_UNDEFINED,
            getter: qjs::JS_UNDEFINED,
            setter: qjs::JS_UNDEFINED,
        };
        // SAFETY: the call fills the descriptor when it returns 1; its values are ours then.
        unsafe {
            match qjs::JS_GetOwnProperty(ctx.raw(), &mut descriptor, self.raw(), key.raw()) {
                1 => {
                    let getter = ctx.own(descriptor.getter)?;
                    let setter = ctx.own(descriptor.setter)?;
                    let value = ctx.own(descriptor.value)?;
                    let flags = descriptor.flags as u32;
                    Ok(Some(Own {
                        value: (flags & qjs::JS_PROP_GETSET == 0).then_some(value),
                        getter: getter.kind() != Kind::Undefined,
                        setter: setter.kind() != Kind::Undefined,
                        enumerable: flags & qjs::JS_PROP_ENUMERABLE != 0,
                    }))
                }
                0 => Ok(None),
                _ => Err(Thrown),
            }
        }
    }

    /// What is behind a proxy; `None` once it is revoked.
    pub(crate) fn proxy_target(&self) -> Option<Value<'js>> {
        // SAFETY: an accessor on a live value; the target's count is ours.
        let target = unsafe {
            self.ctx()
                .own(qjs::JS_GetProxyTarget(self.ctx().raw(), self.raw()))
        };
        match target {
            Ok(target) => target.is_object().then_some(target),
            Err(Thrown) => {
                self.ctx().catch();
                None
            }
        }
    }

    /// The first bytes of an `ArrayBuffer`, and how many it has; `None` if it has none any more.
    pub(crate) fn buffer_start(&self, most: usize) -> Option<(Vec<u8>, usize)> {
        let mut length = 0;
        // SAFETY: the buffer is alive and nothing of the task's runs before its bytes are copied.
        unsafe {
            let bytes = qjs::JS_GetArrayBuffer(self.ctx().raw(), &mut length, self.raw());
            if bytes.is_null() {
                if length != 0 || qjs::JS_HasException(self.ctx().raw()) {
                    self.ctx().catch();
                    return None;
                }
                return Some((Vec::new(), 0));
            }
            let length = length as usize;
            Some((
                slice::from_raw_parts(bytes, length.min(most)).to_vec(),
                length,
            ))
        }
    }
}
