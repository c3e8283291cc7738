//! What the groups' files need of the language, as no task can change it.

use crate::{
    inspect::{Options, template},
    island::{
        keys::{Key, own_keys},
        native::Args,
        value::{Ctx, Kind, Result, Value, Visible},
    },
};

/// Bytes that `format` gives at most.
const FORMATTED: usize = 1 << 20;

/// `finish(class, name)`: what objects of a class of the web are called, and that their methods are listed.
pub(super) fn finish<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let prototype = args.get(0).get("prototype")?;
    for key in own_keys(&prototype, false)? {
        if key.text().is_some_and(|name| name != "constructor") {
            prototype.list(&key)?;
        }
    }
    let tag = ctx.global().get("Symbol")?.get("toStringTag")?;
    if tag.kind() == Kind::Symbol {
        prototype.define_key(&Key::of_symbol(&tag)?, args.get(1), Visible::Hidden)?;
    }
    Ok(ctx.undefined())
}

/// `apply(function, this, …arguments)`
pub(super) fn apply<'js>(_: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let all = args.all();
    let given: Vec<_> = all.iter().skip(2).collect();
    args.get(0).call(&args.get(1), &given)
}

/// `promise()`: `{ promise, resolve, reject }`.
pub(super) fn promise<'js>(ctx: Ctx<'js>, _: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (promise, resolve, reject) = ctx.promise()?;
    let made = ctx.table()?;
    made.define("promise", promise, Visible::Yes)?;
    made.define("resolve", resolve, Visible::Yes)?;
    made.define("reject", reject, Visible::Yes)?;
    Ok(made)
}

/// `handled(promise)`: nobody need handle its rejection.
pub(super) fn handled<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    args.get(0).mark_handled();
    Ok(ctx.undefined())
}

/// `ownKeys(object)`: the names of what it has itself and lists.
pub(super) fn names<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let keys = own_keys(&args.get(0), true)?;
    super::strings(ctx, keys.iter().filter_map(Key::text))
}

/// `wellFormed(text)`: with lone surrogates replaced.
pub(super) fn well_formed<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    ctx.string(&args.get(0).text()?)
}

/// `parseJson(text)`
pub(super) fn parse_json<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    ctx.parse_json(&args.get(0).text()?, "")
}

/// `format(template, …values)`, as lines of the log are made.
pub(super) fn format<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let options = Options::new(FORMATTED);
    ctx.string(&template::fill(ctx, &args.all(), &options)?)
}
