//! Templates: `"%s took %d ms"` and the values for it, and what is beyond them.

use super::{Options, inspect, names};
use crate::{
    errors, format,
    island::value::{Class, Ctx, Kind, Result, Slot, Thrown, Value},
};

/// Objects whose `toString` says nothing of its own.
const BUILTIN: &[&str] = &[
    "Object",
    "Array",
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "ReferenceError",
    "EvalError",
    "URIError",
    "AggregateError",
    "Date",
    "RegExp",
    "Map",
    "Set",
    "Promise",
    "Function",
    "Number",
    "String",
    "Boolean",
    "Symbol",
    "BigInt",
];

/// The values with a space between them; if the first is a string, its signs stand for those that follow. A
/// conversion may run the task's code, and throw what that throws.
pub(crate) fn fill<'js>(ctx: Ctx<'js>, values: &[Value<'js>], options: &Options) -> Result<String> {
    let mut out = String::new();
    let mut rest = values;
    if let [template, others @ ..] = values
        && template.kind() == Kind::String
    {
        let template = format::string(template, options.bytes);
        rest = if others.is_empty() {
            out.push_str(&template);
            others
        } else {
            signs(ctx, &mut out, &template, others, options)?
        };
        if !rest.is_empty() {
            out.push(' ');
        }
    }
    for (index, value) in rest.iter().enumerate() {
        if out.len() > options.bytes {
            break;
        }
        out.push_str(if index > 0 { " " } else { "" });
        out.push_str(&plain(value, &left(options, &out)));
    }
    Ok(out)
}

/// A string as it is, all others as [`inspect`] shows them.
fn plain(value: &Value<'_>, options: &Options) -> String {
    if value.kind() == Kind::String {
        format::string(value, options.bytes)
    } else {
        inspect(value, options)
    }
}

/// The options for what still fits.
fn left(options: &Options, out: &str) -> Options {
    Options {
        bytes: options.bytes.saturating_sub(out.len()),
        ..options.clone()
    }
}

/// Puts values in the places of a template's signs, and gives those that are left.
fn signs<'js, 'a>(
    ctx: Ctx<'js>,
    out: &mut String,
    template: &str,
    mut values: &'a [Value<'js>],
    options: &Options,
) -> Result<&'a [Value<'js>]> {
    let mut parts = template.split('%');
    out.push_str(parts.next().unwrap_or_default());
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if part.is_empty() && parts.peek().is_some() {
            // Two signs stand for one.
            out.push('%');
            out.push_str(parts.next().unwrap_or_default());
            continue;
        }
        let sign = part.chars().next();
        let value = values.first().filter(|_| out.len() <= options.bytes);
        let shown = match (sign, value) {
            (Some(sign), Some(value)) => filled(ctx, sign, value, &left(options, out))?,
            _ => None,
        };
        match shown {
            Some(shown) => {
                out.push_str(&shown);
                out.push_str(&part[1..]);
                values = &values[1..];
            }
            None => {
                out.push('%');
                out.push_str(part);
            }
        }
    }
    Ok(values)
}

/// What a sign makes of a value; `None` if it is not a sign.
fn filled<'js>(
    ctx: Ctx<'js>,
    sign: char,
    value: &Value<'js>,
    options: &Options,
) -> Result<Option<String>> {
    let known = |name: &str| ctx.slot(Slot::Inspect).get(name);
    let number = |convert: &str| {
        Ok(match value.kind() {
            Kind::BigInt => inspect(value, options),
            Kind::Symbol => "NaN".to_owned(),
            _ => inspect(&known(convert)?.call(&ctx.undefined(), &[value])?, options),
        })
    };
    Ok(Some(match sign {
        's' => text(value, options)?,
        'd' => number("number")?,
        'i' => number("int")?,
        'f' if value.kind() == Kind::Symbol => "NaN".into(),
        'f' => inspect(&known("float")?.call(&ctx.undefined(), &[value])?, options),
        'j' => json(ctx, value, options)?,
        'O' => inspect(value, options),
        'o' => {
            let all = Options {
                hidden: true,
                depth: 4,
                ..options.clone()
            };
            inspect(value, &all)
        }
        'c' => String::new(),
        _ => return Ok(None),
    }))
}

fn text(value: &Value<'_>, options: &Options) -> Result<String> {
    match value.kind() {
        Kind::Symbol => Ok(names::symbol(value)),
        Kind::Int(_) | Kind::Float(_) | Kind::BigInt => Ok(inspect(value, options)),
        Kind::Object if !says_itself(value) => Ok(inspect(
            value,
            &Options {
                depth: 0,
                ..options.clone()
            },
        )),
        Kind::String => Ok(format::string(value, options.bytes)),
        _ => value.text(),
    }
}

/// Whether an object has a `toString` that is not the language's.
fn says_itself(value: &Value<'_>) -> bool {
    if value.class() == Class::Proxy {
        return false;
    }
    let above = names::prototypes(value);
    let found = std::iter::once(value)
        .chain(&above)
        .find(|object| names::own_named(object, "toString").is_some());
    let Some(found) = found.filter(|object| !object.same(value)) else {
        return found.is_some();
    };
    let made_by = names::own_named(found, "constructor")
        .and_then(|function| names::own_string(&function, "name"));
    !made_by.is_some_and(|name| BUILTIN.contains(&name.as_str()))
}

fn json<'js>(ctx: Ctx<'js>, value: &Value<'js>, options: &Options) -> Result<String> {
    let stringify = ctx.slot(Slot::Inspect).get("json")?;
    match stringify.call_deep(&ctx.undefined(), &[value]) {
        Ok(json) => Ok(format::string(&json, options.bytes)),
        Err(Thrown) => {
            let error = ctx.catch();
            if errors::describe(&error).message.contains("circular") {
                return Ok("[Circular]".into());
            }
            Err(ctx.throw(error))
        }
    }
}
