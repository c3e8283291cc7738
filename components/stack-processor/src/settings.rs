//! The stack processor's settings.

use std::time::Duration;

use tasker_host::config::{self, Error};

/// Settings of a drainer; see the variables of `spin.toml`.
pub(crate) struct Settings {
    /// How many drainers may be at work at once.
    pub(crate) drainers: u32,
    /// How long a lease lasts.
    pub(crate) lease: Duration,
    /// How long a slice may keep its VM live. With the calls in flight it lasts twice as long at
    /// most, which is also what a queued call may take.
    pub(crate) slice: Duration,
}

impl Settings {
    pub(crate) fn read() -> Result<Self, Error> {
        Ok(Self {
            drainers: config::number("drainers")?,
            lease: Duration::from_secs(config::number("lease_seconds")?),
            slice: Duration::from_secs(config::number("slice_seconds")?),
        })
    }

    /// A drainer claims no more after this long: with its last slice it ends within two and a
    /// half slices (25 s by default), inside the request limit of every host.
    pub(crate) fn drain(&self) -> Duration {
        self.slice / 2
    }

    /// A queued call may take so long.
    pub(crate) fn call(&self) -> Duration {
        self.slice * 2
    }
}
