//! The one retry policy: exponential back-off with jitter, and a bound on attempts.

/// A call is tried at most so often.
pub const CALL_ATTEMPTS: u32 = 5;

/// A stack run whose executor was lost so often is given up.
pub const EXECUTOR_ATTEMPTS: u32 = 5;

const FIRST_MS: i64 = 200;
const CEILING_MS: i64 = 30_000;

/// How long to wait, in milliseconds, after `failed` attempts (at least 1) before the next:
/// 200 ms doubled with each failure up to 30 s, of which `random` leaves between half and all.
/// An upstream's own wish (`Retry-After`) counts where it is longer.
#[must_use]
pub fn backoff_ms(failed: u32, wish_ms: Option<i64>, random: u8) -> i64 {
    let doublings = failed.saturating_sub(1).min(16);
    let full = FIRST_MS.saturating_mul(1 << doublings).min(CEILING_MS);
    let jittered = full / 2 + full / 2 * i64::from(random) / i64::from(u8::MAX);
    jittered.max(wish_ms.unwrap_or(0).clamp(0, 3_600_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_off_within_its_bounds() {
        assert_eq!(
            (backoff_ms(1, None, 0), backoff_ms(1, None, 255)),
            (100, 200)
        );
        assert_eq!(backoff_ms(2, None, 255), 400);
        assert_eq!(backoff_ms(u32::MAX, None, 255), CEILING_MS);
        assert_eq!(backoff_ms(1, Some(5_000), 0), 5_000);
        assert_eq!(backoff_ms(1, Some(-1), 255), 200);
    }
}
