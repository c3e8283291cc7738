//! How long a call may take.

use std::time::{Duration, Instant};

use tasker_domain::ErrorCode;
use tasker_domain::wire::{LONGEST_STREAM, ServiceError};
use tasker_service::retryable;
use tasker_settings::Setting;

use super::misconfigured;
use crate::config;

/// The time of one call. Answers that come bit by bit may take longer in all, but not for one bit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// For the whole call, or for each bit of it.
    pub(super) limit: Duration,
    /// When everything ends in any case.
    end: Instant,
    /// Whether the caller has less time than the service's setting says.
    is_cut: bool,
}

impl Patience {
    /// As the service's setting says, but not beyond what its caller has.
    pub(super) fn read(
        service: &str,
        timeout: &Setting<Duration>,
        within_ms: Option<i64>,
    ) -> Result<Self, ServiceError> {
        let set = config::read(timeout).map_err(|error| misconfigured(service, error))?;
        let within = within_ms.map_or(Duration::MAX, |ms| {
            Duration::from_millis(u64::try_from(ms).unwrap_or(0))
        });
        Ok(Self {
            limit: set.min(within),
            end: Instant::now() + LONGEST_STREAM.min(within),
            is_cut: within < set,
        })
    }

    /// The moment `limit` after another, or the end of all if that is earlier.
    pub(super) fn after(&self, moment: Instant, limit: Duration) -> Instant {
        (moment + limit).min(self.end)
    }

    /// The error of a call whose time is up after `limit`.
    pub(super) fn is_over(&self, service: &str, limit: Duration) -> ServiceError {
        let why = match self.is_cut && limit == self.limit {
            true => ", which is all that `request_seconds` leaves",
            false => "",
        };
        let ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let seconds = Duration::from_millis(ms).as_secs_f64();
        retryable(
            ErrorCode::UpstreamTimeout,
            format!("`tools.{service}` had no answer within {seconds} s{why}"),
            None,
        )
    }
}
