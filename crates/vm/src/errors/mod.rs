//! Errors on their way into a task and out of it.

mod describe;

use tasker_domain::{ErrorCode, ErrorValue, Reason};

pub(crate) use describe::describe;

use crate::island::{
    keys::own_keys,
    value::{Class, Ctx, Kind, Result, Slot, Thrown, Value, Visible},
};

/// Lines of a stack that crosses tasks: each level adds its own.
const STACK_LINES: usize = 64;
const MESSAGE_BYTES: usize = 32 << 10;
const NAME_BYTES: usize = 256;

/// The class of an error that we throw into a task.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kinds {
    Error,
    TypeError,
    RangeError,
}

impl Kinds {
    fn name(self) -> &'static str {
        match self {
            Kinds::Error => "Error",
            Kinds::TypeError => "TypeError",
            Kinds::RangeError => "RangeError",
        }
    }
}

/// Throws an error that task code can catch, with the stack of its caller.
pub(crate) fn throw(ctx: Ctx<'_>, kind: Kinds, code: Option<ErrorCode>, message: &str) -> Thrown {
    let error = ErrorValue {
        name: kind.name().into(),
        code: code.map(|code| code.as_str().into()),
        ..ErrorValue::plain(message)
    };
    match make(ctx, &error, &stack_here(ctx)) {
        Ok(error) => ctx.throw(error),
        Err(Thrown) => Thrown,
    }
}

/// The error for an ending that is not the task's own exception.
pub(crate) fn ending(code: ErrorCode, message: impl Into<String>) -> ErrorValue {
    ErrorValue::new(code, message)
}

/// A real `Error` of the class that `error` names. `site` continues its stack.
pub(crate) fn make<'js>(ctx: Ctx<'js>, error: &ErrorValue, site: &str) -> Result<Value<'js>> {
    let value = ctx.error()?;
    let classes = ctx.slot(Slot::Errors);
    let prototype = classes.get(&error.name)?;
    if prototype.is_object() {
        value.set_prototype(&prototype)?;
    } else {
        value.set_prototype(&classes.get("Error")?)?;
        value.define("name", ctx.string(&error.name)?, Visible::Hidden)?;
    }
    value.define("message", ctx.string(&error.message)?, Visible::Hidden)?;
    let stack = clean_stack(&format!(
        "{}\n{site}",
        error.stack.as_deref().unwrap_or_default()
    ));
    let stack = match stack.as_str() {
        "" => headline(error),
        stack => format!("{}\n{stack}", headline(error)),
    };
    value.define("stack", ctx.string(&stack)?, Visible::Hidden)?;
    if let Some(code) = &error.code {
        value.define("code", ctx.string(code)?, Visible::Yes)?;
    }
    if let Some(status) = error.status {
        value.define("status", ctx.number(status.into()), Visible::Yes)?;
    }
    if let Some(body) = &error.body {
        value.define("body", ctx.parse_json(body, "body")?, Visible::Yes)?;
    }
    if let Some(attempts) = error.attempts {
        value.define("attempts", ctx.number(attempts.into()), Visible::Yes)?;
    }
    if let Some(own) = &error.own {
        let own = ctx.parse_json(own, "error")?;
        for key in own_keys(&own, true)? {
            value.define_key(&key, own.get_key(&key)?, Visible::Yes)?;
        }
    }
    if let Some(cause) = &error.cause {
        value.define("cause", reason(ctx, cause)?, Visible::Hidden)?;
    }
    if let Some(errors) = &error.errors {
        let list = ctx.parse_json("[]", "errors")?;
        for (index, error) in (0..).zip(errors) {
            list.define_index(index, reason(ctx, error)?)?;
        }
        value.define("errors", list, Visible::Hidden)?;
    }
    Ok(value)
}

fn reason<'js>(ctx: Ctx<'js>, reason: &Reason) -> Result<Value<'js>> {
    match reason {
        Reason::Error(error) => make(ctx, error, ""),
        Reason::Value(json) => ctx.parse_json(json, "cause"),
    }
}

/// What `stack` begins with.
fn headline(error: &ErrorValue) -> String {
    match (error.name.as_str(), error.message.as_str()) {
        (name, "") => name.to_owned(),
        ("", message) => message.to_owned(),
        (name, message) => format!("{name}: {message}"),
    }
}

/// Where JavaScript is now; empty if that cannot be told.
pub(crate) fn stack_here(ctx: Ctx<'_>) -> String {
    let stack = ctx.object().and_then(|holder| {
        ctx.slot(Slot::CaptureStack)
            .call(&ctx.undefined(), &[&holder])?;
        holder.get("stack")?.text()
    });
    match stack {
        Ok(stack) => clean_stack(&stack),
        Err(Thrown) => {
            ctx.catch();
            String::new()
        }
    }
}

/// Keeps the lines that name a place in a task's file.
fn clean_stack(stack: &str) -> String {
    let is_of_task = |line: &&str| {
        // Files of ours have no name.
        let is_ours = place(line).is_some_and(|place| place.starts_with(':'));
        !line.is_empty() && !line.ends_with("(native)") && !line.ends_with("(missing)") && !is_ours
    };
    let lines: Vec<&str> = stack
        .lines()
        .map(str::trim_end)
        .filter(is_of_task)
        .take(STACK_LINES)
        .collect();
    lines.join("\n")
}

/// The places of a stack, without a headline before them.
pub(crate) fn places(stack: &str) -> String {
    let lines = stack
        .lines()
        .skip_while(|line| !line.starts_with("    at "));
    clean_stack(&lines.collect::<Vec<_>>().join("\n"))
}

/// The place that a line of a stack names: of `    at f (task.js:3:5)` and of `    at task.js:3:5`, `task.js:3:5`.
pub(crate) fn place(line: &str) -> Option<&str> {
    let line = line.trim().strip_prefix("at ")?;
    let inner = line
        .strip_suffix(')')
        .and_then(|line| line.rsplit_once(" ("));
    Some(inner.map_or(line, |(_, place)| place))
}

/// True for what task code calls an error: an instance of the engine's class, or of a class that
/// inherits from `Error` in the old way.
pub(crate) fn is_error(value: &Value<'_>) -> bool {
    if value.kind() != Kind::Object {
        return false;
    }
    if value.class() == Class::Error {
        return true;
    }
    let ctx = value.ctx();
    let Ok(error) = ctx.slot(Slot::Errors).get("Error") else {
        return false;
    };
    let mut object = value.clone();
    for _ in 0..16 {
        if object.class() == Class::Proxy {
            return false;
        }
        match object.prototype() {
            Ok(prototype) if prototype.same(&error) => return true,
            Ok(prototype) if prototype.is_object() => object = prototype,
            _ => return false,
        }
    }
    false
}
