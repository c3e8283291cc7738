//! `console.*`, `tools.log`: lines for the run's log.

use tasker_domain::{LogLevel, LogLine};

use crate::{
    format,
    island::{
        arena, host,
        native::Args,
        value::{Ctx, Result, Value},
    },
    text,
};

/// Adds one line: the arguments, with a space between them.
pub(crate) fn log<'js>(ctx: Ctx<'js>, level: LogLevel, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    let Some(host) = host::current() else {
        return Ok(ctx.undefined());
    };
    let (index, limit) = (arena::root().log_lines.get(), host.limits.log_lines);
    if index as usize > limit {
        return Ok(ctx.undefined());
    }
    let bytes = host.limits.log_line_bytes;
    let (level, mut message) = if index as usize == limit {
        (
            LogLevel::Warn,
            format!("log limit of {limit} lines reached; later lines are dropped"),
        )
    } else {
        let mut message = String::new();
        for (index, value) in args.all().iter().enumerate() {
            if message.len() > bytes {
                break;
            }
            message.push_str(if index > 0 { " " } else { "" });
            message.push_str(&format::plain(value, bytes));
        }
        (level, message)
    };
    text::cut(&mut message, bytes);
    // Printing a proxy may have run code that logged: take the number only now.
    let index = arena::root().log_lines.get();
    arena::root().log_lines.set(index + 1);
    let at = arena::root().clock_us.get().div_euclid(1000);
    host.logs.borrow_mut().push(LogLine {
        index,
        at,
        level,
        message,
    });
    Ok(ctx.undefined())
}
