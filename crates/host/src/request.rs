//! How long one request to a component may last, where a host ends it.

use std::time::{Duration, Instant};

use tasker_settings::REQUEST_SECONDS;

use crate::config;

/// The time that a host gives a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestTime(Option<Duration>);

impl RequestTime {
    /// As the variable `request_seconds` says; 0 stands for as long as it takes.
    ///
    /// # Errors
    /// If it is not set or not a number.
    pub fn read() -> Result<Self, config::Error> {
        let time = config::read(&REQUEST_SECONDS)?;
        Ok(Self((!time.is_zero()).then_some(time)))
    }

    /// How much of it can be used: a tenth is kept for beginning and ending.
    #[must_use]
    pub fn usable(self) -> Option<Duration> {
        self.0.map(|time| time * 9 / 10)
    }

    /// By when a request that began at a moment must be done.
    #[must_use]
    pub fn end(self, begun: Instant) -> Option<Instant> {
        Some(begun + self.usable()?)
    }
}

/// The time left until a moment; `None`: there is no such moment.
#[must_use]
pub fn left(end: Option<Instant>) -> Option<Duration> {
    Some(end?.saturating_duration_since(Instant::now()))
}
