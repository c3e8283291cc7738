//! What the engine's C code tells of its work: see `engine/loops.h`.

use std::{
    cell::UnsafeCell,
    ffi::{c_int, c_void},
    ptr, slice,
};

use super::host;
use crate::search::{self, Text};

/// Steps of loops between two looks at the clock: less than a millisecond in all but the heaviest loops.
const STEPS: i32 = 1 << 16;

/// `struct tasker_loops`. Not in the arena: how far a count has come is no part of a frame.
#[repr(C)]
struct Loops {
    left: i32,
    over: i32,
}

#[repr(transparent)]
pub(super) struct Shared(UnsafeCell<Loops>);

// SAFETY: used only by the thread that holds the engine's lock, as the arena is.
unsafe impl Sync for Shared {}

#[unsafe(no_mangle)]
static tasker_loops: Shared = Shared(UnsafeCell::new(Loops {
    left: STEPS,
    over: 0,
}));

/// Tells the C code whether its time is used up.
pub(super) fn set_over(over: bool) {
    // SAFETY: a plain field, written by the thread of the engine's lock.
    unsafe { (*tasker_loops.0.get()).over = over.into() }
}

/// Whether loops are counted: whether `steps`, which loops, changed the count.
pub(super) fn are_counted(steps: impl FnOnce()) -> bool {
    // SAFETY: as above.
    let left = || unsafe { ptr::read_volatile(&raw const (*tasker_loops.0.get()).left) };
    let before = left();
    steps();
    left() != before
}

#[unsafe(no_mangle)]
extern "C" fn tasker_look() {
    // SAFETY: as above.
    unsafe { (*tasker_loops.0.get()).left = STEPS };
    host::looped();
}

/// Counts work of ours as so many steps of a loop; false once nothing may go on.
pub(super) fn count(steps: usize) -> bool {
    let steps = i32::try_from(steps).unwrap_or(i32::MAX);
    let loops = tasker_loops.0.get();
    // SAFETY: plain fields, used by the thread of the engine's lock; no reference to them is kept.
    unsafe {
        (*loops).left = (*loops).left.saturating_sub(steps);
        if (*loops).left < 0 {
            tasker_look();
        }
        (*loops).over == 0
    }
}

/// Counts that so many bytes are read or made, by code that takes a little longer for each than a copy.
pub(super) fn count_bytes(bytes: usize) {
    count(bytes / 16);
}

/// # Safety
/// `text` and `needle` point to as many characters as they are said to have, of two bytes if they are wide, else of one.
#[unsafe(no_mangle)]
unsafe extern "C" fn tasker_search(
    text: *const c_void,
    text_len: i32,
    text_is_wide: c_int,
    needle: *const c_void,
    needle_len: i32,
    needle_is_wide: c_int,
    from: i32,
    backwards: c_int,
) -> i32 {
    // SAFETY: as said by the caller.
    let (text, needle) = unsafe {
        (
            characters(text, text_len, text_is_wide),
            characters(needle, needle_len, needle_is_wide),
        )
    };
    count_bytes(text.len());
    let from = usize::try_from(from).unwrap_or(0);
    let found = match backwards {
        0 => search::first(text, needle, from),
        _ => search::last(text, needle, from),
    };
    found.map_or(-1, |at| at as i32)
}

/// # Safety
/// As for [`tasker_search`].
unsafe fn characters<'a>(text: *const c_void, len: i32, is_wide: c_int) -> Text<'a> {
    let len = usize::try_from(len).unwrap_or(0);
    // SAFETY: as said by the caller; the engine aligns the characters of wide strings.
    unsafe {
        match is_wide {
            0 => Text::Narrow(slice::from_raw_parts(text.cast(), len)),
            _ => Text::Wide(slice::from_raw_parts(text.cast(), len)),
        }
    }
}
