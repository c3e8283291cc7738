//! The bound on recursion.
//!
//! QuickJS compares the stack pointer with a limit and throws a `RangeError` below it, but on WASI it
//! sets no limit. We find the limit's place in the runtime once and write it ourselves.
//!
//! On wasm there are two stacks: the one in linear memory, whose pointer QuickJS compares, and the
//! host's own, which the host bounds (Wasmtime: 512 KiB) and nobody can ask about; a host with a larger one says so in the
//! environment, see [`bounds::scale`]. Kinds of recursion differ
//! in how much host stack they take for one byte of the other. JavaScript functions and most
//! builtins take up to 4.2 bytes, and the budget is for them. The worst are dealt with one by one: the
//! parser, `JSON` and a few builtins (up to 15) get a limit of their own for as long as they run, see [`Narrow`],
//! and operations on a `Proxy` (up to 9) are padded in `proxy.rs`. `tests/recursion.rs` tries every kind.
//!
//! Natively there is one stack, but nobody knows how large it is: a thread's may be of any size, and the main thread's is
//! what `ulimit` says. There the engine runs on a stack of its own, see [`with_own`].

use std::{cell::Cell, hint::black_box, mem::size_of};

use rquickjs::qjs;

use super::arena;

#[cfg(target_family = "wasm")]
mod bounds {
    use std::sync::LazyLock;

    /// What a host with a larger stack than Wasmtime's own says: its KiB.
    const VARIABLE: &str = "TASKER_STACK_KIB";
    /// Wasmtime's own.
    const USUAL_KIB: usize = 512;
    /// As much of the linear memory's stack (1 MiB) as may be used.
    const MAX_SCALE: usize = 8;

    static SCALE: LazyLock<usize> = LazyLock::new(|| {
        let said = std::env::var(VARIABLE).ok();
        let kib = said.and_then(|kib| kib.parse::<usize>().ok());
        (kib.unwrap_or(USUAL_KIB) / USUAL_KIB).clamp(1, MAX_SCALE)
    });

    /// How many times Wasmtime's own stack the host's is.
    fn scale() -> usize {
        *SCALE
    }

    /// Bytes of linear-memory stack that JavaScript may use.
    pub(super) fn budget() -> usize {
        scale() * (104 << 10)
    }

    /// Bytes of the host's stack that may be used below where the engine was entered.
    pub(super) fn host() -> usize {
        scale() * (440 << 10)
    }

    /// Host bytes for ten bytes of ours, for ordinary code and for the worst.
    pub(super) const ORDINARY: usize = 42;
    pub(super) const WORST: usize = 150;
}

#[cfg(not(target_family = "wasm"))]
mod bounds {
    /// Bytes of the stack that the engine runs on: beyond the budget there is room for what it calls at the very
    /// end of it, and for frames of compilers that are less thrifty.
    pub(super) const OWN: usize = 2 << 20;

    pub(super) fn budget() -> usize {
        640 << 10
    }

    pub(super) fn host() -> usize {
        budget()
    }

    pub(super) const ORDINARY: usize = 10;
    pub(super) const WORST: usize = 10;
}

use bounds::{ORDINARY, WORST, budget, host};

/// Words of the runtime that are searched.
const WORDS: usize = 512;
const MARK: usize = 0x005e_ed00;

thread_local! {
    /// Where the stack pointer was when the engine was entered.
    static ENTERED: Cell<usize> = const { Cell::new(0) };
}

/// Where the stack pointer is, about.
#[inline(never)]
fn here() -> usize {
    let local = 0u8;
    black_box(&raw const local) as usize
}

/// Runs `steps` on the stack that the engine is to run on.
#[cfg(target_family = "wasm")]
pub(super) fn with_own<T>(steps: impl FnOnce() -> T) -> T {
    steps()
}

/// Runs `steps` on the stack that the engine is to run on.
#[cfg(not(target_family = "wasm"))]
pub(super) fn with_own<T>(steps: impl FnOnce() -> T) -> T {
    stacker::grow(bounds::OWN, steps)
}

/// Finds the word index of the stack limit within the runtime.
///
/// # Safety
/// `runtime` is alive, and at least `WORDS` words of the arena follow its start.
pub(super) unsafe fn find_limit(runtime: *mut qjs::JSRuntime) -> Option<usize> {
    let words = runtime.cast::<usize>();
    // SAFETY: reads stay within the arena. `stack_size`, `stack_top` and `stack_limit` follow each
    // other; the first has our mark, the second is an address close to here.
    unsafe {
        qjs::JS_SetMaxStackSize(runtime, MARK as _);
        let found = (0..WORDS).find(|&at| {
            let top = words.add(at + 1).read();
            words.add(at).read() == MARK && top.abs_diff(here()) < 1 << 20
        })?;
        let limit = words.add(found + 2).read();
        let top = words.add(found + 1).read();
        (limit == 0 || limit == top.wrapping_sub(MARK)).then_some(found + 2)
    }
}

/// The runtime's `stack_limit`.
///
/// # Safety
/// The engine is booted up to where [`find_limit`] was called and its result kept.
unsafe fn limit() -> *mut usize {
    let root = arena::root();
    // SAFETY: the place that `find_limit` found.
    unsafe {
        root.runtime
            .get()
            .cast::<usize>()
            .add(root.stack_limit_at.get())
    }
}

/// Sets the limit for what runs next, seen from here.
///
/// # Safety
/// As for [`limit`].
pub(super) unsafe fn arm() {
    ENTERED.set(here());
    // SAFETY: the word is the runtime's `stack_limit`.
    unsafe { limit().write(here().saturating_sub(budget())) }
}

/// Clears what depends on where the caller's stack is, so that it is in no image of the arena.
///
/// # Safety
/// As for [`limit`].
pub(super) unsafe fn disarm() {
    // SAFETY: the two words are the runtime's `stack_top` and `stack_limit`.
    unsafe { std::ptr::write_bytes(limit().sub(1).cast::<u8>(), 0, 2 * size_of::<usize>()) }
}

/// Sets the limit as it is and gives the one before.
///
/// # Safety
/// As for [`limit`].
pub(super) unsafe fn set_limit(to: usize) -> usize {
    // SAFETY: the word is the runtime's `stack_limit`.
    unsafe { limit().replace(to) }
}

/// While it lives, the limit is one for recursion of the worst kind.
pub(super) struct Narrow {
    before: usize,
}

impl Narrow {
    /// # Safety
    /// The engine is entered.
    pub(super) unsafe fn new() -> Self {
        let here = here();
        let used = ENTERED.get().saturating_sub(here);
        let left = host().saturating_sub(used * ORDINARY / 10) * 10 / WORST;
        // SAFETY: the word is the runtime's `stack_limit`.
        unsafe {
            let before = limit().read();
            limit().write(before.max(here.saturating_sub(left)));
            Narrow { before }
        }
    }
}

impl Drop for Narrow {
    fn drop(&mut self) {
        // SAFETY: made while the engine was entered, and dropped before it is left.
        unsafe { limit().write(self.before) }
    }
}
