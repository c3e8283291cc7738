//! Values as people read them in a log: close to JSON, bounded, and without running getters.

use crate::{
    errors,
    island::{
        keys::{Key, own_keys, own_symbols},
        value::{Class, Ctx, Kind, Property, Result, Slot, Thrown, Value},
    },
    text,
};

/// Objects inside of objects that are shown.
const DEPTH: usize = 4;
/// Members of one object that are shown.
const MEMBERS: usize = 100;

/// `value` in at most about `bytes` bytes.
pub(crate) fn value(value: &Value<'_>, bytes: usize) -> String {
    let mut out = Printer {
        text: String::new(),
        bytes,
        above: Vec::new(),
    };
    out.put(value);
    text::cut(&mut out.text, bytes);
    out.text
}

/// A string as it is, all others as [`value`] shows them.
pub(crate) fn plain(of: &Value<'_>, bytes: usize) -> String {
    if of.kind() == Kind::String {
        string(of, bytes)
    } else {
        value(of, bytes)
    }
}

/// The start of a string: a little more than `bytes` bytes if it is longer, so that a cut shows.
pub(crate) fn string(value: &Value<'_>, bytes: usize) -> String {
    let read = value.with_bytes(|text| text::from_wtf8(&text[..text.len().min(bytes + 8)]));
    read.unwrap_or_else(|Thrown| {
        value.ctx().catch();
        "[too large to show]".into()
    })
}

/// `TypeError: message`, for an error; else the value.
pub(crate) fn headline(of: &Value<'_>) -> String {
    if !errors::is_error(of) {
        return value(of, 1 << 10);
    }
    let error = errors::describe(of);
    match (error.name, error.message) {
        (name, message) if message.is_empty() => name,
        (name, message) => format!("{name}: {message}"),
    }
}

struct Printer<'js> {
    text: String,
    bytes: usize,
    above: Vec<Value<'js>>,
}

impl<'js> Printer<'js> {
    fn full(&self) -> bool {
        self.text.len() > self.bytes
    }

    fn put(&mut self, value: &Value<'js>) {
        match value.kind() {
            Kind::Undefined => self.text.push_str("undefined"),
            Kind::Null => self.text.push_str("null"),
            Kind::Bool(value) => self.text.push_str(if value { "true" } else { "false" }),
            Kind::Int(_) | Kind::Float(_) => self.text.push_str(&string(value, 64)),
            Kind::BigInt => self
                .text
                .push_str(&format!("{}n", string(value, self.bytes))),
            Kind::String => {
                let text = string(value, self.bytes);
                text::push_json_string(&mut self.text, &text);
            }
            Kind::Symbol => self.symbol(value),
            Kind::Function => self.function(value),
            Kind::Object => self.object(value),
        }
    }

    /// As its own `toString` shows it, which a task may have replaced.
    fn symbol(&mut self, value: &Value<'js>) {
        self.text.push_str("Symbol(");
        match Key::of_symbol(value).and_then(|key| key.text().ok_or(Thrown)) {
            Ok(description) => self.text.push_str(&description),
            Err(Thrown) => drop(value.ctx().catch()),
        }
        self.text.push(')');
    }

    fn function(&mut self, value: &Value<'js>) {
        let tool = match value.tool_path() {
            Some(path) => Some(crate::tools::label(&path)),
            None => crate::chains::label(value),
        };
        let label = match tool {
            Some(label) => label,
            None => match self.own(value, "name") {
                Some(name) if name.kind() == Kind::String => string(&name, 128),
                _ => String::new(),
            },
        };
        self.text.push_str(&format!(
            "[function {}]",
            if label.is_empty() {
                "(anonymous)"
            } else {
                &label
            }
        ));
    }

    /// An own property that is not an accessor.
    fn own(&self, value: &Value<'js>, name: &str) -> Option<Value<'js>> {
        let key = Key::new(value.ctx(), name);
        match key.and_then(|key| value.own_property(&key)) {
            Ok(Some(Property::Value(value))) => Some(value),
            Ok(_) => None,
            Err(Thrown) => {
                value.ctx().catch();
                None
            }
        }
    }

    fn object(&mut self, value: &Value<'js>) {
        if self.above.iter().any(|above| above.same(value)) {
            return self.text.push_str("[circular]");
        }
        let class = value.class();
        if errors::is_error(value) {
            let error = errors::describe(value);
            self.text.push_str(&headline(value));
            if let Some(stack) = error.stack {
                self.text.push('\n');
                self.text.push_str(&stack);
            }
            return;
        }
        if self.above.len() >= DEPTH {
            return self.text.push_str(if class == Class::Array {
                "[array]"
            } else {
                "[object]"
            });
        }
        self.above.push(value.clone());
        let done = match class {
            Class::Array => self.array(value),
            Class::Date | Class::RegExp => value.text().map(|text| self.text.push_str(&text)),
            Class::Map => self.collection(value, "Map", Slot::MapEntries, Slot::MapNext),
            Class::Set => self.collection(value, "Set", Slot::SetValues, Slot::SetNext),
            Class::Promise => {
                self.text.push_str("[promise]");
                Ok(())
            }
            Class::Proxy => {
                self.text.push_str("[proxy]");
                Ok(())
            }
            Class::WeakMap | Class::WeakSet | Class::ArrayBuffer | Class::DataView => {
                let name = value.class_name().unwrap_or_default();
                self.text.push_str(&format!("[{name}]"));
                Ok(())
            }
            Class::TypedArray => {
                self.text.push_str(&value.class_name().unwrap_or_default());
                self.array(value)
            }
            Class::Plain | Class::Error | Class::Other => self.members(value),
        };
        self.above.pop();
        if done.is_err() {
            value.ctx().catch();
            self.text.push_str("[not shown]");
        }
    }

    fn array(&mut self, value: &Value<'js>) -> Result<()> {
        let length = match value.class() {
            Class::Array | Class::TypedArray => value.length()?,
            _ => 0,
        };
        self.text.push('[');
        for index in 0..length.min(MEMBERS as u64) {
            if self.full() {
                break;
            }
            self.text.push_str(if index > 0 { ", " } else { "" });
            let key = Key::new(value.ctx(), &index.to_string())?;
            self.property(value, &key)?;
        }
        if length > MEMBERS as u64 {
            self.text
                .push_str(&format!(", … {} more", length - MEMBERS as u64));
        }
        self.text.push(']');
        Ok(())
    }

    fn members(&mut self, value: &Value<'js>) -> Result<()> {
        let mut keys = own_keys(value, true)?;
        keys.extend(own_symbols(value)?);
        self.text.push('{');
        for (index, key) in keys.iter().take(MEMBERS).enumerate() {
            if self.full() {
                break;
            }
            self.text.push_str(if index > 0 { ", " } else { " " });
            let name = key.text().unwrap_or_default();
            let of = key.value()?;
            if of.kind() == Kind::Symbol {
                self.text.push('[');
                self.symbol(&of);
                self.text.push(']');
            } else if is_identifier(&name) {
                self.text.push_str(&name);
            } else {
                text::push_json_string(&mut self.text, &name);
            }
            self.text.push_str(": ");
            self.property(value, key)?;
        }
        if keys.len() > MEMBERS {
            self.text
                .push_str(&format!(", … {} more", keys.len() - MEMBERS));
        }
        self.text.push_str(if keys.is_empty() { "}" } else { " }" });
        Ok(())
    }

    fn property(&mut self, value: &Value<'js>, key: &Key<'js>) -> Result<()> {
        match value.own_property(key)? {
            Some(Property::Value(value)) => self.put(&value),
            Some(Property::Accessor) => self.text.push_str("[getter]"),
            None => self.text.push_str("undefined"),
        }
        Ok(())
    }

    /// Goes through a `Map` or `Set` with the engine's own iterator, whatever the task made of it.
    fn collection(
        &mut self,
        value: &Value<'js>,
        name: &str,
        iterate: Slot,
        next: Slot,
    ) -> Result<()> {
        let ctx: Ctx<'js> = value.ctx();
        let iterator = ctx.slot(iterate).call(value, &[])?;
        let next = ctx.slot(next);
        self.text.push_str(name);
        self.text.push_str(" {");
        for index in 0..=MEMBERS {
            let step = next.call(&iterator, &[])?;
            if step.get("done")?.kind() == Kind::Bool(true) {
                if index > 0 {
                    self.text.push(' ');
                }
                break;
            }
            if index == MEMBERS || self.full() {
                self.text.push_str(", … ");
                break;
            }
            self.text.push_str(if index > 0 { ", " } else { " " });
            let item = step.get("value")?;
            if name == "Map" {
                self.put(&item.get_index(0)?);
                self.text.push_str(" => ");
                self.put(&item.get_index(1)?);
            } else {
                self.put(&item);
            }
        }
        self.text.push('}');
        Ok(())
    }
}

/// True if `name` can stand in a path or an object literal without quotes.
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_' || first == '$')
        && chars.all(|char| char.is_alphanumeric() || char == '_' || char == '$')
}
