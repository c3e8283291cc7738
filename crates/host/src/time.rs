//! The host's clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures::future::{Either, select};
use jiff::Timestamp;
use spin_executor::{CancelOnDropToken, push_waker_and_get_token};
use wasi::clocks::monotonic_clock;

/// How far the database's clock is ahead of this machine's (ms); [`UNKNOWN`] until it was asked.
static AHEAD: AtomicI64 = AtomicI64::new(UNKNOWN);

const UNKNOWN: i64 = i64::MIN;

/// The present moment, milliseconds since the Unix epoch. By the clock of the database, once a store
/// that several machines share is open: all use what one writes.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let own = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
    own.saturating_add(ahead().unwrap_or(0))
}

/// How far the database's clock is ahead of this machine's (ms), if that is known.
pub(crate) fn ahead() -> Option<i64> {
    Some(AHEAD.load(Ordering::Relaxed)).filter(|ahead| *ahead != UNKNOWN)
}

/// Sets this instance's clock by the database's, given how far that is ahead of this machine's (ms).
pub(crate) fn set_ahead(ahead: i64) {
    AHEAD.store(ahead, Ordering::Relaxed);
}

/// A span of time in milliseconds.
#[must_use]
pub fn in_ms(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX / 2)
}

/// A moment as RFC 3339 text in UTC, to the millisecond.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    let moment = Timestamp::from_millisecond(ms).unwrap_or_default();
    format!("{moment:.3}")
}

/// Completes after a duration.
#[must_use]
pub fn sleep(duration: Duration) -> Sleep {
    let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    Sleep {
        deadline: monotonic_clock::now().saturating_add(nanos),
        registration: None,
    }
}

/// The future of [`sleep`].
pub struct Sleep {
    deadline: u64,
    /// Takes the pollable out of the event loop when the future is dropped.
    registration: Option<CancelOnDropToken>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if monotonic_clock::now() >= self.deadline {
            return Poll::Ready(());
        }
        let pollable = monotonic_clock::subscribe_instant(self.deadline);
        self.registration =
            Some(push_waker_and_get_token(pollable, context.waker().clone()).into());
        Poll::Pending
    }
}

/// The result of `future`, or `None` if it is not ready by `deadline`, which may be put off meanwhile; the future
/// is then dropped.
pub(crate) async fn until<T>(
    deadline: impl Fn() -> Instant,
    future: impl Future<Output = T>,
) -> Option<T> {
    futures::pin_mut!(future);
    loop {
        let limit = deadline().saturating_duration_since(Instant::now());
        if let Some(output) = timeout(limit, &mut future).await {
            return Some(output);
        }
        if Instant::now() >= deadline() {
            return None;
        }
    }
}

/// The result of `future`, or `None` if it takes longer than `limit`; it is then dropped.
pub async fn timeout<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    futures::pin_mut!(future);
    match select(future, sleep(limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(((), _)) => None,
    }
}
