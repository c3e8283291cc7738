//! Locales, dates, numbers and texts as `Intl` writes them.

use tasker_intl::Error;

use super::strings;
use crate::{
    globals::Native,
    island::{
        host,
        native::Args,
        value::{Ctx, Result, Value, Visible},
    },
};

/// Methods of prototypes that take a locale.
const METHODS: &[(&str, &str)] = &[
    ("Number", "toLocaleString"),
    ("BigInt", "toLocaleString"),
    ("Date", "toLocaleString"),
    ("Date", "toLocaleDateString"),
    ("Date", "toLocaleTimeString"),
    ("String", "localeCompare"),
    ("String", "toLocaleUpperCase"),
    ("String", "toLocaleLowerCase"),
    ("Array", "toLocaleString"),
];

/// What making a formatter of data takes, and what using one does, in steps of a loop.
const FORMATTER: usize = 1 << 13;

/// Puts the methods in place of the engine's own, which do not look at the locale.
pub(super) fn install<'js>(ctx: Ctx<'js>, global: &Value<'js>) -> Result<()> {
    for (index, (constructor, name)) in METHODS.iter().enumerate() {
        let index = ctx.number(index as f64);
        let method = ctx.function(name, Native::WebLocale, Some(&index))?;
        let prototype = global.get(constructor)?.get("prototype")?;
        prototype.define(name, method, Visible::Hidden)?;
    }
    Ok(())
}

/// The name under which `locale.js` has a method.
pub(super) fn method(index: &Value<'_>) -> String {
    match METHODS.get(index.float() as usize) {
        Some((constructor, name)) => format!("{constructor}.{name}"),
        None => String::new(),
    }
}

/// A text, or the name and message of the error to throw.
fn give<'js>(ctx: Ctx<'js>, result: tasker_intl::Result<String>) -> Result<Value<'js>> {
    match result {
        Ok(text) => ctx.string(&text),
        Err(Error::Range(message)) => strings(ctx, ["RangeError", &message]),
        Err(Error::Type(message)) => strings(ctx, ["TypeError", &message]),
    }
}

/// `intlResolve(service, asked)`
pub(super) fn resolve<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (service, asked) = (args.get(0).text()?, args.get(1).text()?);
    host::tick(FORMATTER);
    give(ctx, tasker_intl::resolve(&service, &asked))
}

/// `intlCall(service, method, resolved, arguments)`
pub(super) fn call<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (service, method) = (args.get(0).text()?, args.get(1).text()?);
    let (resolved, given) = (args.get(2).text()?, args.get(3).text()?);
    host::tick(FORMATTER);
    give(ctx, tasker_intl::call(&service, &method, &resolved, &given))
}

/// `intlCompare(resolved, left, right)`: a number below, at or above zero.
pub(super) fn compare<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let resolved = args.get(0).text()?;
    let (left, right) = (args.get(1).text()?, args.get(2).text()?);
    match tasker_intl::compare(&resolved, &left, &right, &host::tick) {
        Ok(order) => Ok(ctx.number(f64::from(order as i8))),
        Err(error) => give(ctx, Err(error)),
    }
}

/// `intlSegments(granularity, text)`: the end of each segment, and whether it is a word, as JSON.
pub(super) fn segments<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let units: Vec<u16> = args.get(1).text()?.encode_utf16().collect();
    let segments = tasker_intl::segments(&args.get(0).text()?, &units, &host::tick);
    ctx.string(&serde_json::to_string(&segments).unwrap_or_default())
}

/// `intlLocales(kind, list)`: `canonical` and `supported` ones of the list, or the `values` of the one key in it.
pub(super) fn locales<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let list: Vec<String> = serde_json::from_str(&args.get(1).text()?).unwrap_or_default();
    host::tick(FORMATTER);
    let found = match &*args.get(0).text()? {
        "canonical" => tasker_intl::canonical_locales(&list),
        "supported" => tasker_intl::supported_locales(&list),
        _ => tasker_intl::supported_values(list.first().map_or("", String::as_str)),
    };
    give(ctx, found.map(|found| serde_json::json!(found).to_string()))
}

/// `intlCase(text, locales, isUpper)`
pub(super) fn change_case<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let locales: Vec<String> = serde_json::from_str(&args.get(1).text()?).unwrap_or_default();
    let is_upper = args.get(2).is_true();
    give(
        ctx,
        tasker_intl::change_case(&args.get(0).text()?, &locales, is_upper),
    )
}
