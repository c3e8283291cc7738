//! What kind of object it is, and what stands around its members.

use super::{Printer, layout, names::prefix};
use crate::{
    errors, format,
    island::{
        keys::Key,
        value::{Class, Result, Slot, Value},
    },
};

/// What is known of an object before its members are.
pub(super) struct Shape<'js> {
    pub(super) base: String,
    pub(super) open: String,
    pub(super) close: &'static str,
    pub(super) keys: Vec<Key<'js>>,
    pub(super) body: Body<'js>,
}

/// What an object has besides properties.
pub(super) enum Body<'js> {
    Nothing,
    Array(u64),
    Numbers(u64),
    Items {
        is_map: bool,
        size: usize,
        first: Vec<Value<'js>>,
    },
    Promise,
    Buffer,
    Weak,
}

/// An object that is shown whole by these few words.
pub(super) enum Shown<'js> {
    Whole(String),
    Open(Shape<'js>),
}

impl<'js> Printer<'js> {
    pub(super) fn shape(
        &mut self,
        value: &Value<'js>,
        constructor: Option<&str>,
        tag: &str,
    ) -> Result<Shown<'js>> {
        let class = value.class();
        let open = |base: String, open: String, close, keys, body| {
            Ok(Shown::Open(Shape {
                base,
                open,
                close,
                keys,
                body,
            }))
        };
        let braces = |fallback: &str, size: &str| prefix(constructor, tag, fallback, size) + "{";
        match class {
            Class::Array => {
                let length = value.length()?;
                let is_plain = constructor == Some("Array") && tag.is_empty();
                let size = format!("({length})");
                let start = match is_plain {
                    true => "[".to_owned(),
                    false => prefix(constructor, tag, "Array", &size) + "[",
                };
                let keys = self.keys_of_array(value, length)?;
                if length == 0 && keys.is_empty() {
                    return Ok(Shown::Whole(start + "]"));
                }
                open(String::new(), start, "]", keys, Body::Array(length))
            }
            Class::TypedArray => {
                let (length, name) = (value.length()?, value.class_name().unwrap_or_default());
                let start = prefix(constructor, tag, &name, &format!("({length})")) + "[";
                let keys = self.keys_of_array(value, length)?;
                if length == 0 && keys.is_empty() {
                    return Ok(Shown::Whole(start + "]"));
                }
                open(String::new(), start, "]", keys, Body::Numbers(length))
            }
            Class::Map | Class::Set => {
                let is_map = class == Class::Map;
                let (size, first) = self.collection(value, is_map)?;
                let name = if is_map { "Map" } else { "Set" };
                let (start, keys) = (braces(name, &format!("({size})")), self.keys(value)?);
                if size == 0 && keys.is_empty() {
                    return Ok(Shown::Whole(start + "}"));
                }
                open(
                    String::new(),
                    start,
                    "}",
                    keys,
                    Body::Items {
                        is_map,
                        size,
                        first,
                    },
                )
            }
            Class::Promise => open(
                String::new(),
                braces("Promise", ""),
                "}",
                self.keys(value)?,
                Body::Promise,
            ),
            Class::WeakMap | Class::WeakSet => {
                let name = value.class_name().unwrap_or_default();
                open(
                    String::new(),
                    braces(&name, ""),
                    "}",
                    self.keys(value)?,
                    Body::Weak,
                )
            }
            Class::ArrayBuffer => open(
                String::new(),
                braces("ArrayBuffer", ""),
                "}",
                self.keys(value)?,
                Body::Buffer,
            ),
            _ => {
                let mut keys = self.keys(value)?;
                let base = self.base(value, constructor, tag, &mut keys)?;
                let name = value.class_name().unwrap_or_default();
                let start = match (&base, name.as_str()) {
                    (Some(_), _) => "{".to_owned(),
                    (None, "Arguments") => "[Arguments] {".to_owned(),
                    (None, "Module") => "[Module: null prototype] {".to_owned(),
                    (None, "Object") if constructor == Some("Object") && tag.is_empty() => {
                        "{".to_owned()
                    }
                    (None, _) => braces("Object", ""),
                };
                match (base, keys.is_empty()) {
                    (Some(base), true) => Ok(Shown::Whole(base)),
                    (None, true) => Ok(Shown::Whole(start + "}")),
                    (base, false) => {
                        open(base.unwrap_or_default(), start, "}", keys, Body::Nothing)
                    }
                }
            }
        }
    }

    /// What stands for an object before its properties, if anything does.
    fn base(
        &mut self,
        value: &Value<'js>,
        constructor: Option<&str>,
        tag: &str,
        keys: &mut Vec<Key<'js>>,
    ) -> Result<Option<String>> {
        let known = |name: &str| self.ctx.slot(Slot::Inspect).get(name);
        if value.is_function() {
            return self.function(value, constructor, tag).map(Some);
        }
        if errors::is_error(value) {
            return self.error(value, constructor, tag, keys).map(Some);
        }
        let (class, text) = match value.class() {
            Class::RegExp => ("RegExp", known("pattern")?.call(value, &[])?.text()?),
            Class::Date => {
                let time = self.ctx.slot(Slot::DateTime).call(value, &[])?;
                match time.float().is_nan() {
                    true => ("Date", "Invalid Date".to_owned()),
                    false => ("Date", known("iso")?.call(value, &[])?.text()?),
                }
            }
            _ => return self.boxed(value, constructor, keys),
        };
        Ok(Some(match prefix(constructor, tag, class, "").as_str() {
            "Date " | "RegExp " => text,
            prefix => format!("{prefix}{text}"),
        }))
    }

    /// `[Number: 1]`
    fn boxed(
        &mut self,
        value: &Value<'js>,
        constructor: Option<&str>,
        keys: &mut Vec<Key<'js>>,
    ) -> Result<Option<String>> {
        let class = value.class_name().unwrap_or_default();
        let text = match class.as_str() {
            "Number" | "Boolean" => value.text()?,
            "BigInt" => format!("{}n", value.text()?),
            "String" => {
                keys.retain(|key| key.index().is_none());
                layout::quoted(&format::string(value, self.left))
            }
            "Symbol" => "Symbol()".into(),
            _ => return Ok(None),
        };
        let other = match constructor {
            None => " (null prototype)".to_owned(),
            Some(name) if name != class => format!(" ({name})"),
            Some(_) => String::new(),
        };
        Ok(Some(format!("[{class}{other}: {text}]")))
    }
}
