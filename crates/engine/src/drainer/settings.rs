//! The drainer's settings.

use std::time::Duration;

use tasker_domain::retry::Policy;
use tasker_settings::{
    CALLS_OUT, CANCEL_GRACE_SECONDS, DRAINERS, LEASE_SECONDS, RETENTION_DAYS, RETENTION_RUNS,
    RUN_STARTS, SLICE_SECONDS,
};
use tasker_store::{Retention, SweepReport};
use tasker_world::config::{self, Error};
use tasker_world::{Budget, World, in_ms};

use crate::reach;
use crate::request::RequestTime;

/// Settings of a drainer.
pub(crate) struct Settings {
    /// How many drainers may be at work at once.
    pub(crate) drainers: u32,
    /// How many frames may be awake and calls out at once.
    pub(crate) calls_out: u32,
    /// How long a lease lasts.
    pub(crate) lease: Duration,
    /// How long a slice may keep its VM live.
    pub(crate) slice: Duration,
    /// How long one request may last on this host.
    pub(crate) request: RequestTime,
    /// How long the tasks of a run that is stopped may clean up, in milliseconds.
    pub(crate) grace_ms: i64,
    /// How many runs of their own the tasks of one run may start.
    pub(crate) starts: u32,
    /// Patterns of the tasks that all others may call.
    pub(crate) shared_tasks: Vec<String>,
    /// How failed calls are tried again if their tasks do not say.
    pub(crate) retry: Policy,
    /// How many requests one request may make on this host.
    budget: Budget,
}

/// Requests that are kept back for the pokes at the end.
const KEPT_BACK: u32 = 2;

impl Settings {
    pub(crate) fn read(world: &impl World) -> Result<Self, Error> {
        Ok(Self {
            drainers: config::read(world, &DRAINERS)?,
            calls_out: config::read(world, &CALLS_OUT)?,
            lease: config::read(world, &LEASE_SECONDS)?,
            slice: config::read(world, &SLICE_SECONDS)?,
            request: RequestTime::read(world)?,
            grace_ms: grace_ms(world)?,
            starts: config::read(world, &RUN_STARTS)?,
            shared_tasks: reach::shared_tasks(world)?,
            retry: config::retry_policy(world)?,
            budget: Budget::read(world)?,
        })
    }

    /// A drainer stops claiming after this time. Where the host ends requests, that leaves most of a request's time
    /// for the last slices and calls.
    pub(crate) fn drain(&self) -> Duration {
        let drain = self.slice / 2;
        self.request
            .usable()
            .map_or(drain, |usable| drain.min(usable / 5))
    }

    /// How many executors and services may still be asked.
    pub(crate) fn requests_left(&self, world: &impl World) -> usize {
        self.budget.left(world, KEPT_BACK)
    }
}

/// How long the tasks of a run that is stopped may clean up, in milliseconds.
pub(crate) fn grace_ms(world: &impl World) -> Result<i64, Error> {
    config::read(world, &CANCEL_GRACE_SECONDS).map(in_ms)
}

/// How long ended runs are kept, and how many of them.
pub(crate) struct RetentionSettings {
    /// How long after their end, unless their task says otherwise (ms); 0: for ever.
    for_ms: i64,
    /// How many of each task's newest; 0: all.
    runs: u32,
}

impl RetentionSettings {
    pub(crate) fn read(world: &impl World) -> Result<Self, Error> {
        Ok(Self {
            for_ms: config::read(world, &RETENTION_DAYS).map(in_ms)?,
            runs: config::read(world, &RETENTION_RUNS)?,
        })
    }

    /// What to remove now; `None`: nothing.
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
