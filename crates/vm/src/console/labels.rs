//! What `console` remembers by labels: counts, and moments.

use tasker_domain::LogLevel;

use super::{options, write};
use crate::{
    inspect::template,
    island::{
        arena,
        value::{Ctx, Kind, Result, Slot, Value, Visible},
    },
};

/// The table of this name, made when it is first needed.
fn table<'js>(ctx: Ctx<'js>, name: &str) -> Result<Value<'js>> {
    if !ctx.slot(Slot::Console).is_object() {
        ctx.set_slot(Slot::Console, ctx.table()?);
    }
    let tables = ctx.slot(Slot::Console);
    let table = tables.get(name)?;
    if table.is_object() {
        return Ok(table);
    }
    let table = ctx.table()?;
    tables.define(name, table.clone(), Visible::Yes)?;
    Ok(table)
}

fn label(value: &Value<'_>) -> Result<String> {
    match value.kind() {
        Kind::Undefined => Ok("default".into()),
        _ => value.text(),
    }
}

fn say(level: LogLevel, message: String) {
    if options().is_some() {
        write(level, message);
    }
}

pub(super) fn count<'js>(ctx: Ctx<'js>, of: &Value<'js>) -> Result<()> {
    let (label, counts) = (label(of)?, table(ctx, "counts")?);
    let before = counts.get(&label)?.float();
    let count = if before.is_nan() { 1.0 } else { before + 1.0 };
    counts.define(&label, ctx.number(count), Visible::Yes)?;
    say(LogLevel::Info, format!("{label}: {count}"));
    Ok(())
}

pub(super) fn count_reset<'js>(ctx: Ctx<'js>, of: &Value<'js>) -> Result<()> {
    let (label, counts) = (label(of)?, table(ctx, "counts")?);
    if counts.get(&label)?.kind() == Kind::Undefined {
        say(
            LogLevel::Warn,
            format!("Count for '{label}' does not exist"),
        );
    }
    counts.delete(&label)
}

pub(super) fn time<'js>(ctx: Ctx<'js>, of: &Value<'js>) -> Result<()> {
    let (label, timers) = (label(of)?, table(ctx, "timers")?);
    if timers.get(&label)?.kind() != Kind::Undefined {
        let message = format!("Label '{label}' already exists for console.time()");
        say(LogLevel::Warn, message);
        return Ok(());
    }
    let now = ctx.number(arena::root().clock_us.get() as f64 / 1e3);
    timers.define(&label, now, Visible::Yes)
}

pub(super) fn time_log<'js>(ctx: Ctx<'js>, of: &Value<'js>, values: &[Value<'js>]) -> Result<()> {
    passed(ctx, &label(of)?, "timeLog", values).map(drop)
}

pub(super) fn time_end<'js>(ctx: Ctx<'js>, of: &Value<'js>) -> Result<()> {
    let label = label(of)?;
    passed(ctx, &label, "timeEnd", &[])?;
    table(ctx, "timers")?.delete(&label)
}

fn passed<'js>(ctx: Ctx<'js>, label: &str, method: &str, values: &[Value<'js>]) -> Result<()> {
    let since = table(ctx, "timers")?.get(label)?.float();
    if since.is_nan() {
        let message = format!("No such label '{label}' for console.{method}()");
        say(LogLevel::Warn, message);
        return Ok(());
    }
    let Some(options) = options() else {
        return Ok(());
    };
    let span = span(arena::root().clock_us.get() as f64 / 1e3 - since);
    let mut message = format!("{label}: {span}");
    if !values.is_empty() {
        message.push(' ');
        message.push_str(&template::fill(ctx, values, &options)?);
    }
    write(LogLevel::Info, message);
    Ok(())
}

/// A span for people: `12.5ms`, `1.500s`, `2:03.250 (m:ss.mmm)`.
fn span(ms: f64) -> String {
    if ms < 1e3 {
        return format!("{}ms", (ms * 1e3).round() / 1e3);
    }
    if ms < 60e3 {
        return format!("{:.3}s", ms / 1e3);
    }
    let (hours, ms) = ((ms / 3_600e3).floor(), ms % 3_600e3);
    let (minutes, ms) = ((ms / 60e3).floor(), ms % 60e3);
    let seconds = format!("{:06.3}", ms / 1e3);
    if hours > 0.0 {
        format!("{hours}:{minutes:02}:{seconds} (h:mm:ss.mmm)")
    } else {
        format!("{minutes}:{seconds} (m:ss.mmm)")
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans_are_as_node_has_them() {
        for (ms, shown) in [
            (0.0, "0ms"),
            (12.5, "12.5ms"),
            (1_500.0, "1.500s"),
            (123_250.0, "2:03.250 (m:ss.mmm)"),
            (3_661_001.0, "1:01:01.001 (h:mm:ss.mmm)"),
        ] {
            assert_eq!(span(ms), shown);
        }
    }
}
