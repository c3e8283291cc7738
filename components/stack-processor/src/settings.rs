//! The stack processor's settings.

use std::time::Duration;

use tasker_domain::diagnosis::ComponentHealth;
use tasker_domain::retry::Policy;
use tasker_host::budget::Budget;
use tasker_host::config::{self, Error};
use tasker_host::health::Examination;
use tasker_host::services;
use tasker_store::{Retention, SweepReport};

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
    /// How many requests one request may make on this host.
    budget: Budget,
}

/// So many requests are kept back, for the pokes at the end.
const KEPT_BACK: u32 = 2;

impl Settings {
    pub(crate) fn read() -> Result<Self, Error> {
        Ok(Self {
            drainers: config::number("drainers")?,
            lease: Duration::from_secs(config::number("lease_seconds")?),
            slice: Duration::from_secs(config::number("slice_seconds")?),
            grace_ms: grace_ms()?,
            retry: services::retry_policy()?,
            budget: Budget::read()?,
        })
    }

    /// A drainer claims no more after this long: with its last slice it ends within two and a
    /// half slices (25 s by default), inside the request limit of every host.
    pub(crate) fn drain(&self) -> Duration {
        self.slice / 2
    }

    /// How many executors and services may still be asked.
    pub(crate) fn requests_left(&self) -> usize {
        self.budget.left(KEPT_BACK)
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

/// How long ended runs are kept.
pub(crate) struct Kept {
    /// After their end, unless their task says otherwise (ms); 0: for ever.
    for_ms: i64,
    /// Of each task, the newest; 0: all.
    runs: u32,
}

impl Kept {
    pub(crate) fn read() -> Result<Self, Error> {
        let days: u32 = config::number("retention_days")?;
        Ok(Self {
            for_ms: i64::from(days) * 86_400_000,
            runs: config::number("retention_runs")?,
        })
    }

    /// What is to go now; `None`: nothing.
    pub(crate) fn retention(&self, report: &SweepReport, now: i64) -> Option<Retention> {
        let ended_until = if self.for_ms == 0 {
            i64::MIN
        } else {
            now - self.for_ms
        };
        let (oldest, own) = report.oldest;
        let is_due = oldest.is_some_and(|at| at <= ended_until)
            || own.is_some_and(|at| at <= now)
            || report.key_expires.is_some_and(|at| at <= now);
        (is_due || self.runs > 0).then_some(Retention {
            ended_until,
            runs_per_task: (self.runs > 0).then_some(self.runs),
        })
    }
}

/// Whether each can be used.
pub(crate) fn examine() -> ComponentHealth {
    Examination::default()
        .settings(&[
            "internal_calls",
            "outbound_requests",
            "lease_seconds",
            "slice_seconds",
            "drainers",
            "call_attempts",
            "call_retry_ms",
            "call_retry_max_ms",
            "cancel_grace_seconds",
            "retention_days",
            "retention_runs",
        ])
        .done()
}
