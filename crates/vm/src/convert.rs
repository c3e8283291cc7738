//! Values on their way out, as JSON: the rules of `JSON.stringify`, but what it would drop in
//! silence is an error that names the place.
//!
//! Getters, proxies and `toJSON` may run task code in the middle; nothing here relies on what they do.

use tasker_domain::{ErrorCode, Json};

use crate::{
    errors::{Kinds, throw},
    format::is_identifier,
    island::{
        host,
        keys::{Key, own_keys},
        value::{Class, Ctx, Kind, Result, Thrown, Value},
    },
    text,
};

/// Values inside of values. Parsers downstream take 128 levels.
const DEPTH: usize = 100;
/// Conversions inside of conversions, through getters that make calls: each has a buffer.
const NESTED: u32 = 4;

/// What is converted.
pub(crate) enum Source<'js> {
    /// Becomes an array without its trailing `undefined` items.
    Arguments(Vec<Value<'js>>),
    Result(Value<'js>),
    Progress(Value<'js>),
}

/// JSON text of at most `limit` bytes. Errors are thrown into the task.
pub(crate) fn to_json<'js>(ctx: Ctx<'js>, source: Source<'js>, limit: usize) -> Result<Json> {
    let Some(host) = host::current() else {
        return Err(Thrown);
    };
    let nested = host.conversions.get();
    if nested >= NESTED {
        return Err(throw(
            ctx,
            Kinds::RangeError,
            Some(ErrorCode::NotJson),
            "a getter makes calls whose getters make calls, too deeply",
        ));
    }
    host.conversions.set(nested + 1);
    let mut walk = match &source {
        Source::Arguments(_) => Walk::new(ctx, limit, "args", ErrorCode::ArgsTooLarge),
        Source::Result(_) => Walk::new(ctx, limit, "result", ErrorCode::ResultTooLarge),
        Source::Progress(_) => Walk::new(ctx, limit, "progress", ErrorCode::ArgsTooLarge),
    };
    let done = walk.run(source);
    host.conversions.set(nested);
    done.map(|()| walk.out)
}

/// A value that was opened and not closed yet.
enum Level<'js> {
    Arguments {
        items: Vec<Value<'js>>,
        next: usize,
    },
    Array {
        array: Value<'js>,
        length: u64,
        next: u64,
    },
    Object {
        object: Value<'js>,
        keys: Vec<Key<'js>>,
        next: usize,
        empty: bool,
    },
}

impl<'js> Level<'js> {
    fn object(&self) -> Option<&Value<'js>> {
        match self {
            Level::Arguments { .. } => None,
            Level::Array { array, .. } => Some(array),
            Level::Object { object, .. } => Some(object),
        }
    }
}

struct Walk<'js> {
    ctx: Ctx<'js>,
    out: String,
    limit: usize,
    label: &'static str,
    too_large: ErrorCode,
    levels: Vec<Level<'js>>,
}

impl<'js> Walk<'js> {
    fn new(ctx: Ctx<'js>, limit: usize, label: &'static str, too_large: ErrorCode) -> Self {
        Walk {
            ctx,
            out: String::new(),
            limit,
            label,
            too_large,
            levels: Vec::new(),
        }
    }

    fn run(&mut self, source: Source<'js>) -> Result<()> {
        match source {
            Source::Arguments(mut items) => {
                while items
                    .last()
                    .is_some_and(|item| item.kind() == Kind::Undefined)
                {
                    items.pop();
                }
                self.out.push('[');
                self.levels.push(Level::Arguments { items, next: 0 });
            }
            Source::Result(value) | Source::Progress(value) => {
                let value = self.replaced(value, "")?;
                if !self.put(value)? {
                    self.out.push_str("null");
                }
            }
        }
        while let Some(level) = self.levels.last_mut() {
            match level {
                Level::Arguments { items, next } => match items.get(*next).cloned() {
                    Some(item) => {
                        *next += 1;
                        let index = (*next - 1) as u64;
                        self.item(item, index)?;
                    }
                    None => self.close(']'),
                },
                Level::Array {
                    array,
                    length,
                    next,
                } => {
                    if *next < *length {
                        let (array, index) = (array.clone(), *next);
                        *next += 1;
                        let item = array.get_key(&Key::new(self.ctx, &index.to_string())?)?;
                        self.item(item, index)?;
                    } else {
                        self.close(']');
                    }
                }
                Level::Object {
                    object, keys, next, ..
                } => match keys.get(*next) {
                    Some(key) => {
                        let (value, name) = (object.get_key(key)?, key.text().ok_or(Thrown)?);
                        *next += 1;
                        self.member(value, &name)?;
                    }
                    None => self.close('}'),
                },
            }
            if self.out.len() > self.limit {
                return Err(self.refuse_size());
            }
        }
        // A value that has no others in it is longer by its quotes and escapes.
        match self.out.len() > self.limit {
            true => Err(self.refuse_size()),
            false => Ok(()),
        }
    }

    fn close(&mut self, bracket: char) {
        self.out.push(bracket);
        self.levels.pop();
    }

    fn item(&mut self, item: Value<'js>, index: u64) -> Result<()> {
        if index > 0 {
            self.out.push(',');
        }
        let item = if item.is_object() {
            self.replaced(item, &index.to_string())?
        } else {
            item
        };
        if !self.put(item)? {
            self.out.push_str("null");
        }
        Ok(())
    }

    fn member(&mut self, value: Value<'js>, name: &str) -> Result<()> {
        let value = self.replaced(value, name)?;
        if value.kind() == Kind::Undefined {
            return Ok(());
        }
        if let Some(Level::Object { empty, .. }) = self.levels.last_mut()
            && !std::mem::replace(empty, false)
        {
            self.out.push(',');
        }
        text::push_json_string(&mut self.out, name);
        self.out.push(':');
        self.put(value).map(drop)
    }

    /// What `toJSON` makes of it.
    fn replaced(&self, value: Value<'js>, key: &str) -> Result<Value<'js>> {
        if !value.is_object() {
            return Ok(value);
        }
        let method = value.get("toJSON")?;
        if method.is_function() {
            method.call(&value, &[&self.ctx.string(key)?])
        } else {
            Ok(value)
        }
    }

    /// Writes a value or opens it; false for `undefined`, which stands for nothing or null.
    fn put(&mut self, value: Value<'js>) -> Result<bool> {
        match value.kind() {
            Kind::Undefined => return Ok(false),
            Kind::Null => self.out.push_str("null"),
            Kind::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            Kind::Int(value) => self.out.push_str(&value.to_string()),
            Kind::Float(number) if number.is_finite() => self.out.push_str(&value.text()?),
            Kind::Float(number) => return Err(self.refuse_number(number)),
            Kind::String => self.string(&value)?,
            Kind::BigInt => return Err(self.refuse("a BigInt", "; pass it as a string")),
            Kind::Symbol => return Err(self.refuse("a symbol", "")),
            Kind::Function if value.chain_state().is_some() => {
                return Err(self.refuse("a query", "; await it first"));
            }
            Kind::Function => return Err(self.refuse("a function", "")),
            Kind::Object => self.open(value)?,
        }
        Ok(true)
    }

    fn string(&mut self, value: &Value<'js>) -> Result<()> {
        if value.length()? > self.limit.saturating_sub(self.out.len()) as u64 {
            return Err(self.refuse_size());
        }
        let text = value.text()?;
        text::push_json_string(&mut self.out, &text);
        Ok(())
    }

    fn open(&mut self, value: Value<'js>) -> Result<()> {
        if self.levels.len() > DEPTH {
            let message = format!("{} is nested more than {DEPTH} levels deep", self.place());
            return Err(throw(
                self.ctx,
                Kinds::RangeError,
                Some(ErrorCode::NotJson),
                &message,
            ));
        }
        if self
            .levels
            .iter()
            .filter_map(Level::object)
            .any(|above| above.same(&value))
        {
            return Err(self.refuse("part of a cycle", ""));
        }
        let class = value.class();
        let refused = match class {
            Class::Map => Some(("a Map", "; pass Object.fromEntries(map) or [...map]")),
            Class::Set => Some(("a Set", "; pass [...set]")),
            Class::TypedArray => Some(("a typed array", "; pass Array.from(it), or base64 text")),
            Class::ArrayBuffer | Class::DataView => Some(("a buffer", "; pass base64 text")),
            Class::Promise => Some(("a Promise", "; await it first")),
            Class::RegExp => Some(("a RegExp", "; pass its source")),
            Class::WeakMap | Class::WeakSet => Some(("a weak collection", "")),
            _ => None,
        };
        if let Some((what, hint)) = refused {
            return Err(self.refuse(what, hint));
        }
        if class != Class::Plain && value.is_array() {
            let length = value.length()?;
            self.out.push('[');
            self.levels.push(Level::Array {
                array: value,
                length,
                next: 0,
            });
            return Ok(());
        }
        if class == Class::Other && self.unboxed(&value)? {
            return Ok(());
        }
        let mut keys = own_keys(&value, true)?;
        if class == Class::Error {
            // JSON would show nothing of an error: its name and message are not enumerable.
            keys.retain(|key| !matches!(key.text().as_deref(), Some("name" | "message")));
            keys.insert(0, Key::new(self.ctx, "message")?);
            keys.insert(0, Key::new(self.ctx, "name")?);
        }
        self.out.push('{');
        self.levels.push(Level::Object {
            object: value,
            keys,
            next: 0,
            empty: true,
        });
        Ok(())
    }

    /// Writes the primitive in `new Number(1)` and its like.
    fn unboxed(&mut self, value: &Value<'js>) -> Result<bool> {
        match value.class_name().as_deref() {
            Some("Number") => match value.text()?.parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    self.out.push_str(&self.ctx.number(number).text()?)
                }
                Ok(number) => return Err(self.refuse_number(number)),
                Err(_) => self.out.push_str("null"),
            },
            Some("String") => {
                let text = value.text()?;
                text::push_json_string(&mut self.out, &text);
            }
            Some("Boolean") => self.out.push_str(if value.text()? == "true" {
                "true"
            } else {
                "false"
            }),
            Some("BigInt") => return Err(self.refuse("a BigInt", "; pass it as a string")),
            Some("Symbol") => return Err(self.refuse("a symbol", "")),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn refuse(&self, what: &str, hint: &str) -> Thrown {
        let message = format!("{} is {what} and cannot cross as JSON{hint}", self.place());
        throw(
            self.ctx,
            Kinds::TypeError,
            Some(ErrorCode::NotJson),
            &message,
        )
    }

    fn refuse_number(&self, number: f64) -> Thrown {
        let what = match number {
            f64::INFINITY => "Infinity",
            f64::NEG_INFINITY => "-Infinity",
            _ => "NaN",
        };
        self.refuse(what, "; pass null or text")
    }

    fn refuse_size(&self) -> Thrown {
        let message = format!("{} has more than {} bytes as JSON", self.label, self.limit);
        throw(self.ctx, Kinds::RangeError, Some(self.too_large), &message)
    }

    /// Where the walk is: `args[0].list[3].fn`.
    fn place(&self) -> String {
        let mut place = self.label.to_owned();
        for level in &self.levels {
            match level {
                Level::Arguments { next, .. } => place.push_str(&format!("[{}]", next - 1)),
                Level::Array { next, .. } => place.push_str(&format!("[{}]", next - 1)),
                Level::Object { keys, next, .. } => {
                    let name = keys.get(next - 1).and_then(Key::text).unwrap_or_default();
                    if is_identifier(&name) {
                        place.push('.');
                        place.push_str(&name);
                    } else {
                        place.push('[');
                        text::push_json_string(&mut place, &name);
                        place.push(']');
                    }
                }
            }
        }
        place
    }
}
