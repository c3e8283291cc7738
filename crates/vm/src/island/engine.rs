//! Boots the engine in the arena, enters it, and copies its image.

use std::{
    ptr,
    rc::Rc,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rquickjs::qjs;
use xxhash_rust::xxh3::Xxh3;

use super::{
    arena, chain,
    host::{self, Exceeded, Host},
    loops, module, parsing, proxy, source, stack, timeout, tool,
    value::Ctx,
};
use crate::{
    EngineHash,
    diff::{self, Difference},
    globals, rejections,
};

/// There is one arena in a process.
static LOCK: Mutex<()> = Mutex::new(());

/// Hash of this crate's sources and of the versions of what it is built on; see `build.rs`.
const BUILD: &str = env!("TASKER_VM_BUILD");

/// How much memory what runs may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// The limit: for task code.
    Task,
    /// The limit and the reserves: for our own steps, which must not fail because a task used up its share.
    Engine,
}

/// The engine in the arena. Not `Send`: its callbacks find their [`Host`] by thread.
pub(crate) struct Engine {
    host: Rc<Host>,
    hash: EngineHash,
    /// The front of the image as booted.
    booted: Vec<u8>,
    _lock: MutexGuard<'static, ()>,
}

impl Drop for Engine {
    fn drop(&mut self) {
        host::install(None);
    }
}

impl Engine {
    /// Boots a fresh engine, byte for byte the same in every process of one build.
    pub(crate) fn boot(host: Host) -> Result<Engine, String> {
        let lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        let host = Rc::new(host);
        host::install(Some(host.clone()));
        host::set_in_engine(true);
        // SAFETY: we hold the lock, and no value of an earlier engine is alive: `enter` lets none out.
        let booted = stack::with_own(|| unsafe {
            arena::reset();
            boot()
        });
        host::set_in_engine(false);
        let booted = booted.map(|()| {
            // SAFETY: nothing runs while the image is looked at.
            let image = unsafe { quiet_image() };
            let mut hash = Xxh3::new();
            for part in [BUILD.as_bytes(), image.front, image.tail] {
                hash.update(&part.len().to_le_bytes());
                hash.update(part);
            }
            (EngineHash(hash.digest()), image.front.to_vec())
        });
        match booted {
            Ok((hash, booted)) => Ok(Engine {
                host,
                hash,
                booted,
                _lock: lock,
            }),
            Err(message) => {
                host::install(None);
                Err(message)
            }
        }
    }

    pub(crate) fn hash(&self) -> EngineHash {
        self.hash
    }

    pub(crate) fn host(&self) -> &Host {
        &self.host
    }

    /// What was exceeded in this slice.
    pub(crate) fn exceeded(&self) -> Exceeded {
        host::exceeded()
    }

    /// Lets `steps` use the engine. Time in here counts against the slice.
    pub(crate) fn enter<T>(&self, memory: Memory, steps: impl for<'js> FnOnce(Ctx<'js>) -> T) -> T {
        let limit = self.host.limits.memory_bytes;
        let root = arena::root();
        match memory {
            Memory::Task => {
                host::set_bounds(true, limit);
                host::rewind_watch();
            }
            Memory::Engine => host::set_bounds(false, limit + 2 * arena::RESERVE),
        }
        host::enter();
        // SAFETY: the engine is booted, so both pointers and the place of the limit are good; no
        // value escapes, since `steps` works for every lifetime.
        let result = stack::with_own(|| unsafe {
            stack::arm();
            Ctx::from_raw(root.context.get()).map(steps)
        });
        host::leave();
        result.expect("a booted engine has a context")
    }

    /// Collects garbage that references itself.
    pub(crate) fn collect(&self) {
        self.enter(Memory::Engine, |_| {
            // SAFETY: the engine is entered and nothing else runs.
            unsafe { qjs::JS_RunGC(arena::root().runtime.get()) }
        });
    }

    /// Runs jobs until none are left or the frame has used up its bounds.
    pub(crate) fn pump(&self) {
        self.enter(Memory::Task, |ctx| {
            let runtime = arena::root().runtime.get();
            let mut context = ptr::null_mut();
            // SAFETY: the engine is entered. A job fails only without time or memory,
            // and its exception is of no use beyond what `exceeded` tells.
            unsafe {
                while !host::exceeded().is_over() && qjs::JS_IsJobPending(runtime) {
                    if qjs::JS_ExecutePendingJob(runtime, &mut context) < 0 {
                        ctx.catch();
                    }
                }
            }
        });
    }

    /// True if there are jobs to run.
    pub(crate) fn has_jobs(&self) -> bool {
        // SAFETY: the engine is booted; the call only looks.
        unsafe { qjs::JS_IsJobPending(arena::root().runtime.get()) }
    }

    /// The difference of the engine's memory to the booted engine's, in at most `limit` bytes.
    pub(crate) fn difference(&mut self, limit: usize) -> Result<Difference, diff::TooLarge> {
        self.collect();
        // SAFETY: nothing runs while the image is looked at.
        let image = unsafe { quiet_image() };
        diff::encode(&self.booted, image.front, image.tail, limit)
    }

    /// Makes the memory what it was when [`Engine::difference`] gave `bytes`. After an error the
    /// engine must not be used any more.
    pub(crate) fn apply(&mut self, bytes: &[u8]) -> Result<(), diff::Malformed> {
        let front = diff::front_bytes(bytes)?.max(self.booted.len());
        // SAFETY: the engine is not entered, so nobody has values or other views of the memory. The
        // snapshot's checksum and engine hash were compared before, so these bytes came from
        // `difference` of the same build; `decode` checks bounds anyway.
        unsafe {
            let (front, tail) = arena::image_mut(front);
            diff::decode(bytes, front, tail)
        }
    }

    /// Bytes of memory in use.
    pub(crate) fn used(&self) -> usize {
        arena::used()
    }
}

/// The image without what depends on the caller's stack.
///
/// # Safety
/// The engine is booted and not entered while the image is in use.
unsafe fn quiet_image() -> arena::Image {
    // SAFETY: as said by the caller.
    unsafe {
        stack::disarm();
        arena::image()
    }
}

/// # Safety
/// The arena was just reset.
unsafe fn boot() -> Result<(), String> {
    let memory = || "out of memory".to_owned();
    let root = arena::root();
    for slot in &root.slots {
        slot.set(qjs::JS_UNDEFINED);
    }
    // SAFETY: each call is one of the API on objects that were just made; static callbacks only.
    unsafe {
        let runtime = qjs::JS_NewRuntime2(&arena::FUNCTIONS, ptr::null_mut());
        if runtime.is_null() {
            return Err(memory());
        }
        root.runtime.set(runtime);
        let at = stack::find_limit(runtime).ok_or("the engine's stack limit was not found")?;
        root.stack_limit_at.set(at);
        stack::arm();
        root.tool_class
            .set(tool::register(runtime).ok_or_else(memory)?);
        root.chain_class
            .set(chain::register(runtime).ok_or_else(memory)?);
        root.timeout_class
            .set(timeout::register(runtime).ok_or_else(memory)?);
        let context = qjs::JS_NewContextRaw(runtime);
        if context.is_null() {
            return Err(memory());
        }
        root.context.set(context);
        source::install(context)?;
        // No `performance` (it reads another clock) and no `WeakRef` and `FinalizationRegistry`
        // (what they show depends on when garbage is collected).
        for add in [
            qjs::JS_AddIntrinsicBaseObjects,
            qjs::JS_AddIntrinsicDate,
            qjs::JS_AddIntrinsicRegExp,
            qjs::JS_AddIntrinsicJSON,
            qjs::JS_AddIntrinsicProxy,
            qjs::JS_AddIntrinsicMapSet,
            qjs::JS_AddIntrinsicTypedArrays,
            qjs::JS_AddIntrinsicPromise,
            qjs::JS_AddIntrinsicAToB,
        ] {
            if add(context) != 0 {
                return Err(memory());
            }
        }
        qjs::JS_SetInterruptHandler(runtime, Some(interrupt), ptr::null_mut());
        qjs::JS_SetHostPromiseRejectionTracker(runtime, Some(rejection), ptr::null_mut());
        qjs::JS_SetCanBlock(runtime, false);
        module::install(runtime);
        let ctx = Ctx::from_raw(context).ok_or_else(memory)?;
        proxy::install(ctx)?;
        if !parsing::is_counted(context) {
            return Err("the engine's interrupts were not found".into());
        }
        if !loops::are_counted(|| qjs::JS_RunGC(runtime)) {
            return Err("the engine's loops are not counted".into());
        }
        globals::install(ctx).map_err(|_| ctx.catch().text().unwrap_or_else(|_| memory()))?;
        qjs::JS_RunGC(runtime);
    }
    Ok(())
}

unsafe extern "C" fn interrupt(_: *mut qjs::JSRuntime, _: *mut qjs::c_void) -> qjs::c_int {
    host::interrupted().into()
}

unsafe extern "C" fn rejection(
    ctx: *mut qjs::JSContext,
    promise: qjs::JSValue,
    _reason: qjs::JSValue,
    handled: bool,
    _: *mut qjs::c_void,
) {
    // SAFETY: the engine is entered and gives a live promise.
    unsafe {
        if let Some(ctx) = Ctx::from_raw(ctx) {
            rejections::note(ctx, &ctx.borrow(promise), handled);
        }
    }
}
