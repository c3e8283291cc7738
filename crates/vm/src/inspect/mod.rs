//! Values as people read them in a log: what Node's `util.inspect` writes, bounded, and without running getters.

mod collections;
mod error;
mod layout;
pub(crate) mod names;
mod object;
pub(crate) mod options;
mod shape;
pub(crate) mod template;

use crate::{
    format,
    globals::Native,
    island::{
        host,
        value::{Class, Ctx, Kind, Result, Slot, Thrown, Value, Visible},
    },
    text,
};

pub(crate) use layout::width;

/// Objects inside of objects that are shown at most, whatever was asked for: each takes some of the stack.
const DEPTH_MAX: isize = 16;
/// Proxies of proxies that are looked through.
const PROXIES: usize = 16;

/// How to show a value.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Bytes of the text, about.
    pub(crate) bytes: usize,
    /// Objects inside of objects that are shown; -1 for not even the outermost.
    pub(crate) depth: isize,
    /// With what is not enumerable.
    pub(crate) hidden: bool,
    /// Whether objects may say themselves how they look, by `[Symbol.for("nodejs.util.inspect.custom")]`.
    pub(crate) custom: bool,
    /// Characters of a line, about.
    pub(crate) width: usize,
    /// Objects inside of each other that one line may have.
    pub(crate) compact: usize,
    /// Whether long arrays are put into columns.
    pub(crate) columns: bool,
    /// Items of one collection that are shown.
    pub(crate) items: usize,
    /// Characters of a string that are shown.
    pub(crate) chars: usize,
    /// Properties by their names.
    pub(crate) sorted: bool,
}

impl Options {
    /// As `console.log` has it.
    pub(crate) fn new(bytes: usize) -> Self {
        Options {
            bytes,
            depth: 2,
            hidden: false,
            custom: true,
            width: 80,
            compact: 3,
            columns: true,
            items: 100,
            chars: 10_000,
            sorted: false,
        }
    }

    /// On one line, for a message.
    pub(crate) fn line(bytes: usize) -> Self {
        Options {
            width: usize::MAX / 4,
            compact: usize::MAX,
            columns: false,
            ..Options::new(bytes)
        }
    }
}

/// `value` in at most about `options.bytes` bytes.
pub(crate) fn inspect(value: &Value<'_>, options: &Options) -> String {
    let mut printer = Printer {
        ctx: value.ctx(),
        left: options.bytes.saturating_add(1),
        options: Options {
            depth: options.depth.min(DEPTH_MAX),
            ..options.clone()
        },
        indent: 0,
        current: 0,
        above: Vec::new(),
        circular: Vec::new(),
    };
    let mut shown = printer.value(value, 0);
    text::cut(&mut shown, options.bytes);
    shown
}

struct Printer<'js> {
    ctx: Ctx<'js>,
    options: Options,
    /// Bytes that may still be put out.
    left: usize,
    indent: usize,
    /// How deep the object is that was begun last.
    current: usize,
    above: Vec<Value<'js>>,
    /// Objects that are found inside of themselves, in the order of their numbers.
    circular: Vec<Value<'js>>,
}

impl<'js> Printer<'js> {
    /// Whether nothing more is put out: there is no room for it, or nobody waits for it.
    fn is_full(&self) -> bool {
        self.left == 0 || host::is_over()
    }

    /// Takes note of a piece of the text.
    fn spend(&mut self, piece: String) -> String {
        self.left = self.left.saturating_sub(piece.len());
        piece
    }

    /// Runs `steps` with what they put out indented further.
    fn indented<T>(&mut self, steps: impl FnOnce(&mut Self) -> T) -> T {
        self.indent += 2;
        let result = steps(self);
        self.indent -= 2;
        result
    }

    fn value(&mut self, value: &Value<'js>, depth: usize) -> String {
        let piece = match value.kind() {
            Kind::Undefined => "undefined".into(),
            Kind::Null => "null".into(),
            Kind::Bool(value) => value.to_string(),
            Kind::Float(number) if number == 0.0 && number.is_sign_negative() => "-0".into(),
            Kind::Int(_) | Kind::Float(_) => format::string(value, 64),
            Kind::BigInt => format!("{}n", format::string(value, self.left)),
            Kind::String => self.string(value),
            Kind::Symbol => names::symbol(value),
            Kind::Function | Kind::Object => return self.reference(value, depth),
        };
        self.spend(piece)
    }

    fn string(&self, value: &Value<'js>) -> String {
        let whole = format::string(value, self.left);
        let (shown, trailer) = match whole.char_indices().nth(self.options.chars) {
            Some((end, _)) => {
                let more = value.length().unwrap_or_default() as usize;
                let more = more.saturating_sub(whole[..end].encode_utf16().count());
                let s = if more == 1 { "" } else { "s" };
                (&whole[..end], format!("... {more} more character{s}"))
            }
            None => (whole.as_str(), String::new()),
        };
        let room = self.options.width.saturating_sub(self.indent + 4);
        layout::string(shown, room, self.indent) + &trailer
    }

    /// What is behind a proxy: its traps are not run.
    fn behind(&self, value: &Value<'js>) -> Option<Value<'js>> {
        let mut value = value.clone();
        for _ in 0..PROXIES {
            if !value.is_object() || value.class() != Class::Proxy {
                return Some(value);
            }
            value = value.proxy_target()?;
        }
        None
    }

    fn reference(&mut self, value: &Value<'js>, depth: usize) -> String {
        let Some(target) = self.behind(value) else {
            return self.spend("<Revoked Proxy>".into());
        };
        if !target.is_object() {
            return self.value(&target, depth);
        }
        if let Some(shown) = self.custom(value, &target, depth) {
            return shown;
        }
        if self.above.iter().any(|above| above.same(&target)) {
            let piece = format!("[Circular *{}]", self.number(&target));
            return self.spend(piece);
        }
        let opened = self.above.len();
        self.object(&target, depth).unwrap_or_else(|Thrown| {
            self.above.truncate(opened);
            self.ctx.catch();
            self.spend("[not shown]".into())
        })
    }

    /// The number of an object that is found inside of itself.
    fn number(&mut self, value: &Value<'js>) -> usize {
        let known = self.circular.iter().position(|known| known.same(value));
        known.unwrap_or_else(|| {
            self.circular.push(value.clone());
            self.circular.len() - 1
        }) + 1
    }

    /// What an object says itself of how it looks.
    fn custom(&mut self, value: &Value<'js>, target: &Value<'js>, depth: usize) -> Option<String> {
        if !self.options.custom || target.tool_path().is_some() {
            return None;
        }
        let ctx = self.ctx;
        let said: Result<Option<Value<'js>>> = (|| {
            let key = names::known(ctx, "custom")?;
            let function = target.get_key(&key)?;
            if !function.is_function() || function.same(&names::inspect(ctx)?) {
                return Ok(None);
            }
            let left = self.options.depth - depth as isize;
            let options = ctx.object()?;
            options.define("depth", ctx.number(left as f64), Visible::Yes)?;
            let arguments = [ctx.number(left as f64), options, names::inspect(ctx)?];
            let said = function.call(value, &arguments.each_ref())?;
            Ok((!said.same(value) || !said.is_object()).then_some(said))
        })();
        match said {
            Ok(None) => None,
            Ok(Some(said)) if said.kind() == Kind::String => {
                let piece = format::string(&said, self.left);
                let indent = format!("\n{}", " ".repeat(self.indent));
                Some(self.spend(piece.replace('\n', &indent)))
            }
            Ok(Some(said)) => {
                let custom = std::mem::replace(&mut self.options.custom, false);
                let shown = self.value(&said, depth);
                self.options.custom = custom;
                Some(shown)
            }
            Err(Thrown) => {
                ctx.catch();
                Some(self.spend("[not shown]".into()))
            }
        }
    }
}

/// What the printer needs of the language, before a task can change it.
pub(crate) fn capture(ctx: Ctx<'_>) -> Result<()> {
    let known = ctx.script(
        "({ __proto__: null, tag: Symbol.toStringTag, custom: Symbol.for('nodejs.util.inspect.custom'),
            iso: Date.prototype.toISOString, source: Function.prototype.toString,
            pattern: RegExp.prototype.toString, int: parseInt, float: parseFloat, number: Number,
            json: JSON.stringify })",
        "",
        1,
    )?;
    let inspect = ctx.function("inspect", Native::Inspect, None)?;
    known.define("inspect", inspect, Visible::Yes)?;
    ctx.set_slot(Slot::Inspect, known);
    Ok(())
}
