//! What `setTimeout` and `setInterval` give: an object with the methods of Node's, which stands for a number where one is asked for.

use crate::{
    errors::{Kinds, throw},
    globals::Native,
    island::{
        keys::Key,
        native::Args,
        timeout,
        value::{Ctx, Result, Value, Visible},
    },
    timers,
};

#[derive(Debug, Clone, Copy)]
enum Method {
    Ref,
    Unref,
    HasRef,
    Refresh,
    Close,
    Number,
}

/// Those with a name in brackets are symbols.
const METHODS: &[(&str, Method)] = &[
    ("ref", Method::Ref),
    ("unref", Method::Unref),
    ("hasRef", Method::HasRef),
    ("refresh", Method::Refresh),
    ("close", Method::Close),
    ("[toPrimitive]", Method::Number),
    ("[dispose]", Method::Close),
];

/// The prototype of these objects.
pub(crate) fn prototype<'js>(ctx: Ctx<'js>) -> Result<Value<'js>> {
    let prototype = ctx.object()?;
    for (index, (name, _)) in METHODS.iter().enumerate() {
        let symbol = name
            .strip_prefix('[')
            .and_then(|name| name.strip_suffix(']'));
        let key = match symbol {
            Some(symbol) => Key::of_symbol(&ctx.global().get("Symbol")?.get(symbol)?)?,
            None => Key::new(ctx, name)?,
        };
        let index = ctx.number(index as f64);
        let method = ctx.function(name, Native::Timeout, Some(&index))?;
        prototype.define_key(&key, method, Visible::Hidden)?;
    }
    Ok(prototype)
}

/// Runs one of the methods.
pub(crate) fn call<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let this = args.this();
    let Some(entry) = timeout::state(&this) else {
        let message = "this is not what setTimeout or setInterval gave";
        return Err(throw(ctx, Kinds::TypeError, None, message));
    };
    let has_ref = |has: bool| entry.define_index(timers::HAS_REF, ctx.bool(has));
    match METHODS.get(args.data(0).float() as usize) {
        Some((_, Method::HasRef)) => return entry.get_index(timers::HAS_REF),
        Some((_, Method::Number)) => return entry.get_index(timers::ID),
        Some((_, Method::Ref)) => has_ref(true)?,
        Some((_, Method::Unref)) => has_ref(false)?,
        Some((_, Method::Refresh)) => timers::again(ctx, &entry)?,
        Some((_, Method::Close)) => drop(timers::clear(ctx, &this)?),
        None => {}
    }
    Ok(this)
}
