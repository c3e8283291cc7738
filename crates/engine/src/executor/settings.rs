//! The executor's settings.

use std::time::{Duration, Instant};

use tasker_domain::LogBound;
use tasker_domain::retry::Policy;
use tasker_settings::{
    CPU_MS, INLINE_WINDOW_MS, LOG_KIB, LOG_LINES, MEMORY_MIB, RUN_FRAMES, RUN_JOURNAL_MIB,
    SLICE_SECONDS,
};
use tasker_vm::Limits;
use tasker_world::config::{self, Error};
use tasker_world::{Budget, World, ms};

use super::seal::Seal;
use crate::reach;
use crate::request::{self, RequestTime};

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
    /// How many frames a run may have.
    pub(crate) frames: u32,
    /// How many bytes the journal of a run may hold.
    pub(crate) journal_bytes: u64,
    /// Patterns of the tasks that all others may call.
    pub(crate) shared_tasks: Vec<String>,
    /// What the VM may use.
    pub(crate) limits: Limits,
    /// What snapshots are sealed with.
    pub(crate) seal: Seal,
}

impl Settings {
    /// For a request that begins now.
    pub(crate) fn read(world: &impl World) -> Result<Self, Error> {
        Ok(Self {
            inline_window: config::read(world, &INLINE_WINDOW_MS)?,
            slice: config::read(world, &SLICE_SECONDS)?,
            end: RequestTime::read(world)?.end(world.now()),
            retry: config::retry_policy(world)?,
            calls: Budget::read(world)?.left(world, 0),
            frames: config::read(world, &RUN_FRAMES)?,
            journal_bytes: config::read(world, &RUN_JOURNAL_MIB)? << 20,
            shared_tasks: reach::shared_tasks(world)?,
            limits: Limits {
                memory_bytes: config::read(world, &MEMORY_MIB)? << 20,
                cpu: config::read(world, &CPU_MS)?,
                log: LogBound {
                    lines: config::read(world, &LOG_LINES)?,
                    bytes: config::read(world, &LOG_KIB)? << 10,
                },
                ..Limits::default()
            },
            seal: Seal::read(world)?,
        })
    }

    /// The same for a slice whose caller waits for `within_ms` and lets it make `calls` calls.
    pub(crate) fn within(
        mut self,
        world: &impl World,
        within_ms: Option<i64>,
        calls: Option<u32>,
    ) -> Self {
        if let Some(within) = within_ms {
            let until = world.now() + ms(within);
            self.end = Some(self.end.map_or(until, |end| end.min(until)));
        }
        if let Some(left) = request::left(world, self.end) {
            // The rest is for the calls in flight.
            self.slice = self.slice.min(left / 4);
        }
        let calls = calls.map_or(usize::MAX, |calls| calls as usize);
        self.calls = self.calls.min(calls);
        self
    }
}
