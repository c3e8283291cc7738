//! The web platform's common part, and what packages lean on of Node's: globals that are written in JavaScript and made when a
//! task first asks for one. A task that uses none has the memory, and the snapshot, of one that never heard of them.
//!
//! Each file of this folder is a group: a function of `native`, the functions below, and of `group`, which gives what another
//! file returned. It returns an object with the group's globals and modules.

mod bytes;
mod cipher;
mod crypto;
mod derive;
mod encoding;
pub(crate) mod fetch;
mod form;
mod groups;
mod headers;
mod intl;
mod language;
mod pack;
mod url;

use groups::{GROUPS, Group};

use crate::{
    globals::Native,
    inspect,
    island::{
        host,
        native::Args,
        value::{Ctx, Result, Slot, Value, Visible},
    },
    text,
};

type Function = for<'js> fn(Ctx<'js>, &Args<'_, 'js>) -> Result<Value<'js>>;

/// What the groups' files find in `native`. Their arguments are the files' own, but may have been made by a task.
const FUNCTIONS: &[(&str, Function)] = &[
    ("kind", kind),
    ("finish", language::finish),
    ("apply", language::apply),
    ("promise", language::promise),
    ("handled", language::handled),
    ("ownKeys", language::names),
    ("wellFormed", language::well_formed),
    ("parseJson", language::parse_json),
    ("inspect", inspect::options::call),
    ("format", language::format),
    ("join", bytes::join),
    ("toBytes", bytes::of_text),
    ("toText", bytes::to_text),
    ("compareBytes", bytes::compare),
    ("findBytes", bytes::find),
    ("fromBase64", bytes::from_base64),
    ("headerName", headers::name),
    ("headerValue", headers::value),
    ("parseMultipart", form::parse),
    ("callFetch", fetch::call),
    ("loseCall", fetch::lose),
    ("utf8", encoding::utf8),
    ("encoding", encoding::name),
    ("decode", encoding::decode),
    ("parseUrl", url::parse),
    ("changeUrl", url::change),
    ("parseQuery", url::parse_query),
    ("formatQuery", url::format_query),
    ("random", crypto::random),
    ("digest", crypto::digest),
    ("hmac", crypto::hmac),
    ("checkHmac", crypto::check_hmac),
    ("aes", cipher::aes),
    ("hkdf", derive::hkdf),
    ("pbkdf2", derive::pbkdf2),
    ("pack", pack::pack),
    ("unpack", pack::unpack),
    ("intlResolve", intl::resolve),
    ("intlCall", intl::call),
    ("intlCompare", intl::compare),
    ("intlSegments", intl::segments),
    ("intlLocales", intl::locales),
    ("intlCase", intl::change_case),
];

/// Where what the groups returned is kept beside `native`.
const NATIVE: &str = "native";

/// Puts an accessor for each global into the global scope; the first look at one replaces it.
pub(crate) fn install<'js>(ctx: Ctx<'js>, global: &Value<'js>) -> Result<()> {
    ctx.set_slot(Slot::Web, ctx.table()?);
    let names = GROUPS.iter().flat_map(|group| group.globals);
    for (index, name) in names.enumerate() {
        let index = ctx.number(index as f64);
        let accessor = ctx.function(name, Native::WebGlobal, Some(&index))?;
        global.define_accessor(name, accessor.clone(), accessor)?;
    }
    intl::install(ctx, global)
}

/// The group and the name of a global, by its place among all of them.
fn global(index: &Value<'_>) -> Option<(&'static Group, &'static str)> {
    let all = GROUPS
        .iter()
        .flat_map(|group| group.globals.iter().map(move |name| (group, *name)));
    all.into_iter().nth(index.float() as usize)
}

/// The accessor of a global. The first look at it makes it; a task that sets it replaces it by its own.
pub(crate) fn accessor<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let Some((group, name)) = global(&args.data(0)) else {
        return Ok(ctx.undefined());
    };
    let value = match args.all().first() {
        Some(own) => own.clone(),
        None => load(ctx, group)?.get(name)?,
    };
    ctx.global().define(name, value.clone(), Visible::Hidden)?;
    Ok(value)
}

/// `group(name, ifMade)`: what another file returned; `undefined` if it was to be made already and was not.
pub(crate) fn group<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let name = args.get(0).text()?;
    if args.get(1).is_true() {
        return ctx.slot(Slot::Web).get(&name);
    }
    load_named(ctx, &name)
}

/// The module of Node's that has this name, without `node:`.
pub(crate) fn module<'js>(ctx: Ctx<'js>, name: &str) -> Result<Value<'js>> {
    match GROUPS.iter().find(|group| group.modules.contains(&name)) {
        Some(group) => load(ctx, group)?.get(name),
        None => Ok(ctx.undefined()),
    }
}

fn load_named<'js>(ctx: Ctx<'js>, name: &str) -> Result<Value<'js>> {
    match GROUPS.iter().find(|group| group.name == name) {
        Some(group) => load(ctx, group),
        None => Ok(ctx.undefined()),
    }
}

/// A method that takes a locale: what the file about locales has for it, with `this` before the arguments.
pub(crate) fn locale<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let method = load_named(ctx, "locale")?
        .get("methods")?
        .get(&intl::method(&args.data(0)))?;
    let (this, all) = (args.this(), args.all());
    let given: Vec<_> = std::iter::once(&this).chain(&all).collect();
    method.call(&ctx.undefined(), &given)
}

/// Runs a group's file, once.
fn load<'js>(ctx: Ctx<'js>, group: &Group) -> Result<Value<'js>> {
    let loaded = ctx.slot(Slot::Web);
    let made = loaded.get(group.name)?;
    if made.is_object() {
        return Ok(made);
    }
    let native = natives(ctx, &loaded, group.source)?;
    let other = ctx.function("group", Native::WebGroup, None)?;
    let made = ctx
        .bare_script(group.source)?
        .call(&ctx.undefined(), &[&native, &other])?;
    loaded.define(group.name, made.clone(), Visible::Yes)?;
    Ok(made)
}

/// `native`, with all that a file uses of it: a function takes memory once a file has it.
fn natives<'js>(ctx: Ctx<'js>, loaded: &Value<'js>, source: &str) -> Result<Value<'js>> {
    let mut native = loaded.get(NATIVE)?;
    if !native.is_object() {
        native = ctx.table()?;
        loaded.define(NATIVE, native.clone(), Visible::Yes)?;
    }
    for used in source.split("native.").skip(1) {
        let end = used.find(|character: char| !character.is_ascii_alphanumeric());
        let name = &used[..end.unwrap_or(used.len())];
        if native.get(name)?.is_function() {
            continue;
        }
        let index = FUNCTIONS.iter().position(|(function, _)| *function == name);
        let function = match index {
            Some(index) => ctx.function(name, Native::Web, Some(&ctx.number(index as f64)))?,
            None if name == "setTimeout" => ctx.function(name, Native::SetTimeout, None)?,
            None => continue,
        };
        native.define(name, function, Visible::Yes)?;
    }
    Ok(native)
}

/// Runs one of [`FUNCTIONS`].
pub(crate) fn call<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    match FUNCTIONS.get(args.data(0).float() as usize) {
        Some((_, function)) => function(ctx, args),
        None => Ok(ctx.undefined()),
    }
}

/// `kind(value)`: the engine's own name for what an object is, whatever it says of itself.
fn kind<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let value = args.get(0);
    match value.is_object().then(|| value.class_name()).flatten() {
        Some(name) => ctx.string(&name),
        None => Ok(ctx.undefined()),
    }
}

/// Strings in an array.
fn strings<'js>(
    ctx: Ctx<'js>,
    strings: impl IntoIterator<Item = impl AsRef<str>>,
) -> Result<Value<'js>> {
    let mut json = String::from("[");
    for string in strings {
        let string = string.as_ref();
        if !host::tick(8 + string.len() / 16) {
            break;
        }
        if json.len() > 1 {
            json.push(',');
        }
        text::push_json_string(&mut json, string);
    }
    json.push(']');
    ctx.parse_json(&json, "")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tasker_domain::module::BUILT_IN;

    use super::*;

    #[test]
    fn modules_and_functions_are_those_that_are_named() {
        let modules: Vec<_> = GROUPS.iter().flat_map(|group| group.modules).collect();
        let named: BTreeSet<_> = modules.iter().map(|name| **name).collect();
        assert_eq!(named, BTreeSet::from(BUILT_IN));
        assert_eq!(modules.len(), BUILT_IN.len());
        // No file asks for a function that is not there.
        for group in GROUPS {
            for used in group.source.split("native.").skip(1) {
                let end = used.find(|character: char| !character.is_ascii_alphanumeric());
                let name = &used[..end.unwrap_or(used.len())];
                let is_known = FUNCTIONS.iter().any(|(function, _)| *function == name);
                assert!(is_known || name == "setTimeout", "{}: {name}", group.name);
            }
        }
        let unused = FUNCTIONS.iter().find(|(name, _)| {
            let used = format!("native.{name}");
            !GROUPS.iter().any(|group| group.source.contains(&used))
        });
        assert_eq!(unused.map(|(name, _)| name), None);
    }
}
