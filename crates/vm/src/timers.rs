//! `tools.sleep`, `setTimeout` and what belongs to it: calls that settle at a moment of the virtual clock.
//!
//! The table of timers has an entry for each that is set, by its id, which is the number of its first call. What `setTimeout` gives
//! keeps the entry, see `timeouts`.

use tasker_domain::{
    ErrorCode,
    timer::{self, AHEAD_MAX_MS, Timer, span_ms},
};

use crate::{
    calls,
    errors::{self, Kinds, throw},
    globals::Native,
    island::{
        arena,
        native::Args,
        timeout,
        value::{Class, Ctx, Kind, Result, Slot, Thrown, Value, Visible},
    },
};

/// Entries of one timer: the number of the call that is out for it, the function, the pause before it is called, whether it is
/// called again after each pause, the id, what `hasRef` says, and the arguments.
const CALL: u32 = 0;
const CALLBACK: u32 = 1;
const PAUSE: u32 = 2;
const REPEATS: u32 = 3;
pub(crate) const ID: u32 = 4;
pub(crate) const HAS_REF: u32 = 5;
const ARGUMENTS: u32 = 6;
const FIRST_ARGUMENT: u32 = 7;
const MAX_ARGUMENTS: usize = 1_000;

/// `tools.sleep(when)`: a promise for that moment.
pub(crate) fn sleep<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
    calls::promised(ctx, |resolve, reject| {
        let timer = when(ctx, &args.get(0), "tools.sleep")?;
        let site = errors::stack_here(ctx);
        calls::register(ctx, issue(&[timer::SLEEP], timer), &site, resolve, reject)
    })
}

/// The moment that a task means, milliseconds since the Unix epoch.
pub(crate) fn moment<'js>(ctx: Ctx<'js>, when: &Value<'js>, function: &str) -> Result<i64> {
    self::when(ctx, when, function).map(|timer| timer.until)
}

/// What a task means: a number of milliseconds or a time span from now on, or a date.
fn when<'js>(ctx: Ctx<'js>, when: &Value<'js>, function: &str) -> Result<Timer> {
    let now = now_ms();
    let mut is_span = matches!(when.kind(), Kind::Int(_) | Kind::Float(_));
    let date = match when.kind() {
        Kind::Int(_) | Kind::Float(_) => now as f64 + when.float().max(0.0),
        Kind::String => {
            let text = when.text()?;
            match span_ms(&text) {
                Some(span) => {
                    is_span = true;
                    (now + span) as f64
                }
                None if is_date(&text) => ctx
                    .slot(Slot::DateParse)
                    .call(&ctx.undefined(), &[when])?
                    .float(),
                None => f64::NAN,
            }
        }
        Kind::Object if when.class() == Class::Date => {
            ctx.slot(Slot::DateTime).call(when, &[])?.float()
        }
        _ => f64::NAN,
    };
    let invalid = |kind, what: &str| {
        let message = format!("{function}: {what}");
        throw(ctx, kind, Some(ErrorCode::TimeInvalid), &message)
    };
    // `NaN.max(0.0)` is 0.
    if date.is_nan() || when.float().is_nan() && matches!(when.kind(), Kind::Float(_)) {
        let what = "give milliseconds, a time span such as \"1d12h\", a Date, or its ISO text";
        return Err(invalid(Kinds::TypeError, what));
    }
    if date > (now + AHEAD_MAX_MS) as f64 {
        return Err(invalid(
            Kinds::RangeError,
            "that is more than five years ahead",
        ));
    }
    let until = date.ceil() as i64;
    Ok(Timer {
        until,
        span: is_span.then_some(until - now),
    })
}

/// Whether a text begins as the ISO form of a date does: the engine's parser takes much more than that.
fn is_date(text: &str) -> bool {
    let text = text.trim_start_matches('+').as_bytes();
    let year = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (4..=6).contains(&year) && text.get(year) == Some(&b'-')
}

/// The virtual clock, milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> i64 {
    arena::root().clock_us.get().div_euclid(1_000)
}

/// `setTimeout(callback, delay, …arguments)`, `setInterval(…)`.
pub(crate) fn set<'js>(ctx: Ctx<'js>, args: &Args<'_, 'js>, repeats: bool) -> Result<Value<'js>> {
    let name = if repeats { "setInterval" } else { "setTimeout" };
    let refuse = |message: &str| throw(ctx, Kinds::TypeError, None, &format!("{name}: {message}"));
    let callback = args.get(0);
    if !callback.is_function() {
        return Err(refuse("the first argument is not a function"));
    }
    let delay = args.get(1);
    let mut timer = match delay.kind() {
        Kind::Undefined | Kind::Null | Kind::Bool(_) => after(0),
        Kind::Float(float) if float.is_nan() => after(0),
        Kind::String => match delay.text()?.trim().parse() {
            Ok(number) => when(ctx, &ctx.number(number), name)?,
            Err(_) => when(ctx, &delay, name)?,
        },
        _ => when(ctx, &delay, name)?,
    };
    if timer.until <= now_ms() {
        timer = after(1);
    }
    let arguments: Vec<_> = args.all().into_iter().skip(2).collect();
    if arguments.len() > MAX_ARGUMENTS {
        return Err(refuse("too many arguments"));
    }

    let entry = ctx.table()?;
    let id = arena::root().calls.get() + 1;
    entry.define_index(CALLBACK, callback)?;
    entry.define_index(PAUSE, ctx.number((timer.until - now_ms()) as f64))?;
    entry.define_index(REPEATS, ctx.bool(repeats))?;
    entry.define_index(ID, ctx.number(id.into()))?;
    entry.define_index(HAS_REF, ctx.bool(true))?;
    entry.define_index(ARGUMENTS, ctx.number(arguments.len() as f64))?;
    for (index, argument) in (FIRST_ARGUMENT..).zip(arguments) {
        entry.define_index(index, argument)?;
    }
    start(ctx, &entry, id, timer)?;
    ctx.slot(Slot::Timers).define_index(id, entry.clone())?;
    timeout::new(ctx, entry)
}

/// Sets a timer anew, as it was set at first, whether it is still set or has gone off.
pub(crate) fn again<'js>(ctx: Ctx<'js>, entry: &Value<'js>) -> Result<()> {
    let id = entry.get_index(ID)?.float() as u32;
    withdraw(ctx, entry)?;
    start(
        ctx,
        entry,
        id,
        after(entry.get_index(PAUSE)?.float() as i64),
    )?;
    ctx.slot(Slot::Timers).define_index(id, entry.clone())
}

/// Takes the call of a timer back, if one is out.
fn withdraw<'js>(ctx: Ctx<'js>, entry: &Value<'js>) -> Result<()> {
    let call = entry.get_index(CALL)?;
    if let Kind::Int(_) | Kind::Float(_) = call.kind() {
        calls::withdraw(ctx, call.float() as u32)?;
        entry.define_index(CALL, ctx.undefined())?;
    }
    Ok(())
}

/// The timer that goes off `span` milliseconds from now.
fn after(span: i64) -> Timer {
    Timer {
        until: now_ms() + span,
        span: Some(span),
    }
}

/// The call that settles at a moment.
fn issue<'a>(method: &'a [&'a str], timer: Timer) -> calls::Issue<'a> {
    let until = timer.until;
    calls::Issue {
        service: timer::SERVICE,
        method,
        json: match timer.span {
            Some(span) => format!("[{until},{span}]"),
            None => format!("[{until}]"),
        },
        options: None,
    }
}

/// Makes the call after which the timer goes off.
fn start<'js>(ctx: Ctx<'js>, entry: &Value<'js>, id: u32, timer: Timer) -> Result<()> {
    let (promise, resolve, reject) = ctx.promise()?;
    let site = errors::stack_here(ctx);
    calls::register(ctx, issue(&[timer::TIMEOUT], timer), &site, resolve, reject)?;
    entry.define_index(CALL, ctx.number(arena::root().calls.get().into()))?;
    let id = ctx.number(id.into());
    let fire = ctx.function("", Native::FireTimer, Some(&id))?;
    let drop = ctx.function("", Native::DropTimer, Some(&id))?;
    // Nobody else sees this promise. Without a constructor, `then` makes one of the engine's own class.
    promise.define("constructor", ctx.undefined(), Visible::Hidden)?;
    ctx.slot(Slot::PromiseThen)
        .call(&promise, &[&fire, &drop])
        .map(std::mem::drop)
}

/// The moment has come: calls the function. What it throws nobody handles, so that the task fails.
pub(crate) fn fire<'js>(ctx: Ctx<'js>, id: &Value<'js>) -> Result<Value<'js>> {
    let Some((id, entry)) = find(ctx, id)? else {
        return Ok(ctx.undefined());
    };
    let repeats = entry.get_index(REPEATS)?.is_true();
    entry.define_index(CALL, ctx.undefined())?;
    if !repeats {
        remove(ctx, id)?;
    }
    let count = entry.get_index(ARGUMENTS)?.float() as u32;
    let arguments = (0..count)
        .map(|index| entry.get_index(FIRST_ARGUMENT + index))
        .collect::<Result<Vec<_>>>()?;
    let called = entry
        .get_index(CALLBACK)?
        .call(&ctx.undefined(), &arguments.iter().collect::<Vec<_>>());
    let called = match called {
        Ok(called) => called,
        Err(Thrown) => {
            let error = ctx.catch();
            remove(ctx, id)?;
            return Err(ctx.throw(error));
        }
    };
    let is_set = find(ctx, &ctx.number(id.into()))?.is_some();
    if repeats && is_set && entry.get_index(CALL)?.kind() == Kind::Undefined {
        again(ctx, &entry)?;
    }
    // A promise of an async function that is rejected is one that nobody handles.
    drop(called);
    Ok(ctx.undefined())
}

/// The call of a timer was refused, as those of a cancelled run are: it does not go off.
pub(crate) fn dropped<'js>(ctx: Ctx<'js>, id: &Value<'js>) -> Result<Value<'js>> {
    if let Some((id, _)) = find(ctx, id)? {
        remove(ctx, id)?;
    }
    Ok(ctx.undefined())
}

/// `clearTimeout(timer)`, `clearInterval(timer)`: what they gave, or its number. Anything else is passed over.
pub(crate) fn clear<'js>(ctx: Ctx<'js>, timer: &Value<'js>) -> Result<Value<'js>> {
    let id = match timeout::state(timer) {
        Some(entry) => entry.get_index(ID)?,
        None => timer.clone(),
    };
    if let Some((id, entry)) = find(ctx, &id)? {
        remove(ctx, id)?;
        withdraw(ctx, &entry)?;
    }
    Ok(ctx.undefined())
}

fn find<'js>(ctx: Ctx<'js>, id: &Value<'js>) -> Result<Option<(u32, Value<'js>)>> {
    let id = match id.kind() {
        Kind::String => id.text()?.parse().unwrap_or(f64::NAN),
        _ => id.float(),
    };
    if !(id >= 1.0 && id <= f64::from(u32::MAX) && id.fract() == 0.0) {
        return Ok(None);
    }
    let entry = ctx.slot(Slot::Timers).get_index(id as u32)?;
    Ok(entry.is_object().then_some((id as u32, entry)))
}

fn remove(ctx: Ctx<'_>, id: u32) -> Result<()> {
    ctx.slot(Slot::Timers).delete(&id.to_string())
}
