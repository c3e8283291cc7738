//! The task's beginning and end: finding the entry, calling it, and what came of it.

use std::time::Duration;

use tasker_domain::{ErrorCode, ErrorValue, Outcome};

use crate::{
    PendingCall, Start, calls,
    convert::{self, Source},
    errors::{self, Kinds, ending, throw},
    globals::{self, Native},
    island::{
        arena,
        host::{self, Purpose},
        keys::own_keys,
        value::{Ctx, Kind, Promise, Result, Slot, Thrown, Value, Visible},
    },
    modules::{self, Compiled},
    rejections,
};

/// What to do about a task file without an entry.
pub(crate) const NO_FUNCTION: &str = "the task exports no function: write `module.exports = async function execute(input, context) { … }`, \
     `export async function runTask(input, tools) { … }` or `export default async function (input) { … }`";

/// The names of an entry, and what each gets as its second argument.
const ENTRIES: [(&str, Slot); 3] = [
    ("execute", Slot::Context),
    ("runTask", Slot::Tools),
    ("default", Slot::Context),
];

/// How many exports are named to somebody who has exported no entry.
const NAMES_SHOWN: usize = 5;

/// How far a frame has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Booted, not started.
    New = 0,
    /// The task's ES module awaits something at its top level.
    Loading = 1,
    /// The entry was called.
    Running = 2,
    /// The entry was found, and is not called.
    Loaded = 3,
}

impl Phase {
    pub(crate) fn get() -> Self {
        match arena::root().phase.get() {
            0 => Phase::New,
            1 => Phase::Loading,
            2 => Phase::Running,
            _ => Phase::Loaded,
        }
    }

    fn set(self) {
        arena::root().phase.set(self as u32);
    }
}

/// Where a frame stands when no job is left.
pub(crate) enum Standing {
    /// There are jobs again.
    Goes,
    /// For its calls.
    Waits,
    Ended(Outcome),
}

/// Loads the task and calls its entry. The error is what was thrown on the way.
pub(crate) fn start(ctx: Ctx<'_>, start: &Start) -> std::result::Result<(), ErrorValue> {
    begin(ctx, start).map_err(|Thrown| errors::describe(&ctx.catch()))
}

fn begin(ctx: Ctx<'_>, start: &Start) -> Result<()> {
    let Some(host) = host::current() else {
        return Err(Thrown);
    };
    globals::begin(ctx, start.now_ms, start.seed)?;
    ctx.set_slot(Slot::Input, ctx.parse_json(&start.input, "input")?);
    ctx.set_slot(
        Slot::Context,
        context(ctx, &host.program.name, &host.program.file(), start)?,
    );

    let file = host.program.file();
    match modules::compile(ctx, &file, &host.program.code)? {
        Compiled::CommonJs(function) => {
            let exports = modules::run(ctx, &file, &function)?;
            call_entry(ctx, &exports)
        }
        Compiled::Esm(module) => {
            let (namespace, promise) = ctx.evaluate_module(module)?;
            promise.mark_handled();
            ctx.set_slot(Slot::Module, namespace);
            ctx.set_slot(Slot::Main, promise);
            Phase::Loading.set();
            Ok(())
        }
    }
}

fn context<'js>(ctx: Ctx<'js>, task: &str, file: &str, start: &Start) -> Result<Value<'js>> {
    let run = ctx.object()?;
    run.define("id", ctx.string(&start.run_id)?, Visible::Yes)?;
    run.define("task", ctx.string(task)?, Visible::Yes)?;
    run.define("frame", ctx.string(&start.frame)?, Visible::Yes)?;
    let tasks = ctx.object()?;
    let base = ctx.string(file)?;
    tasks.define(
        "require",
        ctx.function("require", Native::RequireAsync, Some(&base))?,
        Visible::Yes,
    )?;
    tasks.define(
        "execute",
        ctx.function("execute", Native::Execute, None)?,
        Visible::Yes,
    )?;
    let context = ctx.object()?;
    context.define("tools", ctx.slot(Slot::Tools), Visible::Yes)?;
    context.define("console", ctx.global().get("console")?, Visible::Yes)?;
    context.define("log", ctx.slot(Slot::Log), Visible::Yes)?;
    context.define("tasks", tasks, Visible::Yes)?;
    context.define("run", run, Visible::Yes)?;
    Ok(context)
}

/// Finds the entry in the task file's exports and calls it. `runTask` gets `tools` as its second
/// argument, all others the context.
fn call_entry<'js>(ctx: Ctx<'js>, exports: &Value<'js>) -> Result<()> {
    if host::current().is_some_and(|host| host.purpose == Purpose::Load) {
        check_entry(ctx, exports)?;
        Phase::Loaded.set();
        return Ok(());
    }
    let found = if exports.is_function() {
        Some((exports.clone(), Slot::Context))
    } else {
        named_entry(exports)?
    };
    let Some((entry, second)) = found else {
        return Err(throw(
            ctx,
            Kinds::TypeError,
            Some(ErrorCode::TaskInvalid),
            NO_FUNCTION,
        ));
    };
    let result = entry.call(
        &ctx.undefined(),
        &[
            &ctx.slot(Slot::Input),
            &ctx.slot(second),
            &ctx.slot(Slot::Context),
        ],
    )?;
    ctx.set_slot(Slot::Input, ctx.undefined());

    // A real promise is watched as it is, without its `then`, which a task may have replaced.
    let main = if result.promise().is_some() {
        result
    } else {
        let (promise, resolve, _) = ctx.promise()?;
        resolve.call(&ctx.undefined(), &[&result])?;
        promise
    };
    main.mark_handled();
    ctx.set_slot(Slot::Main, main);
    Phase::Running.set();
    Ok(())
}

/// Throws unless the exports have one entry that can be a task's.
fn check_entry<'js>(ctx: Ctx<'js>, exports: &Value<'js>) -> Result<()> {
    let refuse =
        |message: &str| throw(ctx, Kinds::TypeError, Some(ErrorCode::TaskInvalid), message);
    let entry = if exports.is_function() {
        exports.clone()
    } else {
        let Some((entry, _)) = named_entry(exports)? else {
            return Err(refuse(&no_function(exports)?));
        };
        let mut names = Vec::new();
        for name in ENTRIES.map(|(name, _)| name) {
            let other = exports.get(name)?;
            if other.is_function() && (names.is_empty() || !other.same(&entry)) {
                names.push(format!("`{name}`"));
            }
        }
        if names.len() > 1 {
            let names = names.join(" and ");
            return Err(refuse(&format!(
                "the task exports {names}, and it is not clear which of them is the task: export one under such a name"
            )));
        }
        entry
    };
    if entry
        .class_name()
        .is_some_and(|class| class.ends_with("GeneratorFunction"))
    {
        return Err(refuse(
            "the task's function is a generator, which would never begin: write `async function` without `*`, and `await` for `yield`",
        ));
    }
    if entry.text()?.starts_with("class") {
        return Err(refuse(
            "the task's function is a class: export an `async function`",
        ));
    }
    Ok(())
}

/// What to do about a task file with these exports.
fn no_function(exports: &Value<'_>) -> Result<String> {
    let mut names = Vec::new();
    if exports.is_object() {
        for key in own_keys(exports, true)?.into_iter().take(NAMES_SHOWN) {
            names.extend(key.text().map(|name| format!("`{name:.40}`")));
        }
    }
    Ok(match names.is_empty() {
        true => NO_FUNCTION.to_owned(),
        false => format!("{NO_FUNCTION}; it exports {}", names.join(", ")),
    })
}

fn named_entry<'js>(exports: &Value<'js>) -> Result<Option<(Value<'js>, Slot)>> {
    if !exports.is_object() {
        return Ok(None);
    }
    for (name, second) in ENTRIES {
        let entry = exports.get(name)?;
        if entry.is_function() {
            return Ok(Some((entry, second)));
        }
        // `export default { runTask() {} }`, and a CommonJS file that was compiled from that.
        if name == "default" && entry.kind() == Kind::Object && !entry.same(exports) {
            return named_entry_of_default(&entry);
        }
    }
    Ok(None)
}

fn named_entry_of_default<'js>(exports: &Value<'js>) -> Result<Option<(Value<'js>, Slot)>> {
    for (name, second) in [("execute", Slot::Context), ("runTask", Slot::Tools)] {
        let entry = exports.get(name)?;
        if entry.is_function() {
            return Ok(Some((entry, second)));
        }
    }
    Ok(None)
}

/// Looks at the frame when no job is left.
pub(crate) fn standing(ctx: Ctx<'_>) -> Standing {
    let main = ctx.slot(Slot::Main);
    match main.promise() {
        _ if Phase::get() == Phase::Loaded => Standing::Ended(Ok("null".to_owned())),
        Some(Promise::Fulfilled(_)) if Phase::get() == Phase::Loading => {
            match call_entry(ctx, &ctx.slot(Slot::Module)) {
                Ok(()) => Standing::Goes,
                Err(Thrown) => Standing::Ended(Err(errors::describe(&ctx.catch()))),
            }
        }
        Some(Promise::Fulfilled(value)) => Standing::Ended(ended(ctx, value)),
        Some(Promise::Rejected(error)) => Standing::Ended(Err(errors::describe(&error))),
        _ if arena::root().outstanding.get() > 0 => Standing::Waits,
        _ => {
            let hint = rejections::first(ctx)
                .map(|reason| format!(" (a rejection that nobody handled: {reason})"));
            let message = format!(
                "task can never finish: nothing left to wait for{}",
                hint.unwrap_or_default()
            );
            Standing::Ended(Err(ending(ErrorCode::Stalled, message)))
        }
    }
}

/// The outcome of a frame whose entry returned `value`.
fn ended<'js>(ctx: Ctx<'js>, value: Value<'js>) -> Outcome {
    if let Some(reason) = rejections::first(ctx) {
        let message = format!(
            "a promise was rejected and nobody handled it: {reason}; await every promise, or add a catch"
        );
        return Err(ending(ErrorCode::UnhandledRejection, message));
    }
    let limit = host::current().map_or(0, |host| host.limits.result_bytes);
    let json = convert::to_json(ctx, Source::Result(value), limit)
        .map_err(|Thrown| errors::describe(&ctx.catch()))?;
    match not_awaited(&calls::never_awaited(ctx)) {
        Some(error) => Err(error),
        None => Ok(json),
    }
}

/// The error of a frame whose entry returned without having awaited these calls. Its stack is that of the first
/// one, as if that had thrown it.
fn not_awaited(calls: &[PendingCall]) -> Option<ErrorValue> {
    let first = calls.first()?;
    let shown: Vec<_> = calls
        .iter()
        .take(5)
        .map(|call| {
            let place = place_in_task(&call.stack).map(|place| format!(" at {place}"));
            let (label, number) = (&call.label, call.number);
            format!("tools.{label} (call {number}{})", place.unwrap_or_default())
        })
        .collect();
    let more = match calls.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "the task returned without awaiting {}{more}; await every call",
        shown.join(", ")
    );
    Some(ErrorValue {
        stack: Some(first.stack.clone()).filter(|stack| !stack.is_empty()),
        ..ending(ErrorCode::CallNotAwaited, message)
    })
}

/// The place in a stack that is in the task's own file, else the first one: `report.js:7:12`.
fn place_in_task(stack: &str) -> Option<String> {
    let file = host::current()?.program.file();
    let places = || stack.lines().filter_map(errors::place);
    let own = places().find(|place| {
        place
            .strip_prefix(&file)
            .is_some_and(|rest| rest.starts_with(':'))
    });
    own.or_else(|| places().next()).map(str::to_owned)
}

/// The error of a frame that computed for too long.
pub(crate) fn cpu_limit(limit: Duration) -> ErrorValue {
    let message = format!(
        "the task computed for more than {limit:?} without waiting for anything; do less at once, or split the work into tasks"
    );
    ending(ErrorCode::CpuLimit, message)
}

/// The error of a frame that was ended from outside while it computed.
pub(crate) fn stopped() -> ErrorValue {
    let message = "the task was computing when its run was stopped, and was ended";
    ErrorValue {
        name: "CancelledError".into(),
        ..ending(ErrorCode::Cancelled, message)
    }
}

/// The error of a frame that ran out of memory.
pub(crate) fn memory_limit(bytes: usize) -> ErrorValue {
    let message = format!(
        "the task needed more than {} MiB of memory; keep less at once, or split the work into tasks",
        bytes >> 20
    );
    ending(ErrorCode::MemoryLimit, message)
}

/// True for what the engine throws when it has no memory: an error of its own, with another message or without one if there
/// was none for that, or `null` when there was none for an error.
pub(crate) fn is_out_of_memory(error: &ErrorValue) -> bool {
    let is_it = |message| matches!(message, "out of memory" | "Invalid error message" | "");
    error.name == "InternalError" && is_it(error.message.as_str())
        || error.code.as_deref() == Some(ErrorCode::ThrewNonError.as_str())
            && error.message.ends_with(": null")
}
