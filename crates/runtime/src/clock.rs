//! A wall clock that is wrong, as a machine's may be.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wasmtime_wasi::clocks::HostWallClock;

/// A clock ahead of this machine's by a number of milliseconds, or behind it.
pub(crate) struct Ahead(pub(crate) i64);

impl HostWallClock for Ahead {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let by = Duration::from_millis(self.0.unsigned_abs());
        if self.0 < 0 {
            now.saturating_sub(by)
        } else {
            now.saturating_add(by)
        }
    }
}
