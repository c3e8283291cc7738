//! What a task finds in its global scope besides the language.

use crate::{
    calls, chains, console, events, inspect,
    island::{
        arena,
        keys::Key,
        native::Args,
        tool,
        value::{Ctx, Result, Slot, Value, Visible},
    },
    modules, progress, timeouts, timers, tools, web,
};

/// How many names a small task may have without moving the engine's table of them.
const NAMES: usize = 128;

macro_rules! natives {
    ($($name:ident),+) => {
        /// The functions of ours that JavaScript can call.
        #[derive(Debug, Clone, Copy)]
        #[repr(i32)]
        pub(crate) enum Native { $($name),+ }

        impl Native {
            /// In the order of their numbers.
            pub(crate) const ALL: &'static [Native] = &[$(Native::$name),+];
        }
    };
}

natives!(
    Console,
    Inspect,
    Random,
    Now,
    CallHostTool,
    Execute,
    ToolText,
    ChainThen,
    Require,
    RequireAsync,
    Deep,
    Sleep,
    SetTimeout,
    SetInterval,
    ClearTimer,
    FireTimer,
    DropTimer,
    Timeout,
    WaitForEvent,
    EventUrl,
    With,
    Progress,
    Web,
    WebGlobal,
    WebGroup,
    WebLocale
);

impl Native {
    /// Runs the function.
    pub(crate) fn call<'js>(self, ctx: Ctx<'js>, args: &Args<'_, 'js>) -> Result<Value<'js>> {
        match self {
            Native::Console => console::call(ctx, args),
            Native::Inspect => inspect::options::call(ctx, args),
            Native::Random => Ok(ctx.number(random())),
            Native::Now => {
                Ok(ctx.number(arena::root().clock_us.get() as f64 / 1e3 - args.data(0).float()))
            }
            Native::CallHostTool => tools::call_host_tool(ctx, args),
            Native::Execute => calls::issue(ctx, "tasks", &["execute"], args.all()),
            Native::ToolText => Ok(args.data(0)),
            Native::ChainThen => chains::then(ctx, args),
            Native::With => tools::with(ctx, args),
            Native::Progress => progress::call(ctx, args),
            Native::Require => modules::require_from(ctx, args),
            Native::RequireAsync => modules::require_async(ctx, args),
            Native::Sleep => timers::sleep(ctx, args),
            Native::SetTimeout => timers::set(ctx, args, false),
            Native::SetInterval => timers::set(ctx, args, true),
            Native::ClearTimer => timers::clear(ctx, &args.get(0)),
            Native::FireTimer => timers::fire(ctx, &args.data(0)),
            Native::DropTimer => timers::dropped(ctx, &args.data(0)),
            Native::Timeout => timeouts::call(ctx, args),
            Native::WaitForEvent => events::wait(ctx, args),
            Native::EventUrl => events::url(ctx, args),
            Native::Web => web::call(ctx, args),
            Native::WebGlobal => web::accessor(ctx, args),
            Native::WebGroup => web::group(ctx, args),
            Native::WebLocale => web::locale(ctx, args),
            Native::Deep => {
                let values = args.all();
                args.data(0)
                    .call_deep(&args.this(), &values.iter().collect::<Vec<_>>())
            }
        }
    }
}

/// Fills the global object of a new context.
pub(crate) fn install(ctx: Ctx<'_>) -> Result<()> {
    let global = ctx.global();
    capture(ctx, &global)?;
    restrict(&global)?;

    for slot in [Slot::Pending, Slot::Timers, Slot::Unhandled, Slot::Modules] {
        ctx.set_slot(slot, ctx.table()?);
    }
    ctx.set_slot(Slot::Timeout, timeouts::prototype(ctx)?);
    let tools = tool::new(ctx, "")?;
    global.define("tools", tools.clone(), Visible::Hidden)?;
    ctx.set_slot(Slot::Tools, tools);
    ctx.set_slot(Slot::Log, console::tools_log(ctx)?);
    global.define(
        "__callHostTool__",
        ctx.function("__callHostTool__", Native::CallHostTool, None)?,
        Visible::Hidden,
    )?;

    for (slot, name, native) in [
        (Slot::Sleep, "sleep", Native::Sleep),
        (Slot::WaitForEvent, "waitForEvent", Native::WaitForEvent),
        (Slot::EventUrl, "eventUrl", Native::EventUrl),
    ] {
        ctx.set_slot(slot, ctx.function(name, native, None)?);
    }
    for (name, native) in [
        ("setTimeout", Native::SetTimeout),
        ("setInterval", Native::SetInterval),
        ("clearTimeout", Native::ClearTimer),
        ("clearInterval", Native::ClearTimer),
    ] {
        global.define(name, ctx.function(name, native, None)?, Visible::Hidden)?;
    }

    global.define("global", global.clone(), Visible::Hidden)?;
    global.define("console", console::make(ctx)?, Visible::Hidden)?;
    deepen(ctx, &global)?;
    web::install(ctx, &global)?;
    // Has its place from the beginning, so that no frame's start moves all globals to a larger one.
    global.define("performance", ctx.undefined(), Visible::Hidden)?;
    global.get("Math")?.define(
        "random",
        ctx.function("random", Native::Random, None)?,
        Visible::Hidden,
    )?;
    make_room(ctx)
}

/// Has the engine's table of names grow now if it is almost full: else a frame's first names would move it, and the frame's
/// snapshot would have all of it.
fn make_room(ctx: Ctx<'_>) -> Result<()> {
    let names = (0..NAMES).map(|name| Key::new(ctx, &format!("room {name}")));
    names.collect::<Result<Vec<_>>>().map(drop)
}

/// Keeps what our own steps need of the language's objects, before a task can change them.
fn capture<'js>(ctx: Ctx<'js>, global: &Value<'js>) -> Result<()> {
    let errors = ctx.table()?;
    for name in [
        "Error",
        "TypeError",
        "RangeError",
        "SyntaxError",
        "ReferenceError",
        "EvalError",
        "URIError",
        "InternalError",
        "AggregateError",
    ] {
        errors.define(name, global.get(name)?.get("prototype")?, Visible::Yes)?;
    }
    ctx.set_slot(Slot::Errors, errors);
    inspect::capture(ctx)?;
    ctx.set_slot(
        Slot::CaptureStack,
        global.get("Error")?.get("captureStackTrace")?,
    );
    ctx.set_slot(
        Slot::PromiseThen,
        global.get("Promise")?.get("prototype")?.get("then")?,
    );
    let date = global.get("Date")?;
    ctx.set_slot(Slot::DateParse, date.get("parse")?);
    ctx.set_slot(Slot::DateTime, date.get("prototype")?.get("getTime")?);
    let collections = ctx.script(
        "[Map.prototype.entries, Object.getPrototypeOf(new Map().entries()).next,
          Set.prototype.values, Object.getPrototypeOf(new Set().values()).next]",
        "",
        1,
    )?;
    for (index, slot) in [
        Slot::MapEntries,
        Slot::MapNext,
        Slot::SetValues,
        Slot::SetNext,
    ]
    .into_iter()
    .enumerate()
    {
        ctx.set_slot(slot, collections.get_index(index as u32)?);
    }
    Ok(())
}

/// Puts the builtins that go down into their arguments by themselves behind a stack limit of their own.
fn deepen<'js>(ctx: Ctx<'js>, global: &Value<'js>) -> Result<()> {
    let replaced = |object: &Value<'js>, name: &str| -> Result<()> {
        let original = object.get(name)?;
        let function = ctx.function(name, Native::Deep, Some(&original))?;
        function.define("length", original.get("length")?, Visible::Hidden)?;
        object.define(name, function, Visible::Hidden)
    };
    let json = global.get("JSON")?;
    replaced(&json, "parse")?;
    replaced(&json, "stringify")?;
    replaced(&global.get("Array")?.get("prototype")?, "flat")?;
    replaced(&global.get("Object")?, "setPrototypeOf")?;
    replaced(&global.get("Reflect")?, "setPrototypeOf")?;
    // Iterators of iterators: the engine calls a builtin `next` without a look at the stack.
    let iterators = ctx.script(
        "[[].values().map(x => x), Iterator.from({ next() {} })].map(Object.getPrototypeOf)",
        "",
        1,
    )?;
    for index in 0..2 {
        let prototype = iterators.get_index(index)?;
        replaced(&prototype, "next")?;
        replaced(&prototype, "return")?;
    }
    let accessor = ctx.script(
        "Object.getOwnPropertyDescriptor(Object.prototype, '__proto__')",
        "",
        1,
    )?;
    let set = ctx.function("set __proto__", Native::Deep, Some(&accessor.get("set")?))?;
    accessor.define("set", set, Visible::Yes)?;
    ctx.script(
        "accessor => { Object.defineProperty(Object.prototype, '__proto__', accessor) }",
        "",
        1,
    )?
    .call(&ctx.undefined(), &[&accessor])
    .map(drop)
}

/// Takes away what would let a task see more than its inputs: shared memory (another thread's
/// timing), and the hooks into stack traces, which would run task code in the middle of ours.
fn restrict(global: &Value<'_>) -> Result<()> {
    for name in [
        "SharedArrayBuffer",
        "Atomics",
        "WeakRef",
        "FinalizationRegistry",
    ] {
        global.delete(name)?;
    }
    let error = global.get("Error")?;
    error.delete("prepareStackTrace")?;
    error.delete("stackTraceLimit")
}

/// Gives a new frame its clock, its random sequence, and `performance`, whose zero is the start.
pub(crate) fn begin(ctx: Ctx<'_>, now_ms: i64, seed: u64) -> Result<()> {
    let root = arena::root();
    root.clock_us.set(now_ms.saturating_mul(1000));
    root.random.set(seed);
    let origin = ctx.number(now_ms as f64);
    let performance = ctx.object()?;
    performance.define(
        "now",
        ctx.function("now", Native::Now, Some(&origin))?,
        Visible::Yes,
    )?;
    performance.define("timeOrigin", origin, Visible::Yes)?;
    ctx.global()
        .define("performance", performance, Visible::Hidden)
}

fn random() -> f64 {
    (random_bits() >> 11) as f64 / (1u64 << 53) as f64
}

/// SplitMix64 (Steele, Lea and Flood 2014): good for any seed, and its state is one word.
pub(crate) fn random_bits() -> u64 {
    let state = &arena::root().random;
    state.set(state.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
    let mut z = state.get();
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
