//! What the VM's callbacks need and what must not be part of a snapshot: limits, budgets, sources,
//! and the calls, the log lines and the progress that were not taken yet.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};

use tasker_domain::{LogBuffer, Progress};

use super::{arena::RESERVE, loops, parsing};
use crate::meter::Meter;
use crate::{Call, Limits, Program};

/// Large allocations between two looks at the clock, and small ones.
const ALLOCATIONS_PER_LOOK: u32 = 64;
const SMALL_PER_LOOK: u32 = 1024;
/// Small allocations that the reserve gives after one that failed.
const GRANTS: u32 = 64;

/// Why a frame is being ended from outside JavaScript.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Exceeded {
    /// The slice's computing time is used up.
    pub(crate) cpu: bool,
    /// An allocation was refused, now or earlier in this slice.
    pub(crate) memory: bool,
    /// The watch said so.
    pub(crate) stopped: bool,
}

impl Exceeded {
    /// No JavaScript may run any more.
    pub(crate) fn is_over(self) -> bool {
        self.cpu || self.stopped
    }
}

/// Asks now and then, while JavaScript computes, whether to end it.
pub(crate) struct Watch {
    pub(crate) every: Duration,
    pub(crate) is_to_end: Box<dyn FnMut() -> bool>,
}

/// Told how a frame ends whose engine will not give up by itself.
pub(crate) type LastWords = Box<dyn FnOnce(Exceeded)>;

/// How far a program is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It runs.
    Run,
    /// Its modules are compiled only.
    Compile,
    /// Its modules run, and its entry is looked at and not called.
    Load,
}

/// What a frame may see and what it has put out.
pub(crate) struct Host {
    pub(crate) program: Program,
    pub(crate) limits: Limits,
    pub(crate) calls: RefCell<Vec<Call>>,
    /// Calls that were taken before and are no longer needed.
    pub(crate) withdrawn: RefCell<Vec<u32>>,
    /// Bytes of arguments in `calls`.
    pub(crate) calls_bytes: Cell<usize>,
    pub(crate) logs: RefCell<LogBuffer>,
    /// How far the task has last said that the run is.
    pub(crate) progress: RefCell<Option<Progress>>,
    /// Value conversions that are under way, one inside the other.
    pub(crate) conversions: Cell<u32>,
    /// Promises that were rejected with no handler at the time.
    pub(crate) unhandled: Cell<u32>,
    pub(crate) purpose: Purpose,
}

impl Host {
    pub(crate) fn new(program: Program, limits: Limits, purpose: Purpose) -> Self {
        Host {
            logs: RefCell::new(LogBuffer::new(limits.log)),
            program,
            limits,
            calls: RefCell::default(),
            withdrawn: RefCell::default(),
            progress: RefCell::default(),
            calls_bytes: Cell::default(),
            conversions: Cell::default(),
            unhandled: Cell::default(),
            purpose,
        }
    }
}

thread_local! {
    static HOST: RefCell<Option<Rc<Host>>> = const { RefCell::new(None) };
    static IN_ENGINE: Cell<bool> = const { Cell::new(false) };
    static METER: RefCell<Meter> = RefCell::default();
    /// What the meter's moments are counted from.
    static BEGAN: Instant = Instant::now();
    /// Whether the meter may end what runs now.
    static IS_METERED: Cell<bool> = const { Cell::new(false) };
    static MEMORY: Cell<usize> = const { Cell::new(usize::MAX) };
    static GRANTED: Cell<u32> = const { Cell::new(0) };
    static UNTIL_LOOK: Cell<u32> = const { Cell::new(ALLOCATIONS_PER_LOOK) };
    static SMALL_UNTIL_LOOK: Cell<u32> = const { Cell::new(SMALL_PER_LOOK) };
    static EXCEEDED: Cell<Exceeded> =
        const { Cell::new(Exceeded { cpu: false, memory: false, stopped: false }) };
    /// What the meter had charged when the frame was found to be over.
    static OVER_AT: Cell<Option<Duration>> = const { Cell::new(None) };
    static LAST_WORDS: RefCell<Option<LastWords>> = const { RefCell::new(None) };
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
    static NEXT_ASK: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Makes `host` the one of this thread's VM.
pub(super) fn install(host: Option<Rc<Host>>) {
    EXCEEDED.set(Exceeded::default());
    let cpu = host.as_ref().map_or(Duration::MAX, |host| host.limits.cpu);
    METER.set(Meter::new(cpu));
    set_bounds(false, usize::MAX);
    set_watch(None);
    OVER_AT.set(None);
    set_last_words(None);
    HOST.set(host);
}

/// The host of the VM on this thread.
pub(crate) fn current() -> Option<Rc<Host>> {
    HOST.with_borrow(Clone::clone)
}

/// True while JavaScript may run on this thread.
pub(super) fn in_engine() -> bool {
    IN_ENGINE.get()
}

pub(super) fn set_in_engine(inside: bool) {
    IN_ENGINE.set(inside);
}

/// From here on the frame computes, until [`leave`].
pub(super) fn enter() {
    METER.with_borrow_mut(|meter| meter.enter(moment()));
    set_in_engine(true);
}

/// The frame no longer computes.
pub(super) fn leave() {
    set_in_engine(false);
    METER.with_borrow_mut(|meter| meter.leave(moment()));
}

fn moment() -> Duration {
    BEGAN.with(Instant::elapsed)
}

/// Sets the bounds for what runs next: whether what it computes may be too much, and the bytes that may be in use.
pub(super) fn set_bounds(is_metered: bool, memory: usize) {
    IS_METERED.set(is_metered);
    MEMORY.set(memory);
    GRANTED.set(0);
    loops::set_over(is_metered && EXCEEDED.get().is_over());
}

/// Sets whom to tell how the frame ends if the engine cannot be left.
pub(crate) fn set_last_words(tell: Option<LastWords>) {
    LAST_WORDS.set(tell);
}

/// Sets whom to ask whether to continue.
pub(crate) fn set_watch(watch: Option<Watch>) {
    WATCH.set(watch);
    NEXT_ASK.set(None);
}

/// Lets the watch be asked only after its time has passed again.
pub(super) fn rewind_watch() {
    let next = WATCH.with_borrow(|watch| Instant::now().checked_add(watch.as_ref()?.every));
    NEXT_ASK.set(next);
}

/// Asks the watch if it is time to.
fn is_stopped() -> bool {
    if NEXT_ASK.get().is_none_or(|next| Instant::now() < next) {
        return false;
    }
    let ends =
        WATCH.with_borrow_mut(|watch| watch.as_mut().is_some_and(|watch| (watch.is_to_end)()));
    rewind_watch();
    if ends {
        EXCEEDED.set(Exceeded {
            stopped: true,
            ..EXCEEDED.get()
        });
    }
    ends
}

/// What was exceeded since [`install`].
pub(crate) fn exceeded() -> Exceeded {
    EXCEEDED.get()
}

/// Called by the engine now and then: true ends all JavaScript with an error that no `catch` sees.
pub(super) fn interrupted() -> bool {
    parsing::leave();
    METER.with_borrow_mut(|meter| meter.visit(moment()));
    let over = EXCEEDED.get().is_over() || is_used_up() || is_stopped();
    if over {
        // The engine must have memory for the error that it makes of this.
        GRANTED.set(GRANTS);
    }
    over
}

/// Called by the engine's C code while it loops, wherever it is. Once the frame is over the loops that can end do, and the
/// program is interrupted at its next instruction. Code that does neither is left by force.
pub(super) fn looped() {
    METER.with_borrow_mut(|meter| meter.look(moment()));
    if !IS_METERED.get() {
        return;
    }
    if EXCEEDED.get().is_over() || is_used_up() || is_stopped() {
        GRANTED.set(GRANTS);
        loops::set_over(true);
        parsing::stop();
        parsing::interrupt();
        leave_by_force_if_late();
    }
}

/// Counts work of functions of ours, in steps that take as long as those of the engine's loops: some ten nanoseconds. To be called with
/// each piece of what may take long, before it is done. False once the frame is over: nobody waits for the rest.
pub(crate) fn tick(steps: usize) -> bool {
    loops::count(steps)
}

/// Whether the frame is over.
pub(crate) fn is_over() -> bool {
    !tick(0)
}

fn leave_by_force_if_late() {
    let charged = METER.with_borrow(Meter::charged);
    let Some(over_at) = OVER_AT.get() else {
        return OVER_AT.set(Some(charged));
    };
    let cpu = current().map_or(Duration::MAX, |host| host.limits.cpu);
    if charged.saturating_sub(over_at) < patience(cpu) {
        return;
    }
    if let Some(tell) = LAST_WORDS.take() {
        tell(EXCEEDED.get());
    }
    // There is no way back through C code that knows of no end: the process, or the instance of the component, dies.
    std::process::abort();
}

/// How long code may go on that computes for `cpu` at most and is over.
fn patience(cpu: Duration) -> Duration {
    (cpu / 2).max(Duration::from_millis(250))
}

/// Looks at the clock; whether the frame has computed too much.
fn look() -> bool {
    METER.with_borrow_mut(|meter| meter.look(moment()));
    is_used_up()
}

fn is_used_up() -> bool {
    let over = IS_METERED.get() && METER.with_borrow(Meter::is_over);
    if over {
        EXCEEDED.set(Exceeded {
            cpu: true,
            ..EXCEEDED.get()
        });
    }
    over
}

/// Stops the parse that is under way if it is out of time or if `wanted` bytes in use are too many for it.
fn watch_parse(wanted: usize) {
    let left = UNTIL_LOOK.get();
    UNTIL_LOOK.set(left.checked_sub(1).unwrap_or(ALLOCATIONS_PER_LOOK));
    if wanted > MEMORY.get() || parsing::outgrows(wanted) {
        EXCEEDED.set(Exceeded {
            memory: true,
            ..EXCEEDED.get()
        });
        parsing::stop();
    } else if EXCEEDED.get().is_over() || left == 0 && look() {
        parsing::stop();
    }
}

/// Decides on an allocation. Past the limit a small one may still have some of the reserve: the
/// engine needs a little memory to throw the error. Once the frame has computed too much large ones fail, which
/// ends loops inside of builtins that the interrupt does not reach.
pub(super) fn may_allocate(used: usize, size: usize, small: bool) -> bool {
    if parsing::is_under_way() {
        watch_parse(used.saturating_add(size));
        return true;
    }
    if small {
        let left = SMALL_UNTIL_LOOK.get();
        SMALL_UNTIL_LOOK.set(left.checked_sub(1).unwrap_or(SMALL_PER_LOOK));
        if left == 0 {
            look();
        }
    } else {
        let left = UNTIL_LOOK.get();
        UNTIL_LOOK.set(if left == 0 {
            ALLOCATIONS_PER_LOOK
        } else {
            left - 1
        });
        if EXCEEDED.get().is_over() || left == 0 && look() {
            return false;
        }
    }
    let limit = MEMORY.get();
    let wanted = used.saturating_add(size);
    if wanted <= limit {
        return true;
    }
    let granted = GRANTED.get();
    let reserve = if EXCEEDED.get().is_over() {
        2 * RESERVE
    } else {
        RESERVE
    };
    if small && granted > 0 && wanted <= limit.saturating_add(reserve) {
        GRANTED.set(granted - 1);
        return true;
    }
    GRANTED.set(GRANTS);
    EXCEEDED.set(Exceeded {
        memory: true,
        ..EXCEEDED.get()
    });
    false
}
