//! `console.*`, `tools.log`: lines for the run's log.

mod labels;
mod table;

use tasker_domain::{LogLevel, LogLine};

use crate::{
    errors,
    globals::Native,
    inspect::{self, Options, template},
    island::{
        arena, host,
        native::Args,
        value::{Ctx, Result, Value, Visible},
    },
    text,
};

/// Groups that are shown as such; deeper ones stand where the last of these does.
const GROUPS: u32 = 20;

/// What a function of `console` does.
#[derive(Debug, Clone, Copy)]
enum Method {
    Log(LogLevel),
    Trace,
    Dir,
    Table,
    Assert,
    Group,
    GroupEnd,
    Count,
    CountReset,
    Time,
    TimeLog,
    TimeEnd,
    Nothing,
}

const METHODS: &[(&str, Method)] = &[
    ("log", Method::Log(LogLevel::Info)),
    ("info", Method::Log(LogLevel::Info)),
    ("warn", Method::Log(LogLevel::Warn)),
    ("error", Method::Log(LogLevel::Error)),
    ("debug", Method::Log(LogLevel::Debug)),
    ("trace", Method::Trace),
    ("dir", Method::Dir),
    ("dirxml", Method::Log(LogLevel::Info)),
    ("table", Method::Table),
    ("assert", Method::Assert),
    ("group", Method::Group),
    ("groupCollapsed", Method::Group),
    ("groupEnd", Method::GroupEnd),
    ("count", Method::Count),
    ("countReset", Method::CountReset),
    ("time", Method::Time),
    ("timeLog", Method::TimeLog),
    ("timeEnd", Method::TimeEnd),
    ("clear", Method::Nothing),
];

/// `console`
pub(crate) fn make(ctx: Ctx<'_>) -> Result<Value<'_>> {
    let console = ctx.object()?;
    for (index, (name, _)) in METHODS.iter().enumerate() {
        console.define(name, function(ctx, index)?, Visible::Yes)?;
    }
    Ok(console)
}

/// `tools.log`, which is `console.log`.
pub(crate) fn tools_log(ctx: Ctx<'_>) -> Result<Value<'_>> {
    function(ctx, 0)
}

fn function(ctx: Ctx<'_>, index: usize) -> Result<Value<'_>> {
    ctx.function(
        METHODS[index].0,
        Native::Console,
        Some(&ctx.number(index as f64)),
    )
}

/// Runs one of them.
pub(crate) fn call<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let values = args.all();
    let rest = values.get(1..).unwrap_or_default();
    match METHODS.get(args.data(0).float() as usize) {
        Some((_, Method::Log(level))) => log(ctx, *level, &values)?,
        Some((_, Method::Trace)) => trace(ctx, &values)?,
        Some((_, Method::Dir)) => dir(&args.get(0), &args.get(1))?,
        Some((_, Method::Table)) => table::table(ctx, &args.get(0), &args.get(1))?,
        Some((_, Method::Assert)) => assert(ctx, args.get(0).is_true(), rest)?,
        Some((_, Method::Group)) => group(ctx, &values)?,
        Some((_, Method::GroupEnd)) => {
            let groups = &arena::root().log_groups;
            groups.set(groups.get().saturating_sub(1));
        }
        Some((_, Method::Count)) => labels::count(ctx, &args.get(0))?,
        Some((_, Method::CountReset)) => labels::count_reset(ctx, &args.get(0))?,
        Some((_, Method::Time)) => labels::time(ctx, &args.get(0))?,
        Some((_, Method::TimeLog)) => labels::time_log(ctx, &args.get(0), rest)?,
        Some((_, Method::TimeEnd)) => labels::time_end(ctx, &args.get(0))?,
        Some((_, Method::Nothing)) | None => {}
    }
    Ok(ctx.undefined())
}

fn log<'js>(ctx: Ctx<'js>, level: LogLevel, values: &[Value<'js>]) -> Result<()> {
    let Some(options) = options() else {
        return Ok(());
    };
    write(level, template::fill(ctx, values, &options)?);
    Ok(())
}

fn trace<'js>(ctx: Ctx<'js>, values: &[Value<'js>]) -> Result<()> {
    let Some(options) = options() else {
        return Ok(());
    };
    let said = template::fill(ctx, values, &options)?;
    let colon = if said.is_empty() { "" } else { ": " };
    let stack = errors::stack_here(ctx);
    write(LogLevel::Debug, format!("Trace{colon}{said}\n{stack}"));
    Ok(())
}

fn dir(value: &Value<'_>, asked: &Value<'_>) -> Result<()> {
    let Some(options) = options() else {
        return Ok(());
    };
    let options = Options {
        custom: false,
        ..options
    }
    .with(asked)?;
    write(LogLevel::Info, inspect::inspect(value, &options));
    Ok(())
}

fn assert<'js>(ctx: Ctx<'js>, holds: bool, values: &[Value<'js>]) -> Result<()> {
    let Some(options) = options().filter(|_| !holds) else {
        return Ok(());
    };
    let said = template::fill(ctx, values, &options)?;
    let colon = if values.is_empty() { "" } else { ": " };
    write(LogLevel::Error, format!("Assertion failed{colon}{said}"));
    Ok(())
}

fn group<'js>(ctx: Ctx<'js>, values: &[Value<'js>]) -> Result<()> {
    if !values.is_empty() {
        log(ctx, LogLevel::Info, values)?;
    }
    let groups = &arena::root().log_groups;
    groups.set(groups.get().saturating_add(1));
    Ok(())
}

/// How to show values in a line.
fn options() -> Option<Options> {
    Some(Options::new(host::current()?.limits.log_line_bytes))
}

/// Adds one line.
fn write(level: LogLevel, message: String) {
    let Some(host) = host::current() else {
        return;
    };
    let (index, mut message) = (arena::root().log_lines.get(), indented(message));
    text::cut(&mut message, host.limits.log_line_bytes);
    message.shrink_to_fit();
    arena::root().log_lines.set(index.saturating_add(1));
    let at = arena::root().clock_us.get().div_euclid(1000);
    host.logs.borrow_mut().push(LogLine {
        index,
        at,
        level,
        message,
    });
}

/// The message under the groups that are open.
fn indented(message: String) -> String {
    let indent = "  ".repeat(arena::root().log_groups.get().min(GROUPS) as usize);
    if indent.is_empty() {
        return message;
    }
    format!("{indent}{}", message.replace('\n', &format!("\n{indent}")))
}
