//! Calls on their way out of a task, and their outcomes on the way back.
//!
//! The table of calls that are out has entries for each: the functions that resolve and reject its promise, the
//! call's label, the stack of the place that made it, whether it counts less because it lost a race, and what makes the promise's
//! value of the call's.

use tasker_domain::{ErrorCode, Json, Outcome, event, timer};

use crate::{
    Call, Error, PendingCall,
    convert::{self, Source},
    errors::{self, Kinds, throw},
    island::{
        arena, host,
        keys::{Key, own_keys},
        moot,
        value::{Ctx, Kind, Result, Slot, Thrown, Value},
    },
    races,
    web::fetch,
};

const RESOLVE: u32 = 0;
const REJECT: u32 = 1;
const LABEL: u32 = 2;
const SITE: u32 = 3;
const LOST: u32 = 4;
const MAKE: u32 = 5;
const ENTRIES: u32 = 6;
/// Keys must stay array indices.
const MAX_CALLS: u32 = u32::MAX / 8;
/// Bytes of arguments that may wait to be taken, in units of the limit for one call.
const TURN_CALLS: usize = 16;
/// The same for calls that have a limit of their own.
const TURN_BYTES: usize = 32 << 20;

/// Makes a call and gives its promise. Whatever is wrong with it rejects the promise.
pub(crate) fn issue<'js>(
    ctx: Ctx<'js>,
    service: &str,
    method: &[&str],
    args: Vec<Value<'js>>,
) -> Result<Value<'js>> {
    issue_with(ctx, service, method, args, None)
}

/// The same with options: JSON text.
pub(crate) fn issue_with<'js>(
    ctx: Ctx<'js>,
    service: &str,
    method: &[&str],
    args: Vec<Value<'js>>,
    options: Option<&str>,
) -> Result<Value<'js>> {
    promised(ctx, |resolve, reject| {
        let limit = host::current().ok_or(Thrown)?.limits.args_bytes;
        let json = convert::to_json(ctx, Source::Arguments(args), limit)?;
        let site = errors::stack_here(ctx);
        let call = Issue {
            service,
            method,
            json,
            options,
        };
        register(ctx, call, &site, resolve, reject)
    })
}

/// The same with arguments that are JSON already, and with the stack of the place that the call is from.
pub(crate) fn issue_json<'js>(
    ctx: Ctx<'js>,
    service: &str,
    method: &[&str],
    args: Json,
    options: Option<&str>,
    site: &str,
) -> Result<Value<'js>> {
    promised(ctx, |resolve, reject| {
        let call = Issue {
            service,
            method,
            json: args,
            options,
        };
        register(ctx, call, site, resolve, reject)
    })
}

/// A promise that `register` may settle. What goes wrong there rejects it.
pub(crate) fn promised<'js>(
    ctx: Ctx<'js>,
    register: impl FnOnce(Value<'js>, Value<'js>) -> Result<()>,
) -> Result<Value<'js>> {
    let (promise, resolve, reject) = ctx.promise()?;
    if register(resolve, reject.clone()).is_err() {
        let error = ctx.catch();
        reject.call(&ctx.undefined(), &[&error])?;
    }
    Ok(promise)
}

/// A call to make.
pub(crate) struct Issue<'a> {
    pub(crate) service: &'a str,
    pub(crate) method: &'a [&'a str],
    pub(crate) json: Json,
    pub(crate) options: Option<&'a str>,
}

/// Puts a call on its way out; the functions settle its promise.
pub(crate) fn register<'js>(
    ctx: Ctx<'js>,
    call: Issue<'_>,
    site: &str,
    resolve: Value<'js>,
    reject: Value<'js>,
) -> Result<()> {
    let limits = &host::current().ok_or(Thrown)?.limits;
    if call.json.len() > limits.args_bytes {
        let message = format!("args has more than {} bytes as JSON", limits.args_bytes);
        return Err(throw(
            ctx,
            Kinds::RangeError,
            Some(ErrorCode::ArgsTooLarge),
            &message,
        ));
    }
    let turn_bytes = limits.args_bytes.saturating_mul(TURN_CALLS);
    put_out(ctx, call, site, resolve, reject, turn_bytes).map(drop)
}

/// The same for a call that has checked its own size, and whose promise is settled by what `make(value, error)` makes of its
/// outcome. Gives its number.
pub(crate) fn register_made<'js>(
    ctx: Ctx<'js>,
    call: Issue<'_>,
    site: &str,
    resolve: Value<'js>,
    reject: Value<'js>,
    make: Value<'js>,
) -> Result<u32> {
    let number = put_out(ctx, call, site, resolve, reject, TURN_BYTES)?;
    ctx.slot(Slot::Pending)
        .define_index(number * ENTRIES + MAKE, make)?;
    Ok(number)
}

fn put_out<'js>(
    ctx: Ctx<'js>,
    call: Issue<'_>,
    site: &str,
    resolve: Value<'js>,
    reject: Value<'js>,
    turn_bytes: usize,
) -> Result<u32> {
    let Issue {
        service,
        method,
        json,
        options,
    } = call;
    let host = host::current().ok_or(Thrown)?;
    let limits = &host.limits;
    let root = arena::root();
    let number = root.calls.get() + 1;
    let counted = || root.outstanding.get().saturating_sub(root.aside.get());
    if counted() as usize >= limits.outstanding_calls {
        // What has lost a race in this very turn counts no more.
        races::judge(ctx);
    }
    if counted() as usize >= limits.outstanding_calls || number >= MAX_CALLS {
        let message = format!(
            "{} calls are out already; await some before making more",
            counted()
        );
        return Err(throw(
            ctx,
            Kinds::RangeError,
            Some(ErrorCode::OutstandingLimit),
            &message,
        ));
    }
    let bytes = host.calls_bytes.get() + json.len();
    if bytes > turn_bytes {
        let message = "the arguments of the calls that are being made at once are too large together; await some before making more";
        return Err(throw(
            ctx,
            Kinds::RangeError,
            Some(ErrorCode::ArgsTooLarge),
            message,
        ));
    }
    let call = Call {
        number,
        service: service.to_owned(),
        method: method.iter().map(|&name| name.to_owned()).collect(),
        args: json,
        options: options.map(str::to_owned),
    };
    let label = label(service, method);
    let pending = ctx.slot(Slot::Pending);
    moot::is_of_call(&resolve, number, never_fails(&call));
    let entries = [
        (RESOLVE, resolve),
        (REJECT, reject),
        (LABEL, ctx.string(&label)?),
        (SITE, ctx.string(site)?),
    ];
    for (entry, value) in entries {
        if pending
            .define_index(number * ENTRIES + entry, value)
            .is_err()
        {
            let error = ctx.catch();
            forget(&pending, number)?;
            return Err(ctx.throw(error));
        }
    }
    root.calls.set(number);
    root.outstanding.set(root.outstanding.get() + 1);
    host.calls_bytes.set(bytes);
    host.calls.borrow_mut().push(call);
    Ok(number)
}

/// Whether a call only ever gives a value while the task is not being stopped.
fn never_fails(call: &Call) -> bool {
    let waits_for_ever = |wait: event::EventWait| wait.until.is_none();
    call.timer().is_some() || call.event_wait().is_some_and(waits_for_ever)
}

/// What the call is in a task's code, after `tools.`
fn label(service: &str, method: &[&str]) -> String {
    match (service, method) {
        (timer::SERVICE, [timer::SLEEP]) => "sleep".to_owned(),
        (event::SERVICE, [event::WAIT]) => "waitForEvent".to_owned(),
        (event::SERVICE, [event::URL]) => "eventUrl".to_owned(),
        (fetch::SERVICE, [fetch::REQUEST]) => fetch::SERVICE.to_owned(),
        _ => method
            .iter()
            .fold(service.to_owned(), |label, name| label + "." + name),
    }
}

/// The function that resolves the promise of a call that is out.
pub(crate) fn resolve(ctx: Ctx<'_>, number: u32) -> Result<Value<'_>> {
    ctx.slot(Slot::Pending)
        .get_index(number * ENTRIES + RESOLVE)
}

/// Nothing waits for a call any more: one that only waits is taken back, another counts no more.
pub(crate) fn lose(ctx: Ctx<'_>, number: u32) -> Result<()> {
    let pending = ctx.slot(Slot::Pending);
    let label = pending.get_index(number * ENTRIES + LABEL)?.text()?;
    let waits = [
        (timer::SERVICE, timer::SLEEP),
        (event::SERVICE, event::WAIT),
    ];
    if waits
        .iter()
        .any(|(service, method)| label == self::label(service, &[method]))
    {
        return withdraw(ctx, number);
    }
    let counts = Counts::of(&pending, number)?;
    pending.define_index(number * ENTRIES + LOST, ctx.bool(true))?;
    counts.off();
    Ok(())
}

/// Nothing waits for a call any more, on the task's own wish: one that was not made yet never is.
pub(crate) fn abandon(ctx: Ctx<'_>, number: u32) -> Result<()> {
    if number == 0 || number >= MAX_CALLS || !resolve(ctx, number)?.is_function() {
        return Ok(());
    }
    let host = host::current().ok_or(Thrown)?;
    let is_new = host.calls.borrow().iter().any(|call| call.number == number);
    match is_new {
        true => withdraw(ctx, number),
        false => lose(ctx, number),
    }
}

/// Only code runs when the call settles whose outcome is of no use: it counts not for the limit any more.
pub(crate) fn set_aside(ctx: Ctx<'_>, number: u32) -> Result<()> {
    let pending = ctx.slot(Slot::Pending);
    if Counts::of(&pending, number)? == Counts::Fully {
        pending.define_index(number * ENTRIES + LOST, ctx.bool(false))?;
        let aside = &arena::root().aside;
        aside.set(aside.get() + 1);
    }
    Ok(())
}

/// What a call counts for that is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Fully,
    /// The task waits for it, but it needs no place of the limit.
    Aside,
    Nothing,
}

impl Counts {
    fn of(pending: &Value<'_>, number: u32) -> Result<Counts> {
        let lost = pending.get_index(number * ENTRIES + LOST)?;
        Ok(match lost.kind() {
            Kind::Bool(true) => Counts::Nothing,
            Kind::Bool(false) => Counts::Aside,
            _ => Counts::Fully,
        })
    }

    /// It is out no longer.
    fn off(self) {
        let root = arena::root();
        let less = |count: &std::cell::Cell<u32>| count.set(count.get().saturating_sub(1));
        if self != Counts::Nothing {
            less(&root.outstanding);
        }
        if self == Counts::Aside {
            less(&root.aside);
        }
    }
}

/// Takes a call back that is out: its promise stays pending for ever.
pub(crate) fn withdraw(ctx: Ctx<'_>, number: u32) -> Result<()> {
    let host = host::current().ok_or(Thrown)?;
    let pending = ctx.slot(Slot::Pending);
    if !pending.get_index(number * ENTRIES + RESOLVE)?.is_function() {
        return Ok(());
    }
    let counts = Counts::of(&pending, number)?;
    forget(&pending, number)?;
    counts.off();
    let mut calls = host.calls.borrow_mut();
    match calls.iter().rposition(|call| call.number == number) {
        Some(index) => drop(calls.remove(index)),
        None => host.withdrawn.borrow_mut().push(number),
    }
    Ok(())
}

fn forget(pending: &Value<'_>, number: u32) -> Result<()> {
    for entry in 0..ENTRIES {
        pending.delete(&(number * ENTRIES + entry).to_string())?;
    }
    Ok(())
}

/// Settles the promise of one call.
pub(crate) fn settle(
    ctx: Ctx<'_>,
    number: u32,
    outcome: &Outcome,
) -> std::result::Result<(), Error> {
    let pending = ctx.slot(Slot::Pending);
    let entry = |entry: u32| match number.checked_mul(ENTRIES) {
        Some(first) if number < MAX_CALLS => pending.get_index(first + entry),
        _ => Ok(ctx.undefined()),
    };
    let resolve = entry(RESOLVE).unwrap_or_else(|Thrown| ctx.undefined());
    if !resolve.is_function() {
        return Err(Error::NotOutstanding(number));
    }
    if let Ok(json) = outcome {
        serde_json::from_str::<serde::de::IgnoredAny>(json).map_err(|error| Error::NotJson {
            call: number,
            message: error.to_string(),
        })?;
    }
    Counts::of(&pending, number).unwrap_or(Counts::Fully).off();
    let settled = (|| {
        let (reject, site, make) = (entry(REJECT)?, entry(SITE)?.text()?, entry(MAKE)?);
        let value = match outcome {
            Ok(json) => match ctx.parse_json(json, "result") {
                Ok(value) if make.is_function() => make.call(&ctx.undefined(), &[&value]),
                value => value,
            },
            Err(error) if make.is_function() => {
                let error = errors::make(ctx, &fetch::failed(error), &site)?;
                make.call(&ctx.undefined(), &[&ctx.undefined(), &error])
            }
            Err(error) => Err(ctx.throw(errors::make(ctx, error, &site)?)),
        };
        let (settle, value) = match value {
            Ok(value) => (resolve, value),
            Err(Thrown) => (reject, ctx.catch()),
        };
        forget(&pending, number)?;
        settle.call(&ctx.undefined(), &[&value]).map(drop)
    })();
    if settled.is_err() {
        // Without memory even for this the frame ends: `memory_limit` is noted by then.
        ctx.catch();
    }
    Ok(())
}

/// Numbers of the calls that are out, ascending.
pub(crate) fn outstanding(ctx: Ctx<'_>) -> Vec<u32> {
    let keys = own_keys(&ctx.slot(Slot::Pending), false).unwrap_or_default();
    let numbers = keys
        .iter()
        .filter_map(Key::text)
        .filter_map(|key| key.parse::<u32>().ok());
    numbers
        .filter(|key| key % ENTRIES == RESOLVE)
        .map(|key| key / ENTRIES)
        .collect()
}

/// The calls that are out, by number, each with the place that made it.
pub(crate) fn pending(ctx: Ctx<'_>) -> Vec<PendingCall> {
    let pending = ctx.slot(Slot::Pending);
    let text = |number: u32, entry: u32| {
        let value = pending.get_index(number * ENTRIES + entry).ok();
        let text = value.filter(|value| value.kind() == Kind::String);
        text.and_then(|text| text.text().ok()).unwrap_or_default()
    };
    outstanding(ctx)
        .into_iter()
        .map(|number| PendingCall {
            number,
            label: text(number, LABEL),
            stack: text(number, SITE),
        })
        .collect()
}

/// The calls that are out and whose promise nobody ever looked at. To find them, each is
/// rejected: the frame is over, so this only gives the engine's report.
pub(crate) fn never_awaited(ctx: Ctx<'_>) -> Vec<PendingCall> {
    let Some(host) = host::current() else {
        return Vec::new();
    };
    let table = ctx.slot(Slot::Pending);
    let mut calls = pending(ctx);
    calls.retain(|call| {
        let before = host.unhandled.get();
        let rejected = table
            .get_index(call.number * ENTRIES + REJECT)
            .and_then(|reject| reject.call(&ctx.undefined(), &[&ctx.undefined()]));
        if rejected.is_err() {
            ctx.catch();
        }
        host.unhandled.get() > before
    });
    calls
}
