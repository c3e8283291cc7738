//! `tools.<service>.<any>.<path>(…args)` and `__callHostTool__`.

use tasker_domain::{ErrorCode, options::CallOptions, wire::Fluent};

use crate::{
    calls, chains,
    convert::{self, Source},
    errors::{Kinds, throw},
    globals::Native,
    island::{
        native::Args,
        tool::{self, SEPARATOR},
        value::{Ctx, Kind, Result, Slot, Thrown, Value},
    },
    web::fetch,
};

/// Bytes of all names of one path together.
pub(crate) const PATH_BYTES: usize = 512;

/// What the path of a tool begins with whose calls have options. Their JSON follows, as the path's first
/// part.
const OPTIONS: char = '\u{1}';
/// Bytes of the options of a call.
const OPTIONS_BYTES: usize = 16 << 10;

/// The options and the names of a path.
fn split(path: &str) -> (Option<&str>, &str) {
    match path.strip_prefix(OPTIONS) {
        None => (None, path),
        Some(rest) => {
            let (options, names) = rest.split_once(SEPARATOR).unwrap_or((rest, ""));
            (Some(options), names)
        }
    }
}

/// What `tools.a.b[name]` is.
pub(crate) fn property<'js>(ctx: Ctx<'js>, path: &str, name: &str) -> Result<Value<'js>> {
    let (options, names) = split(path);
    match name {
        "log" if names.is_empty() => Ok(ctx.slot(Slot::Log)),
        "sleep" if names.is_empty() => Ok(ctx.slot(Slot::Sleep)),
        "waitForEvent" if names.is_empty() => Ok(ctx.slot(Slot::WaitForEvent)),
        "eventUrl" if names.is_empty() => Ok(ctx.slot(Slot::EventUrl)),
        "progress" if names.is_empty() => ctx.function("progress", Native::Progress, None),
        "with" if names.is_empty() => {
            let before = ctx.string(options.unwrap_or_default())?;
            ctx.function("with", Native::With, Some(&before))
        }
        // A tool is no promise, and awaiting or printing one by mistake must not make a call.
        "then" | "catch" | "finally" | "toJSON" | "valueOf" | "constructor" | "prototype"
        | "__proto__" => Ok(ctx.undefined()),
        "toString" => {
            let text = ctx.string(&format!("[tool {}]", label(path)))?;
            ctx.function("toString", Native::ToolText, Some(&text))
        }
        "" => Err(throw(
            ctx,
            Kinds::TypeError,
            None,
            &format!("{}: a name is empty", label(path)),
        )),
        _ if name.contains(SEPARATOR)
            || name.starts_with(OPTIONS)
            || names.len() + name.len() > PATH_BYTES =>
        {
            Err(throw(
                ctx,
                Kinds::RangeError,
                None,
                &format!("{}: the next name is too long or has a NUL", label(path)),
            ))
        }
        _ if path.is_empty() => tool::new(ctx, name),
        _ if Fluent::of(names).is_some() => chains::begin(ctx, names, options, name),
        _ => tool::new(ctx, &format!("{path}{SEPARATOR}{name}")),
    }
}

/// `tools.keystore.get` for people.
pub(crate) fn label(path: &str) -> String {
    split(path)
        .1
        .split(SEPARATOR)
        .filter(|name| !name.is_empty())
        .fold("tools".to_owned(), |label, name| label + "." + name)
}

/// Throws: tools cannot be changed.
pub(crate) fn refuse_change(ctx: Ctx<'_>) -> Thrown {
    throw(ctx, Kinds::TypeError, None, "tools cannot be changed")
}

/// Calls the tool at `path`.
pub(crate) fn call<'js>(ctx: Ctx<'js>, path: &str, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let (options, names) = split(path);
    let mut names = names.split(SEPARATOR);
    match names.next() {
        Some(service) if !service.is_empty() => {
            let method = names.collect::<Vec<_>>();
            if service == fetch::SERVICE && method.is_empty() {
                return fetch::begin(ctx, args, options);
            }
            calls::issue_with(ctx, service, &method, args.all(), options)
        }
        _ => Err(throw(
            ctx,
            Kinds::TypeError,
            None,
            "tools is not a function: call tools.<service>.<method>(…)",
        )),
    }
}

/// `tools.with(options)`: tools whose calls have these options, on top of those of `tools`.
pub(crate) fn with<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let invalid = |reason: &str| {
        let message = format!("tools.with({{ retry, timeoutMs, idempotencyKey }}): {reason}");
        throw(
            ctx,
            Kinds::TypeError,
            Some(ErrorCode::InvalidArguments),
            &message,
        )
    };
    let given = args.get(0);
    if given.kind() != Kind::Object || given.is_array() {
        return Err(invalid("it takes an object"));
    }
    let json = convert::to_json(ctx, Source::Arguments(vec![given]), OPTIONS_BYTES)?;
    let before = args.data(0).text()?;
    let before = (!before.is_empty()).then_some(before.as_str());
    let options =
        CallOptions::on_top(before, &json[1..json.len() - 1]).map_err(|reason| invalid(&reason))?;
    tool::new(ctx, &format!("{OPTIONS}{options}"))
}

/// `__callHostTool__(service, method, args)`: `method` is a list of names or one with dots.
pub(crate) fn call_host_tool<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let usage = || {
        throw(
            ctx,
            Kinds::TypeError,
            None,
            "use __callHostTool__(\"service\", [\"name\", …], [argument, …])",
        )
    };
    let (service, method, values) = (args.get(0), args.get(1), args.get(2));
    if service.kind() != Kind::String {
        return Err(usage());
    }
    let names = match method.kind() {
        Kind::Undefined => Vec::new(),
        Kind::String => method.text()?.split('.').map(str::to_owned).collect(),
        _ => items(&method)?
            .ok_or_else(usage)?
            .iter()
            .map(|name| {
                if name.kind() == Kind::String {
                    name.text()
                } else {
                    Err(usage())
                }
            })
            .collect::<Result<Vec<_>>>()?,
    };
    let service = service.text()?;
    let bytes = service.len() + names.iter().map(|name| name.len() + 1).sum::<usize>();
    if bytes > PATH_BYTES
        || service.is_empty()
        || service.contains(SEPARATOR)
        || names
            .iter()
            .any(|name| name.is_empty() || name.contains(SEPARATOR))
    {
        return Err(usage());
    }
    let values = match values.kind() {
        Kind::Undefined | Kind::Null => Vec::new(),
        _ => items(&values)?.ok_or_else(usage)?,
    };
    calls::issue(
        ctx,
        &service,
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
        values,
    )
}

/// The items of an array that is not unreasonably long.
fn items<'js>(array: &Value<'js>) -> Result<Option<Vec<Value<'js>>>> {
    if array.kind() != Kind::Object || !array.is_array() {
        return Ok(None);
    }
    match u32::try_from(array.length()?) {
        Ok(length) if length <= 10_000 => (0..length)
            .map(|index| array.get_index(index))
            .collect::<Result<Vec<_>>>()
            .map(Some),
        _ => Ok(None),
    }
}
