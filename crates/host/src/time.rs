//! The host's clock.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};
use futures::future::{Either, select};
use spin_executor::{CancelOnDropToken, push_waker_and_get_token};
use wasi::clocks::monotonic_clock;

/// How far the database's clock is ahead of this machine's (ms).
static AHEAD: AtomicI64 = AtomicI64::new(0);
/// Whether that has been found out.
static AGREED: AtomicBool = AtomicBool::new(false);

/// The present moment, milliseconds since the Unix epoch. By the clock of the database, once a store
/// that several machines share is open: what one writes, all reckon with.
#[must_use]
pub fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX) + AHEAD.load(Ordering::Relaxed)
}

/// Moves this instance's clock on by so much (ms): now it is the database's.
pub(crate) fn agree(by: i64) {
    AHEAD.fetch_add(by, Ordering::Relaxed);
    AGREED.store(true, Ordering::Relaxed);
}

/// Whether this instance's clock is the database's.
pub(crate) fn is_agreed() -> bool {
    AGREED.load(Ordering::Relaxed)
}

/// A moment as RFC 3339 text in UTC, to the millisecond.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    let moment = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
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

/// The result of `future`, or `None` if it takes longer than `limit`; it is then dropped.
pub async fn timeout<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    futures::pin_mut!(future);
    match select(future, sleep(limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(((), _)) => None,
    }
}
