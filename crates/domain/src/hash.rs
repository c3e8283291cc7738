//! A hash for spread, not for secrecy.

/// FNV-1a (Fowler, Noll and Vo), of 64 bits. What it gives is kept in the journals of runs, so it stays as it is.
pub(crate) fn fnv1a<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> u64 {
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
