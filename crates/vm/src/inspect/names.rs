//! What objects are called.

use super::Printer;
use crate::{
    format,
    island::{
        keys::Key,
        value::{Class, Ctx, Kind, Result, Slot, Thrown, Value},
    },
};

/// Objects that are looked at for a name.
const PROTOTYPES: usize = 64;

/// `Symbol(description)`, whatever the task made of its `toString`.
pub(super) fn symbol(value: &Value<'_>) -> String {
    match Key::of_symbol(value).and_then(|key| key.text().ok_or(Thrown)) {
        Ok(description) => format!("Symbol({description})"),
        Err(Thrown) => {
            value.ctx().catch();
            "Symbol()".into()
        }
    }
}

/// A symbol of those that [`super::capture`] keeps.
pub(super) fn known<'js>(ctx: Ctx<'js>, name: &str) -> Result<Key<'js>> {
    Key::of_symbol(&ctx.slot(Slot::Inspect).get(name)?)
}

/// The function that shows values, for task code.
pub(super) fn inspect(ctx: Ctx<'_>) -> Result<Value<'_>> {
    ctx.slot(Slot::Inspect).get("inspect")
}

/// An own property that is not an accessor.
pub(crate) fn own<'js>(value: &Value<'js>, key: &Key<'js>) -> Option<Value<'js>> {
    match value.own_property(key) {
        Ok(found) => found?.value,
        Err(Thrown) => {
            value.ctx().catch();
            None
        }
    }
}

pub(crate) fn has_own<'js>(value: &Value<'js>, key: &Key<'js>) -> Result<bool> {
    Ok(value.own_property(key)?.is_some())
}

pub(crate) fn own_named<'js>(value: &Value<'js>, name: &str) -> Option<Value<'js>> {
    own(value, &Key::new(value.ctx(), name).ok()?)
}

pub(crate) fn own_string(value: &Value<'_>, name: &str) -> Option<String> {
    let value = own_named(value, name)?;
    (value.kind() == Kind::String).then(|| format::string(&value, 128))
}

/// The objects that an object inherits from, as far as that can be told without running anything.
pub(crate) fn prototypes<'js>(value: &Value<'js>) -> Vec<Value<'js>> {
    let mut found: Vec<Value<'js>> = Vec::new();
    while found.len() < PROTOTYPES {
        let last = found.last().unwrap_or(value);
        if last.class() == Class::Proxy {
            break;
        }
        match last.prototype() {
            Ok(prototype) if prototype.is_object() => found.push(prototype),
            Ok(_) => break,
            Err(Thrown) => {
                value.ctx().catch();
                break;
            }
        }
    }
    found
}

impl<'js> Printer<'js> {
    /// The name of what made an object; `None` if it inherits nothing.
    pub(super) fn constructor(&self, value: &Value<'js>) -> Option<String> {
        let prototypes = prototypes(value);
        if prototypes.is_empty() && value.class() != Class::Proxy {
            return None;
        }
        for object in std::iter::once(value).chain(&prototypes) {
            let Some(made_by) = self.made_by(object, &prototypes) else {
                continue;
            };
            return Some(made_by);
        }
        let name = value.class_name().unwrap_or_else(|| "Object".into());
        Some(format!("{name} <Complex prototype>"))
    }

    /// The name of `object.constructor` if it is a function whose `prototype` is one of these.
    fn made_by(&self, object: &Value<'js>, prototypes: &[Value<'js>]) -> Option<String> {
        if object.class() == Class::Proxy {
            return None;
        }
        let function = own_named(object, "constructor")?;
        if !function.is_function() || function.class() == Class::Proxy {
            return None;
        }
        let name = own_string(&function, "name").filter(|name| !name.is_empty())?;
        let prototype = own_named(&function, "prototype")?;
        let is_one = prototypes.iter().any(|one| one.same(&prototype));
        is_one.then_some(name)
    }

    /// `Symbol.toStringTag`, unless it is shown as a property anyway.
    pub(super) fn tag(&self, value: &Value<'js>) -> Result<String> {
        let key = known(self.ctx, "tag")?;
        if let Some(own) = value.own_property(&key)?
            && (own.enumerable || self.options.hidden)
        {
            return Ok(String::new());
        }
        for object in std::iter::once(value).chain(&prototypes(value)) {
            if object.class() == Class::Proxy {
                break;
            }
            if let Some(tag) = own(object, &key) {
                let is_text = tag.kind() == Kind::String;
                return Ok(if is_text {
                    format::string(&tag, 128)
                } else {
                    String::new()
                });
            }
        }
        Ok(String::new())
    }

    /// What a function is: `[AsyncFunction: f]`, `[class A extends B]`.
    pub(super) fn function(
        &self,
        value: &Value<'js>,
        constructor: Option<&str>,
        tag: &str,
    ) -> Result<String> {
        let tool = match value.tool_path() {
            Some(path) => Some(crate::tools::label(&path)),
            None => crate::chains::label(value),
        };
        if let Some(label) = tool {
            return Ok(format!("[Function: {label}]"));
        }
        let name = own_string(value, "name").unwrap_or_default();
        let source = self.ctx.slot(Slot::Inspect).get("source")?;
        let is_class = source.call(value, &[])?.with_bytes(|source| {
            let rest = source.strip_prefix(b"class").and_then(<[u8]>::first);
            rest.is_some_and(|next| next.is_ascii_whitespace() || *next == b'{')
        })?;
        if is_class {
            return Ok(self.class_of(value, &name, constructor));
        }
        let kind = match value.class_name().as_deref() {
            Some(name @ ("GeneratorFunction" | "AsyncFunction" | "AsyncGeneratorFunction")) => {
                name.to_owned()
            }
            _ => "Function".to_owned(),
        };
        let null = if constructor.is_none() {
            " (null prototype)"
        } else {
            ""
        };
        let mut base = match name.as_str() {
            "" => format!("[{kind}{null} (anonymous)]"),
            name => format!("[{kind}{null}: {name}]"),
        };
        if let Some(constructor) = constructor.filter(|name| *name != kind) {
            base.push_str(&format!(" {constructor}"));
        }
        if !tag.is_empty() && constructor != Some(tag) {
            base.push_str(&format!(" [{tag}]"));
        }
        Ok(base)
    }

    fn class_of(&self, value: &Value<'js>, name: &str, constructor: Option<&str>) -> String {
        let mut base = match name {
            "" => "[class (anonymous)".to_owned(),
            name => format!("[class {name}"),
        };
        match constructor {
            None => base.push_str(" extends null"),
            Some(constructor) => {
                if constructor != "Function" {
                    base.push_str(&format!(" [{constructor}]"));
                }
                let above = prototypes(value);
                let above = above.first().and_then(|above| own_string(above, "name"));
                if let Some(above) = above.filter(|above| !above.is_empty()) {
                    base.push_str(&format!(" extends {above}"));
                }
            }
        }
        base.push(']');
        base
    }
}

/// What stands before an object's bracket: `Foo(2) [tag] `.
pub(super) fn prefix(constructor: Option<&str>, tag: &str, fallback: &str, size: &str) -> String {
    match constructor {
        None if !tag.is_empty() && fallback != tag => {
            format!("[{fallback}{size}: null prototype] [{tag}] ")
        }
        None => format!("[{fallback}{size}: null prototype] "),
        Some(name) if !tag.is_empty() && name != tag => format!("{name}{size} [{tag}] "),
        Some(name) => format!("{name}{size} "),
    }
}
