//! The executor's settings.

use std::time::{Duration, Instant};

use tasker_domain::retry::Policy;
use tasker_host::budget::Budget;
use tasker_host::config::{self, Error};
use tasker_host::request::{self, RequestTime};
use tasker_host::services;
use tasker_settings::{CPU_MS, INLINE_WINDOW_MS, MEMORY_MIB, SLICE_SECONDS};
use tasker_vm::Limits;

/// Settings of a slice.
pub(crate) struct Settings {
    /// How long the VM stays live for a call; zero: every call goes through the queue.
    pub(crate) inline_window: Duration,
    /// How long the VM stays live at all.
    pub(crate) slice: Duration,
    /// By when all must be done, calls in flight included; `None`: they may take as long as they need.
    pub(crate) end: Option<Instant>,
    /// How failed calls are tried again if their tasks do not say.
    pub(crate) retry: Policy,
    /// How many calls a slice may make itself on this host; the others go through the queue.
    pub(crate) calls: usize,
    /// What the VM may use.
    pub(crate) limits: Limits,
}

impl Settings {
    /// For a request that begins now.
    pub(crate) fn read() -> Result<Self, Error> {
        Ok(Self {
            inline_window: config::read(&INLINE_WINDOW_MS)?,
            slice: config::read(&SLICE_SECONDS)?,
            end: RequestTime::read()?.end(Instant::now()),
            retry: services::retry_policy()?,
            calls: Budget::read()?.left(0),
            limits: Limits {
                memory_bytes: config::read(&MEMORY_MIB)? << 20,
                cpu: config::read(&CPU_MS)?,
                ..Limits::default()
            },
        })
    }

    /// The same for a slice whose caller waits for `within_ms` and lets it make `calls` calls.
    pub(crate) fn within(mut self, within_ms: Option<i64>, calls: Option<u32>) -> Self {
        if let Some(ms) = within_ms {
            let until = Instant::now() + Duration::from_millis(u64::try_from(ms).unwrap_or(0));
            self.end = Some(self.end.map_or(until, |end| end.min(until)));
        }
        if let Some(left) = request::left(self.end) {
            // The rest is for the calls in flight.
            self.slice = self.slice.min(left / 4);
        }
        let calls = calls.map_or(usize::MAX, |calls| calls as usize);
        self.calls = self.calls.min(calls);
        self
    }
}
