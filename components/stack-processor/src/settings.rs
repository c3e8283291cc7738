//! The stack processor's settings.

use std::time::Duration;

use tasker_domain::retry::Policy;
use tasker_host::config::{self, Error};
use tasker_host::services;

/// Settings of a drainer; see the variables of `spin.toml`.
pub(crate) struct Settings {
    /// How many drainers may be at work at once.
    pub(crate) drainers: u32,
    /// How long a lease lasts.
    pub(crate) lease: Duration,
    /// How long a slice may keep its VM live. With the calls in flight it lasts twice as long at
    /// most, which is also what a queued call may take.
    pub(crate) slice: Duration,
    /// How long the tasks of a run that is stopped may clean up, in milliseconds.
    pub(crate) grace_ms: i64,
    /// How failed calls are tried again if their tasks do not say.
    pub(crate) retry: Policy,
}

impl Settings {
    pub(crate) fn read() -> Result<Self, Error> {
        Ok(Self {
            drainers: config::number("drainers")?,
            lease: Duration::from_secs(config::number("lease_seconds")?),
            slice: Duration::from_secs(config::number("slice_seconds")?),
            grace_ms: grace_ms()?,
            retry: services::retry_policy()?,
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

/// How long the tasks of a run that is stopped may clean up, in milliseconds.
pub(crate) fn grace_ms() -> Result<i64, Error> {
    let seconds: u32 = config::number("cancel_grace_seconds")?;
    Ok(i64::from(seconds) * 1_000)
}
