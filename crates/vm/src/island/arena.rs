//! One region of memory at an address fixed by the linker, and the allocator that QuickJS uses.
//!
//! Everything that makes up a sleeping frame is in the region, so a copy of its bytes is the frame.
//! Freed memory is zeroed: stale bytes would only make snapshots larger.

use std::{
    alloc::Layout,
    cell::{Cell, UnsafeCell},
    mem::size_of,
    ptr::{self, NonNull, addr_of_mut},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use rlsf::Tlsf;
use rquickjs::qjs;

use super::host;

/// The largest [`crate::Limits::memory_bytes`].
pub(crate) const MAX_MEMORY: usize = 64 << 20;
/// What the engine may take beyond the limit to tell the task of it, and again to end the frame.
pub(crate) const RESERVE: usize = 1 << 20;
/// Bytes of the region: the memory, the reserves, and what the allocator itself needs.
const SIZE: usize = MAX_MEMORY + 4 * RESERVE;
/// An allocation up to this size may come from the reserve: it holds the engine's 4 KiB slabs.
const SMALL: usize = 8 << 10;
/// QuickJS asks for no more than this.
const ALIGN: usize = 8;
/// The allocator keeps its end mark in the last bytes of the region.
pub(crate) const TAIL: usize = 64;

#[repr(C, align(4096))]
struct Region(UnsafeCell<[u8; SIZE]>);

// SAFETY: the region is used only by the thread that holds the engine's lock.
unsafe impl Sync for Region {}

static REGION: Region = Region(UnsafeCell::new([0; SIZE]));

type Allocator = Tlsf<'static, u32, u32, 24, 16>;

/// The allocator's own state, at the start of the region.
#[repr(C)]
struct Heap {
    allocator: Allocator,
    used: usize,
}

/// Bytes from the start of the region beyond which all is zero, but for the tail. Outside of the
/// region, so that it is right whatever a restore wrote there.
static HIGH: AtomicUsize = AtomicUsize::new(0);

/// What the engine must find again after a restore. Follows the heap's state in the region.
#[repr(C)]
pub(crate) struct Root {
    pub(super) runtime: Cell<*mut qjs::JSRuntime>,
    pub(super) context: Cell<*mut qjs::JSContext>,
    /// Word index of the stack limit within the runtime.
    pub(super) stack_limit_at: Cell<usize>,
    pub(super) tool_class: Cell<u32>,
    pub(super) chain_class: Cell<u32>,
    pub(super) timeout_class: Cell<u32>,
    /// The virtual clock, microseconds since the Unix epoch.
    pub(crate) clock_us: Cell<i64>,
    /// State of `Math.random`.
    pub(crate) random: Cell<u64>,
    /// Calls made so far; the last call's number.
    pub(crate) calls: Cell<u32>,
    pub(crate) outstanding: Cell<u32>,
    /// Those of the calls that are out that count not for their limit, see `races`.
    pub(crate) aside: Cell<u32>,
    pub(crate) doubt: Doubt,
    pub(crate) log_lines: Cell<u32>,
    /// Groups of `console` that are open.
    pub(crate) log_groups: Cell<u32>,
    /// How many times the frame has said how far the run is.
    pub(crate) progress: Cell<u32>,
    /// How far the frame has come, see `vm::Phase`.
    pub(crate) phase: Cell<u32>,
    pub(super) slots: [Cell<qjs::JSValue>; super::value::SLOTS],
}

/// Calls that lost their races and that something still holds, see `races`.
#[repr(C)]
pub(crate) struct Doubt {
    /// How many were found to be held by the task itself.
    pub(crate) held: Cell<u32>,
    /// Races that have settled since.
    pub(crate) races: Cell<u32>,
    /// How often it was looked.
    pub(crate) looks: Cell<u32>,
}

#[repr(C)]
struct Front {
    heap: Heap,
    root: Root,
}

fn base() -> *mut u8 {
    REGION.0.get().cast()
}

fn front() -> *mut Front {
    base().cast()
}

fn heap() -> *mut Heap {
    // SAFETY: the region is larger than `Front` and aligned for it; this only computes an address.
    unsafe { addr_of_mut!((*front()).heap) }
}

/// True if `bytes` bytes from `address` are in the region.
pub(super) fn contains(address: usize, bytes: usize) -> bool {
    let start = base() as usize;
    address >= start && bytes <= SIZE && address <= start + (SIZE - bytes)
}

/// The root of the VM in the region.
pub(crate) fn root() -> &'static Root {
    // SAFETY: `Root` is made of cells and plain data that any bytes are valid for, and only
    // the thread of the engine's lock comes here.
    unsafe { &(*front()).root }
}

/// Empties the region and sets up the allocator.
///
/// # Safety
/// The caller holds the engine's lock, and nothing refers to what is in the region.
pub(super) unsafe fn reset() {
    // SAFETY: `HIGH` is within the region, and all beyond it but the tail is zero already.
    unsafe {
        ptr::write_bytes(base(), 0, HIGH.load(Relaxed));
        ptr::write_bytes(base().add(SIZE - TAIL), 0, TAIL);
        ptr::write(addr_of_mut!((*heap()).allocator), Allocator::new());
        let start = size_of::<Front>().next_multiple_of(64);
        let pool = ptr::slice_from_raw_parts_mut(base().add(start), SIZE - start);
        (*heap())
            .allocator
            .insert_free_block_ptr(NonNull::new_unchecked(pool));
        HIGH.store(start + TAIL, Relaxed);
    }
}

/// Bytes in use, by the allocator's count.
pub(crate) fn used() -> usize {
    // SAFETY: a plain field, read by the thread of the engine's lock.
    unsafe { (*heap()).used }
}

/// The bytes of the region that are not all zero: from the start, and the tail.
pub(super) struct Image {
    pub(super) front: &'static [u8],
    pub(super) tail: &'static [u8],
}

/// A view of the region, with the front cut to what is not zero.
///
/// # Safety
/// No allocation, no JavaScript and no write to the root happens while the view is in use.
pub(super) unsafe fn image() -> Image {
    // SAFETY: both ranges are within the region; nobody writes, says the caller.
    unsafe {
        let mut high = HIGH.load(Relaxed).next_multiple_of(64);
        let words = base().cast::<u64>();
        while high > 64 && (1..=8).all(|back| *words.add(high / 8 - back) == 0) {
            high -= 64;
        }
        HIGH.store(high, Relaxed);
        Image {
            front: std::slice::from_raw_parts(base(), high),
            tail: std::slice::from_raw_parts(base().add(SIZE - TAIL), TAIL),
        }
    }
}

/// Where a restore may write: the front up to `bytes`, and the tail.
///
/// # Safety
/// As for [`reset`]. What is written must be an image of this very engine before it is entered.
pub(super) unsafe fn image_mut(bytes: usize) -> (&'static mut [u8], &'static mut [u8]) {
    let bytes = bytes.min(MAX_FRONT);
    HIGH.fetch_max(bytes, Relaxed);
    // SAFETY: the ranges are within the region and do not overlap.
    unsafe {
        (
            std::slice::from_raw_parts_mut(base(), bytes),
            std::slice::from_raw_parts_mut(base().add(SIZE - TAIL), TAIL),
        )
    }
}

/// The most bytes that the front of an image can have.
pub(crate) const MAX_FRONT: usize = SIZE - TAIL;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.max(1), ALIGN).ok()
}

fn allocate(size: usize) -> *mut u8 {
    let Some(layout) = layout(size) else {
        return ptr::null_mut();
    };
    // SAFETY: QuickJS calls this on the engine's thread, between other uses of the heap.
    unsafe {
        if !host::may_allocate((*heap()).used, size, size <= SMALL) {
            return ptr::null_mut();
        }
        let Some(block) = (*heap()).allocator.allocate(layout) else {
            return ptr::null_mut();
        };
        let usable = Allocator::allocation_usable_size(block);
        (*heap()).used += usable;
        let end = block.as_ptr() as usize - base() as usize + usable + TAIL;
        HIGH.fetch_max(end.min(MAX_FRONT), Relaxed);
        block.as_ptr()
    }
}

/// # Safety
/// `block` came from [`allocate`] and is not used any more.
unsafe fn release(block: NonNull<u8>) {
    // SAFETY: the caller vouches for the block; its usable bytes are ours to zero.
    unsafe {
        let usable = Allocator::allocation_usable_size(block);
        ptr::write_bytes(block.as_ptr(), 0, usable);
        (*heap()).used -= usable;
        (*heap()).allocator.deallocate(block, ALIGN);
    }
}

unsafe extern "C" fn js_calloc(
    _: *mut qjs::c_void,
    count: qjs::size_t,
    size: qjs::size_t,
) -> *mut qjs::c_void {
    let Some(bytes) = (count as usize).checked_mul(size as usize) else {
        return ptr::null_mut();
    };
    let block = allocate(bytes);
    if !block.is_null() {
        // SAFETY: the block has at least `bytes` bytes.
        unsafe { ptr::write_bytes(block, 0, bytes) };
    }
    block.cast()
}

unsafe extern "C" fn js_malloc(_: *mut qjs::c_void, size: qjs::size_t) -> *mut qjs::c_void {
    allocate(size as usize).cast()
}

unsafe extern "C" fn js_free(_: *mut qjs::c_void, block: *mut qjs::c_void) {
    if let Some(block) = NonNull::new(block.cast()) {
        // SAFETY: QuickJS frees what it got from these functions, once.
        unsafe { release(block) };
    }
}

unsafe extern "C" fn js_realloc(
    _: *mut qjs::c_void,
    block: *mut qjs::c_void,
    size: qjs::size_t,
) -> *mut qjs::c_void {
    let Some(old) = NonNull::new(block.cast::<u8>()) else {
        return allocate(size as usize).cast();
    };
    let size = size as usize;
    // SAFETY: `old` came from these functions; copies stay within both blocks.
    unsafe {
        if size == 0 {
            release(old);
            return ptr::null_mut();
        }
        let usable = Allocator::allocation_usable_size(old);
        if size <= usable && size >= usable / 2 {
            ptr::write_bytes(old.as_ptr().add(size), 0, usable - size);
            return block;
        }
        let new = allocate(size);
        if !new.is_null() {
            ptr::copy_nonoverlapping(old.as_ptr(), new, usable.min(size));
            release(old);
        }
        new.cast()
    }
}

unsafe extern "C" fn js_usable_size(block: *const qjs::c_void) -> qjs::size_t {
    match NonNull::new(block.cast_mut().cast()) {
        // SAFETY: QuickJS asks only about live blocks of these functions.
        Some(block) => unsafe { Allocator::allocation_usable_size(block) as qjs::size_t },
        None => 0,
    }
}

/// What `JS_NewRuntime2` is given.
pub(super) const FUNCTIONS: qjs::JSMallocFunctions = qjs::JSMallocFunctions {
    js_calloc: Some(js_calloc),
    js_malloc: Some(js_malloc),
    js_free: Some(js_free),
    js_realloc: Some(js_realloc),
    js_malloc_usable_size: Some(js_usable_size),
};
