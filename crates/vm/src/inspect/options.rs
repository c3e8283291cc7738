//! What task code asks of `util.inspect` and `console.dir`.

use super::{DEPTH_MAX, Options};
use crate::island::{
    native::Args,
    value::{Ctx, Kind, Result, Value},
};

/// Bytes that `util.inspect` gives at most.
const BYTES: usize = 1 << 20;

impl Options {
    /// With what an object of the task says, in Node's names.
    pub(crate) fn with(mut self, asked: &Value<'_>) -> Result<Self> {
        if !asked.is_object() {
            return Ok(self);
        }
        let truth = |name: &str, otherwise: bool| {
            let value = asked.get(name)?;
            Ok(match value.kind() {
                Kind::Bool(value) => value,
                _ => otherwise,
            })
        };
        self.hidden = truth("showHidden", self.hidden)?;
        self.custom = truth("customInspect", self.custom)?;
        self.sorted = truth("sorted", self.sorted)?;
        if let Some(depth) = count(asked, "depth")? {
            self.depth = depth.map_or(DEPTH_MAX, |depth| depth.min(DEPTH_MAX as f64) as isize);
        }
        if let Some(width) = count(asked, "breakLength")? {
            self.width = width.map_or(usize::MAX / 4, |width| width as usize);
        }
        if let Some(items) = count(asked, "maxArrayLength")? {
            self.items = items.map_or(usize::MAX, |items| items as usize);
        }
        if let Some(chars) = count(asked, "maxStringLength")? {
            self.chars = chars.map_or(usize::MAX, |chars| chars as usize);
        }
        let compact = asked.get("compact")?;
        match compact.kind() {
            Kind::Bool(true) => self.compact = usize::MAX,
            Kind::Bool(false) => self.compact = 0,
            _ if compact.float() >= 0.0 => self.compact = compact.float() as usize,
            _ => {}
        }
        self.columns &= self.compact > 0;
        Ok(self)
    }
}

/// A number that may be missing, or have no bound.
fn count(asked: &Value<'_>, name: &str) -> Result<Option<Option<f64>>> {
    let value = asked.get(name)?;
    Ok(match value.kind() {
        Kind::Null => Some(None),
        Kind::Int(number) => Some(Some(number.into())),
        Kind::Float(number) if number.is_nan() => None,
        Kind::Float(number) => Some(Some(number).filter(|number| number.is_finite())),
        _ => None,
    })
}

/// `util.inspect(value, options)`, or `util.inspect(value, showHidden, depth)`.
pub(crate) fn call<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let mut options = Options::new(BYTES);
    if let Kind::Bool(hidden) = args.get(1).kind() {
        options.hidden = hidden;
        if let Kind::Int(depth) = args.get(2).kind() {
            options.depth = depth as isize;
        }
    }
    let options = options.with(&args.get(1))?;
    ctx.string(&super::inspect(&args.get(0), &options))
}
