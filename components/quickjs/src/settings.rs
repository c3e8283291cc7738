//! The executor's settings.

use std::time::Duration;

use tasker_domain::retry::Policy;
use tasker_host::budget::Budget;
use tasker_host::config::{self, Error};
use tasker_host::services;
use tasker_vm::Limits;

/// Settings of a slice; see the variables of `spin.toml`.
pub(crate) struct Settings {
    /// How long the VM stays live for a call; zero: every call goes through the queue.
    pub(crate) inline_window: Duration,
    /// How long the VM stays live at all. Calls in flight may take as long again.
    pub(crate) slice: Duration,
    /// How failed calls are tried again if their tasks do not say.
    pub(crate) retry: Policy,
    /// How many calls a slice may make itself on this host; the others go through the queue.
    pub(crate) calls: usize,
    /// What the VM may use.
    pub(crate) limits: Limits,
}

impl Settings {
    pub(crate) fn read() -> Result<Self, Error> {
        let memory_mib: usize = config::number("memory_mib")?;
        Ok(Self {
            inline_window: Duration::from_millis(config::number("inline_window_ms")?),
            slice: Duration::from_secs(config::number("slice_seconds")?),
            retry: services::retry_policy()?,
            calls: Budget::read()?.left(0),
            limits: Limits {
                memory_bytes: memory_mib.saturating_mul(1 << 20),
                cpu: Duration::from_millis(config::number("cpu_ms")?),
                ..Limits::default()
            },
        })
    }
}
