//! The items of arrays, maps, sets and buffers.

use super::Printer;
use crate::island::{
    keys::{Key, own_keys},
    value::{Kind, Promise, Result, Slot, Value},
};

/// Items of an array beyond which its other properties are not looked for: that takes a list of all keys.
const LONG_ARRAY: u64 = 10_000;

impl<'js> Printer<'js> {
    /// The own keys that are shown, without the indexes of an array.
    pub(super) fn keys_of_array(&self, value: &Value<'js>, length: u64) -> Result<Vec<Key<'js>>> {
        if length > LONG_ARRAY {
            return Ok(Vec::new());
        }
        let mut keys = self.keys(value)?;
        keys.retain(|key| key.index().is_none());
        Ok(keys)
    }

    /// The items of an array, holes as such; whether all of them are numbers; whether there are more.
    pub(super) fn array(
        &mut self,
        value: &Value<'js>,
        length: u64,
        depth: usize,
    ) -> Result<(Vec<String>, bool, bool)> {
        let (mut out, mut numbers, mut index) = (Vec::new(), true, 0);
        while index < length && out.len() < self.options.items && !self.is_full() {
            let key = Key::new(self.ctx, &index.to_string())?;
            match value.own_property(&key)? {
                Some(property) => {
                    let item = property.value.as_ref().map(Value::kind);
                    numbers &= matches!(item, Some(Kind::Int(_) | Kind::Float(_) | Kind::BigInt));
                    out.push(self.indented(|printer| printer.property(&property, depth)));
                    index += 1;
                }
                None => {
                    let end = self.next_item(value, index, length)?;
                    out.push(self.spend(format!(
                        "<{} empty item{}>",
                        end - index,
                        if end - index == 1 { "" } else { "s" }
                    )));
                    numbers = false;
                    index = end;
                }
            }
        }
        let cut = index < length && self.options.items < usize::MAX && !self.is_full();
        if cut {
            out.push(more(length - index));
        }
        Ok((out, numbers, cut))
    }

    /// Where the hole ends that begins at `index`.
    fn next_item(&self, value: &Value<'js>, index: u64, length: u64) -> Result<u64> {
        let keys = own_keys(value, false)?;
        let next = keys
            .iter()
            .filter_map(Key::index)
            .find(|next| *next > index);
        Ok(next.unwrap_or(length).min(length))
    }

    /// The items of a typed array.
    pub(super) fn numbers(
        &mut self,
        value: &Value<'js>,
        length: u64,
        depth: usize,
    ) -> Result<(Vec<String>, bool)> {
        let shown = length.min(self.options.items as u64);
        let mut out = Vec::new();
        for index in 0..shown {
            if self.is_full() {
                return Ok((out, false));
            }
            out.push(self.value(&value.get_index(index as u32)?, depth));
        }
        if length > shown {
            out.push(more(length - shown));
        }
        Ok((out, length > shown))
    }

    /// How many items a `Map` or `Set` has, and the first of them: with the engine's own iterator, whatever
    /// the task made of it.
    pub(super) fn collection(
        &mut self,
        value: &Value<'js>,
        is_map: bool,
    ) -> Result<(usize, Vec<Value<'js>>)> {
        let (iterate, next) = match is_map {
            true => (Slot::MapEntries, Slot::MapNext),
            false => (Slot::SetValues, Slot::SetNext),
        };
        let iterator = self.ctx.slot(iterate).call(value, &[])?;
        let (next, mut size, mut items) = (self.ctx.slot(next), 0, Vec::new());
        loop {
            let step = next.call(&iterator, &[])?;
            if step.get("done")?.kind() == Kind::Bool(true) {
                return Ok((size, items));
            }
            if size < self.options.items {
                items.push(step.get("value")?);
            }
            size += 1;
        }
    }

    /// The items of a `Map` or `Set` as they are shown.
    pub(super) fn items(
        &mut self,
        items: &[Value<'js>],
        size: usize,
        is_map: bool,
        depth: usize,
    ) -> Result<Vec<String>> {
        let mut out = Vec::new();
        for item in items {
            if self.is_full() {
                return Ok(out);
            }
            out.push(self.indented(|printer| match is_map {
                true => {
                    let key = printer.value(&item.get_index(0)?, depth);
                    let value = printer.value(&item.get_index(1)?, depth);
                    Ok(format!("{key} => {value}"))
                }
                false => Ok(printer.value(item, depth)),
            })?);
        }
        if size > items.len() {
            out.push(more((size - items.len()) as u64));
        }
        Ok(out)
    }

    pub(super) fn promise(&mut self, value: &Value<'js>, depth: usize) -> Vec<String> {
        let mut shown = |value: &Value<'js>| self.indented(|printer| printer.value(value, depth));
        vec![match value.promise() {
            Some(Promise::Fulfilled(value)) => shown(&value),
            Some(Promise::Rejected(value)) => format!("<rejected> {}", shown(&value)),
            _ => "<pending>".into(),
        }]
    }

    /// The bytes of an `ArrayBuffer`.
    pub(super) fn buffer(&mut self, value: &Value<'js>) -> Vec<String> {
        let Some((bytes, length)) = value.buffer_start(self.options.items.min(1 << 10)) else {
            return vec!["(detached)".into()];
        };
        let mut hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match length - bytes.len() {
            0 => {}
            1 => hex.push("... 1 more byte".into()),
            more => hex.push(format!("... {more} more bytes")),
        }
        vec![
            self.spend(format!("[Uint8Contents]: <{}>", hex.join(" "))),
            format!("byteLength: {length}"),
        ]
    }
}

fn more(items: u64) -> String {
    format!("... {items} more item{}", if items == 1 { "" } else { "s" })
}
