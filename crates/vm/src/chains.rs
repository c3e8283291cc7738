//! Chains of fluent services: `tools.supabase.from("t").select().eq("id", 5)`.
//!
//! A chain keeps its steps as text: a name, and the JSON of its arguments if it is a call. It is
//! a link while its last name is not called yet. See [`Fluent`] for when a chain makes a call.

use tasker_domain::{ErrorCode, Json, wire::Fluent};

use crate::{
    calls,
    convert::{self, Source},
    errors::{self, Kinds, throw},
    globals::Native,
    island::{
        chain, host,
        native::Args,
        value::{Ctx, Kind, Result, Slot, Thrown, Value},
    },
    text,
    tools::PATH_BYTES,
};

/// Steps of one chain.
const STEPS_LIMIT: usize = 500;
/// Bytes of one name.
const NAME_BYTES: usize = 128;

/// Entries of a chain's table.
const SERVICE: u32 = 0;
/// Number of steps.
const STEPS: u32 = 1;
/// Bytes of all steps.
const BYTES: u32 = 2;
/// Of a builder: the stack of the place that began it.
const SITE: u32 = 3;
/// Of a link: the chain that it continues, and with which name.
const BASE: u32 = 4;
const NAME: u32 = 5;
/// The options of its call: JSON text; `undefined`: none.
const OPTIONS: u32 = 6;
/// The first step's name; then its arguments or `undefined`, the second step's name, …
const FIRST: u32 = 7;

/// What a step is of: `tools.<service>.<name>`.
pub(crate) fn begin<'js>(
    ctx: Ctx<'js>,
    service: &str,
    options: Option<&str>,
    name: &str,
) -> Result<Value<'js>> {
    let table = ctx.table()?;
    table.define_index(SERVICE, ctx.string(service)?)?;
    table.define_index(STEPS, ctx.number(0.0))?;
    table.define_index(BYTES, ctx.number(0.0))?;
    if let Some(options) = options {
        table.define_index(OPTIONS, ctx.string(options)?)?;
    }
    link(ctx, &chain::new(ctx, table)?, name)
}

/// What `object[name]` is.
pub(crate) fn property<'js>(ctx: Ctx<'js>, object: &Value<'js>, name: &str) -> Result<Value<'js>> {
    let state = object.chain_state().ok_or(Thrown)?;
    let builder = has(&state, SITE)?;
    match name {
        "then" if builder => ctx.function("then", Native::ChainThen, Some(object)),
        "then" | "catch" | "finally" | "toJSON" | "valueOf" | "constructor" | "prototype"
        | "__proto__" => Ok(ctx.undefined()),
        "toString" => {
            let text = format!("[tool {}]", label(object).unwrap_or_default());
            ctx.function("toString", Native::ToolText, Some(&ctx.string(&text)?))
        }
        "data" | "error" | "count" | "status" | "statusText" if !has(&state, NAME)? => {
            let label = label(object).unwrap_or_default();
            let message = if builder {
                format!("{label} has no `{name}` before it is awaited: write (await …).{name}")
            } else {
                format!(
                    "{label} asks for nothing yet and has no `{name}`: go on with a method such as select()"
                )
            };
            Err(throw(ctx, Kinds::TypeError, None, &message))
        }
        _ if has(&state, NAME)? => {
            let base = state.get_index(BASE)?.chain_state().ok_or(Thrown)?;
            let chain = copy(ctx, &base)?;
            push(ctx, &chain, &state.get_index(NAME)?.text()?, None)?;
            link(ctx, &chain::new(ctx, chain)?, name)
        }
        _ => link(ctx, object, name),
    }
}

fn link<'js>(ctx: Ctx<'js>, base: &Value<'js>, name: &str) -> Result<Value<'js>> {
    if name.is_empty() || name.len() > NAME_BYTES || name.contains('\0') {
        let label = label(base).unwrap_or_default();
        let message = format!("{label}: the next name is empty, too long or has a NUL");
        return Err(throw(ctx, Kinds::RangeError, None, &message));
    }
    let table = ctx.table()?;
    table.define_index(BASE, base.clone())?;
    table.define_index(NAME, ctx.string(name)?)?;
    chain::new(ctx, table)
}

/// Calls a link: the next step.
pub(crate) fn call<'js>(
    ctx: Ctx<'js>,
    object: &Value<'js>,
    args: &Args<'_, 'js>,
) -> Result<Value<'js>> {
    let state = object.chain_state().ok_or(Thrown)?;
    if !has(&state, NAME)? {
        let message = format!("{} is not a function", label(object).unwrap_or_default());
        return Err(throw(ctx, Kinds::TypeError, None, &message));
    }
    let (name, object) = (state.get_index(NAME)?.text()?, state.get_index(BASE)?);
    let base = object.chain_state().ok_or(Thrown)?;
    let service = base.get_index(SERVICE)?.text()?;
    let is_part = Fluent::of(&service).is_some_and(|rules| rules.parts.contains(&name.as_str()));
    let steps = count(&base, STEPS)?;
    let is_request = steps > 0 && !has(&base, FIRST + 1)? && !is_part;

    let limit = host::current().ok_or(Thrown)?.limits.args_bytes;
    let json = match convert::to_json(ctx, Source::Arguments(args.all()), limit) {
        Ok(json) => json,
        Err(Thrown) if is_request => return rejected(ctx),
        Err(Thrown) => return Err(Thrown),
    };
    if has(&base, SITE)? {
        // Conversion may have run code that changed the builder too: its steps come before this one.
        push(ctx, &base, &name, Some(&json))?;
        return Ok(object);
    }
    let next = copy(ctx, &base)?;
    push(ctx, &next, &name, Some(&json))?;
    if is_request {
        return issue(ctx, &next, &errors::stack_here(ctx));
    }
    if !is_part {
        next.define_index(SITE, ctx.string(&errors::stack_here(ctx))?)?;
    }
    chain::new(ctx, next)
}

/// A promise that is rejected with the pending exception.
fn rejected(ctx: Ctx<'_>) -> Result<Value<'_>> {
    let error = ctx.catch();
    let (promise, _, reject) = ctx.promise()?;
    reject.call(&ctx.undefined(), &[&error])?;
    Ok(promise)
}

/// `builder.then(…)`, as by `await builder`: makes the call.
pub(crate) fn then<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let state = args.data(0).chain_state().ok_or(Thrown)?;
    let promise = issue(ctx, &state, &state.get_index(SITE)?.text()?)?;
    // Nobody else sees this promise. Without a constructor, `then` makes one of the engine's own class.
    promise.define(
        "constructor",
        ctx.undefined(),
        crate::island::value::Visible::Hidden,
    )?;
    ctx.slot(Slot::PromiseThen)
        .call(&promise, &[&args.get(0), &args.get(1)])
}

/// Makes the call that a chain stands for.
fn issue<'js>(ctx: Ctx<'js>, state: &Value<'js>, site: &str) -> Result<Value<'js>> {
    let service = state.get_index(SERVICE)?.text()?;
    let mut json = String::from("[");
    let names = names(state)?;
    for (name, step) in names.iter().zip(0..) {
        if step > 0 {
            json.push(',');
        }
        let args = state.get_index(FIRST + 2 * step + 1)?;
        if args.kind() == Kind::Undefined {
            text::push_json_string(&mut json, name);
            continue;
        }
        json.push('[');
        text::push_json_string(&mut json, name);
        let args = args.text()?;
        let items = &args[1..];
        if items != "]" {
            json.push(',');
        }
        json.push_str(items);
    }
    json.push(']');
    let options = match has(state, OPTIONS)? {
        true => Some(state.get_index(OPTIONS)?.text()?),
        false => None,
    };
    calls::issue_json(
        ctx,
        &service,
        &bounded(&names),
        json,
        options.as_deref(),
        site,
    )
}

/// As many names as may stand in a path.
fn bounded(names: &[String]) -> Vec<&str> {
    let mut bytes = 0;
    let fits = |name: &&str| {
        bytes += name.len() + 1;
        bytes <= PATH_BYTES
    };
    names.iter().map(String::as_str).take_while(fits).collect()
}

/// `tools.supabase.from.select` for people; `None` for what is not a chain.
pub(crate) fn label(value: &Value<'_>) -> Option<String> {
    let state = value.chain_state()?;
    let label = (|| {
        let base = state.get_index(BASE)?;
        let (base, last) = match base.chain_state() {
            Some(base) => (base, Some(state.get_index(NAME)?.text()?)),
            None => (state, None),
        };
        let mut names = names(&base)?;
        names.extend(last);
        let label = format!("tools.{}", base.get_index(SERVICE)?.text()?);
        Ok(bounded(&names)
            .iter()
            .fold(label, |label, name| label + "." + name))
    })();
    label.inspect_err(|Thrown| drop(value.ctx().catch())).ok()
}

fn names(state: &Value<'_>) -> Result<Vec<String>> {
    (0..count(state, STEPS)? as u32)
        .map(|step| state.get_index(FIRST + 2 * step)?.text())
        .collect()
}

fn has(state: &Value<'_>, entry: u32) -> Result<bool> {
    Ok(state.get_index(entry)?.kind() != Kind::Undefined)
}

fn count(state: &Value<'_>, entry: u32) -> Result<usize> {
    Ok(state.get_index(entry)?.float() as usize)
}

/// The same steps in a chain of its own.
fn copy<'js>(ctx: Ctx<'js>, of: &Value<'js>) -> Result<Value<'js>> {
    let table = ctx.table()?;
    let steps = FIRST..FIRST + 2 * count(of, STEPS)? as u32;
    let shared = [SERVICE, STEPS, BYTES, OPTIONS];
    for entry in shared.into_iter().chain(steps) {
        table.define_index(entry, of.get_index(entry)?)?;
    }
    Ok(table)
}

/// Adds a step.
fn push<'js>(ctx: Ctx<'js>, state: &Value<'js>, name: &str, args: Option<&Json>) -> Result<()> {
    let limit = host::current().ok_or(Thrown)?.limits.args_bytes;
    let steps = count(state, STEPS)?;
    let bytes = count(state, BYTES)? + name.len() + args.map_or(0, String::len);
    if steps >= STEPS_LIMIT || bytes > limit {
        let message = format!(
            "a chain has at most {STEPS_LIMIT} steps and {limit} bytes of arguments; `{name}` is one too many"
        );
        return Err(throw(
            ctx,
            Kinds::RangeError,
            Some(ErrorCode::ArgsTooLarge),
            &message,
        ));
    }
    let args = match args {
        Some(args) => ctx.string(args)?,
        None => ctx.undefined(),
    };
    let at = FIRST + 2 * steps as u32;
    state.define_index(at, ctx.string(name)?)?;
    state.define_index(at + 1, args)?;
    state.define_index(STEPS, ctx.number((steps + 1) as f64))?;
    state.define_index(BYTES, ctx.number(bytes as f64))
}
