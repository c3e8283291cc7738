//! The engine's clock. QuickJS reads time with `gettimeofday` alone (`performance` is our own), so
//! defining that symbol makes `Date` virtual without a patch to JavaScript's own objects.

use super::{arena, host};

#[repr(C)]
struct TimeVal {
    seconds: i64,
    microseconds: i64,
}

/// Replaces the C library's function in the whole program. Outside a VM it tells real time.
///
/// # Safety
/// As in C: `value` is null or points to a `struct timeval`, which has two 64-bit members on
/// wasm32-wasip1 and on 64-bit Unix.
#[unsafe(no_mangle)]
unsafe extern "C" fn gettimeofday(
    value: *mut TimeVal,
    _zone: *mut std::ffi::c_void,
) -> std::ffi::c_int {
    let now = if host::in_engine() {
        arena::root().clock_us.get()
    } else {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(0, |now| now.as_micros() as i64)
    };
    if !value.is_null() {
        // SAFETY: the caller passes room for a `struct timeval`.
        unsafe {
            value.write(TimeVal {
                seconds: now.div_euclid(1_000_000),
                microseconds: now.rem_euclid(1_000_000),
            })
        };
    }
    0
}
