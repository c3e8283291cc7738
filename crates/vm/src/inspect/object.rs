//! An object: its items and its properties.

use super::{
    Printer,
    layout::{self, Array, Bounds, Frame},
    names::{self, prefix},
    shape::{Body, Shown},
};
use crate::island::{
    keys::{Key, all_keys},
    look::Own,
    value::{Kind, Result, Value},
};

impl<'js> Printer<'js> {
    pub(super) fn object(&mut self, value: &Value<'js>, depth: usize) -> Result<String> {
        let is_tool = value.tool_path().is_some() || crate::chains::label(value).is_some();
        let constructor = match is_tool {
            true => Some("Function".into()),
            false => self.constructor(value),
        };
        let constructor = constructor.as_deref();
        let tag = if is_tool {
            String::new()
        } else {
            self.tag(value)?
        };
        let shape = match self.shape(value, constructor, &tag)? {
            Shown::Whole(text) => return Ok(self.spend(text)),
            Shown::Open(shape) => shape,
        };
        if depth as isize > self.options.depth || self.is_full() {
            let name = prefix(constructor, &tag, "Object", "");
            return Ok(self.spend(format!("[{}]", name.trim_end())));
        }
        self.above.push(value.clone());
        self.current = depth;
        self.spend(format!("{}{}", shape.base, shape.open));
        let (mut members, array) = self.body(value, &shape.body, depth + 1)?;
        let items = members.len();
        for key in &shape.keys {
            if self.is_full() {
                break;
            }
            members.push(self.member(value, key, depth + 1)?);
        }
        if self.options.sorted {
            members[items..].sort();
        }
        self.above.pop();
        let base = match self.circular.iter().position(|known| known.same(value)) {
            Some(index) => format!("<ref *{}> {}", index + 1, shape.base)
                .trim_end()
                .to_owned(),
            None => shape.base,
        };
        let frame = Frame {
            base: &base,
            open: &shape.open,
            close: shape.close,
            array,
        };
        let bounds = Bounds {
            width: self.options.width,
            compact: self.options.compact,
            columns: self.options.columns,
            indent: self.indent,
            levels: self.current - depth,
        };
        Ok(layout::join(members, &frame, &bounds))
    }

    fn body(
        &mut self,
        value: &Value<'js>,
        body: &Body<'js>,
        depth: usize,
    ) -> Result<(Vec<String>, Option<Array>)> {
        Ok(match body {
            Body::Nothing => (Vec::new(), None),
            Body::Weak => (vec!["<items unknown>".into()], None),
            Body::Promise => (self.promise(value, depth), None),
            Body::Buffer => (self.buffer(value), None),
            Body::Items {
                is_map,
                size,
                first,
            } => (self.items(first, *size, *is_map, depth)?, None),
            Body::Array(length) => {
                let (items, numbers, cut) = self.array(value, *length, depth)?;
                (items, Some(Array { numbers, cut }))
            }
            Body::Numbers(length) => {
                let (items, cut) = self.numbers(value, *length, depth)?;
                (items, Some(Array { numbers: true, cut }))
            }
        })
    }

    /// The own keys that are shown.
    pub(super) fn keys(&self, value: &Value<'js>) -> Result<Vec<Key<'js>>> {
        all_keys(value, !self.options.hidden)
    }

    fn member(&mut self, value: &Value<'js>, key: &Key<'js>, depth: usize) -> Result<String> {
        let Some(property) = value.own_property(key)? else {
            return Ok(String::new());
        };
        let of = key.value()?;
        let name = match of.kind() {
            Kind::Symbol => format!("[{}]", layout::escaped(&names::symbol(&of))),
            _ => name(&key.text().unwrap_or_default(), property.enumerable),
        };
        let name = self.spend(name);
        let shown = self.indented(|printer| printer.property(&property, depth));
        Ok(format!("{name}: {shown}"))
    }

    pub(super) fn property(&mut self, property: &Own<'js>, depth: usize) -> String {
        let accessor = match (property.getter, property.setter) {
            (true, true) => "[Getter/Setter]",
            (true, false) => "[Getter]",
            (false, true) => "[Setter]",
            (false, false) => "undefined",
        };
        match &property.value {
            Some(value) => self.value(value, depth),
            None => self.spend(accessor.into()),
        }
    }
}

/// A property's name, quoted if it has to be.
fn name(name: &str, enumerable: bool) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_plain = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(is_word);
    match name {
        "__proto__" => "['__proto__']".into(),
        name if !enumerable => format!("[{}]", layout::escaped(name)),
        name if is_plain => name.to_owned(),
        name => layout::quoted(name),
    }
}
