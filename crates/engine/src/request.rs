//! How long one request to a component may last, where a host ends it.

use std::time::{Duration, Instant};

use tasker_settings::REQUEST_SECONDS;
use tasker_world::{World, config};

/// The time that a host gives a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestTime(Option<Duration>);

impl RequestTime {
    /// As the variable `request_seconds` says; 0 stands for as long as it takes.
    pub(crate) fn read(world: &impl World) -> Result<Self, config::Error> {
        let time = config::read(world, &REQUEST_SECONDS)?;
        Ok(Self((!time.is_zero()).then_some(time)))
    }

    /// How much of it can be used: a tenth is kept for beginning and ending.
    pub(crate) fn usable(self) -> Option<Duration> {
        self.0.map(|time| time * 9 / 10)
    }

    /// By when a request that began at a moment must be done.
    pub(crate) fn end(self, begun: Instant) -> Option<Instant> {
        Some(begun + self.usable()?)
    }
}

/// The time left until a moment; `None`: there is no such moment.
pub(crate) fn left(world: &impl World, end: Option<Instant>) -> Option<Duration> {
    end.map(|end| world.until(end))
}
