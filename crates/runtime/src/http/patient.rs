//! Bodies of requests that do not take for ever.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep};
use wasmtime_wasi_http::Error;

/// How fast a body has to come, in bytes a second, once patience is at its end.
const RATE: u64 = 16 << 10;

/// A body whose client may be waited for only so long, and longer the more it has sent. The time in which nobody reads does not count.
pub(super) struct Patient {
    body: Incoming,
    /// What is left of the time.
    left: Duration,
    /// Since when the client is waited for.
    since: Option<Instant>,
    /// Goes off when the time is up.
    alarm: Pin<Box<Sleep>>,
}

impl Patient {
    pub(super) fn new(body: Incoming, patience: Duration) -> Self {
        Self {
            body,
            left: patience,
            since: None,
            alarm: Box::pin(tokio::time::sleep(patience)),
        }
    }
}

impl Body for Patient {
    type Data = bytes::Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Error>>> {
        let now = Instant::now();
        let came = Pin::new(&mut self.body).poll_frame(context);
        let Poll::Ready(came) = came else {
            if self.since.is_none() {
                self.since = Some(now);
                let until = now + self.left;
                self.alarm.as_mut().reset(until);
            }
            let alarm = self.alarm.as_mut().poll(context);
            return alarm.map(|()| Some(Err(Error::ConnectionReadTimeout)));
        };
        if let Some(since) = self.since.take() {
            self.left = self.left.saturating_sub(now.duration_since(since));
        }
        if let Some(Ok(frame)) = &came
            && let Some(data) = frame.data_ref()
        {
            self.left += Duration::from_micros(data.len() as u64 * 1_000_000 / RATE);
        }
        Poll::Ready(came.map(|came| came.map_err(Error::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
