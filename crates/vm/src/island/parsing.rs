//! Memory while source text is parsed.
//!
//! The engine's parser and its compiler of regular expressions do not look whether they got the memory that they asked
//! for: refused, they write where they must not. So nothing is refused while they work. What should have been is
//! noted, and the stack limit is raised above every stack instead: the parser looks at it with each token, and so
//! gives up at the next one. It is stopped early enough for what it may still ask for until then.

use std::{
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use rquickjs::qjs;

use super::{arena, stack};

/// Bytes that there are for a parse in all.
const ROOM: usize = arena::MAX_MEMORY + 2 * arena::RESERVE;

/// A parse that is under way.
#[derive(Debug, Clone, Copy)]
struct Parse {
    /// Bytes in use when it began.
    before: usize,
    /// The stack limit that it has, if it was stopped.
    stopped: Option<usize>,
}

thread_local! {
    static PARSE: Cell<Option<Parse>> = const { Cell::new(None) };
}

/// How far from the start of a context its count of calls until the next interrupt stands.
static COUNTER: AtomicUsize = AtomicUsize::new(0);

/// Where the engine sets the counter to after an interrupt.
const COUNTER_START: i32 = 10_000;

/// Finds the counter of calls until the next interrupt: it stands before the list of modules, which is empty, so that
/// its two words point to itself. `compile_regexp` is the context's word behind that list.
///
/// # Safety
/// The words before `compile_regexp` are of a context in which nothing has run.
pub(super) unsafe fn find_counter(
    context: *mut qjs::JSContext,
    compile_regexp: *mut usize,
) -> Option<()> {
    // SAFETY: all is within the context.
    unsafe {
        let modules = compile_regexp.sub(2);
        let counter = modules.cast::<i32>().sub(1);
        let is_empty =
            modules.read() == modules as usize && modules.add(1).read() == modules as usize;
        if !is_empty || counter.read() != 0 {
            return None;
        }
        COUNTER.store(counter as usize - context as usize, Relaxed);
    }
    Some(())
}

/// The counter of a context.
///
/// # Safety
/// The context is alive, and [`find_counter`] has found the counter.
unsafe fn counter(context: *mut qjs::JSContext) -> *mut i32 {
    // SAFETY: the place that was found.
    unsafe { context.byte_add(COUNTER.load(Relaxed)).cast() }
}

/// Whether running a script was an interrupt, which set the counter anew.
///
/// # Safety
/// As for [`counter`].
pub(super) unsafe fn is_counted(context: *mut qjs::JSContext) -> bool {
    // SAFETY: as said by the caller.
    (COUNTER_START / 2..=COUNTER_START).contains(&unsafe { counter(context).read() })
}

/// Has the program interrupted as soon as it goes on.
pub(super) fn interrupt() {
    let context = arena::root().context.get();
    if !context.is_null() && COUNTER.load(Relaxed) != 0 {
        // SAFETY: programs run, and so loop, only while the engine is booted and entered.
        unsafe { counter(context).write(1) };
    }
}

/// Runs `parse`, which parses and may then run what it parsed; answers with its result whether it was stopped
/// because memory or time ran out.
///
/// # Safety
/// The engine is entered with `context`, and [`find_counter`] has found it.
pub(super) unsafe fn run<T>(context: *mut qjs::JSContext, parse: impl FnOnce() -> T) -> (T, bool) {
    let outer = PARSE.replace(Some(Parse {
        before: arena::used(),
        stopped: None,
    }));
    // SAFETY: as said by the caller. At 1 the first call of a function is an interrupt: then the parse is over.
    unsafe { counter(context).write(1) };
    let result = parse();
    let stopped = PARSE.get().is_some_and(|parse| parse.stopped.is_some());
    leave();
    PARSE.set(outer);
    (result, stopped)
}

/// Ends the parse that is under way, if there is one: something else begins.
pub(super) fn leave() {
    if let Some(Parse {
        stopped: Some(limit),
        ..
    }) = PARSE.take()
    {
        // SAFETY: there are parses only while the engine is entered.
        unsafe { stack::set_limit(limit) };
    }
}

/// Whether a parse is under way, which is refused no memory.
pub(super) fn is_under_way() -> bool {
    PARSE.get().is_some()
}

/// Whether the parse that is under way could not be given what it may still ask for: each of its lists may grow by
/// half once more before it stops, and is copied then.
pub(super) fn outgrows(wanted: usize) -> bool {
    PARSE.get().is_some_and(|parse| {
        let grown = wanted.saturating_sub(parse.before);
        parse.before + grown / 2 * 5 > ROOM
    })
}

/// Has the parse that is under way give up at its next token.
pub(super) fn stop() {
    if let Some(parse) = PARSE.get()
        && parse.stopped.is_none()
    {
        // SAFETY: there are parses only while the engine is entered.
        let limit = unsafe { stack::set_limit(usize::MAX) };
        PARSE.set(Some(Parse {
            stopped: Some(limit),
            ..parse
        }));
    }
}
