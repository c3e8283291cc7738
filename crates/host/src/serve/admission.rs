//! The limits of a policy, held in the store for all instances together.

use std::time::Duration;

use tasker_domain::ErrorCode;
use tasker_domain::wire::ServiceError;
use tasker_service::retryable;
use tasker_settings::Policy;
use tasker_store::{Admission, CallLimits, NamedLeases, NewCall, calls_of};

use crate::{log, open_store, random_token, time};

/// A lease outlives its call by this much, so that it is never free while the call is under way.
const MARGIN_MS: i64 = 2_000;

/// A call that was admitted. Its lease is given back when it leaves; if its instance is lost, it expires some time after
/// the call's time limit.
pub(super) struct Admitted {
    /// The service, and the holder of the lease.
    lease: Option<(&'static str, String)>,
}

impl Admitted {
    /// Counts a call. Without limits the database is not touched.
    ///
    /// # Errors
    /// `rate_limited`, `concurrency_limited`, or the store fails: limits that cannot be counted admit
    /// nothing.
    pub(super) fn enter(
        service: &'static str,
        policy: &Policy,
        limit: Duration,
    ) -> Result<Self, ServiceError> {
        if !policy.has_limits() {
            return Ok(Self { lease: None });
        }
        let store = open_store().map_err(|error| uncounted(service, &error))?;
        let token = random_token();
        let now = time::now_ms();
        let call = NewCall {
            service,
            token: &token,
            expires_at: now + time::in_ms(limit) + MARGIN_MS,
            per_window: policy.requests_per_minute,
            at_once: policy.concurrency,
        };
        match store
            .admit(&call, now)
            .map_err(|error| uncounted(service, &error))?
        {
            Admission::Admitted => Ok(Self {
                lease: policy.concurrency.map(|_| (service, token)),
            }),
            Admission::WindowFull { until } => Err(retryable(
                ErrorCode::RateLimited,
                format!(
                    "the policy for `tools.{service}` allows {} calls a minute",
                    policy.requests_per_minute.unwrap_or_default()
                ),
                Some((until - now).max(0)),
            )),
            Admission::SlotsTaken => Err(retryable(
                ErrorCode::ConcurrencyLimited,
                format!(
                    "the policy for `tools.{service}` allows {} calls at once",
                    policy.concurrency.unwrap_or_default()
                ),
                None,
            )),
        }
    }

    /// Gives the lease back. The database is opened anew: a call may take minutes.
    pub(super) fn leave(self) {
        let Some((service, token)) = self.lease else {
            return;
        };
        let given =
            open_store().and_then(|store| store.give_back_lease(&calls_of(service), &token));
        if let Err(error) = given {
            log::warn(format!(
                "{service}: the lease of a call is held until it expires: {error}"
            ))
            .write();
        }
    }
}

fn uncounted(service: &str, error: &tasker_store::Error) -> ServiceError {
    log::error(format!("{service}: {error}")).write();
    retryable(
        ErrorCode::ServiceUnavailable,
        format!("the limits of `tools.{service}` cannot be counted at the moment"),
        None,
    )
}
