//! Answers that say only what is safe.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::{Error, WasiBody};

use crate::sqlite::{NotDurable, Seen};

type Durable = Pin<Box<dyn Future<Output = Result<(), NotDurable>> + Send>>;

/// A body that holds each part back until what its component had seen of the database by then is on the disk.
pub(super) struct Held {
    body: WasiBody,
    seen: Seen,
    next: Option<(Frame<Bytes>, Durable)>,
}

impl Held {
    pub(super) fn new(body: WasiBody, seen: Seen) -> Self {
        Self {
            body,
            seen,
            next: None,
        }
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if self.next.is_none() {
            let came = ready!(Pin::new(&mut self.body).poll_frame(context));
            let Some(Ok(frame)) = came else {
                return Poll::Ready(came);
            };
            if self.seen.is_durable() {
                return Poll::Ready(Some(Ok(frame)));
            }
            let seen = self.seen.clone();
            self.next = Some((frame, Box::pin(async move { seen.durable().await })));
        }
        let Some((_, durable)) = &mut self.next else {
            return Poll::Pending;
        };
        let outcome = ready!(durable.as_mut().poll(context));
        let frame = self.next.take().map(|(frame, _)| frame);
        Poll::Ready(match outcome {
            Ok(()) => frame.map(Ok),
            Err(error) => Some(Err(Error::InternalError(Some(error.to_string())))),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.next.is_none() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.next {
            None => self.body.size_hint(),
            // The part that is held back is still to come.
            Some((frame, _)) => {
                let held = frame.data_ref().map_or(0, |data| data.len() as u64);
                let rest = self.body.size_hint();
                let mut hint = SizeHint::new();
                hint.set_lower(rest.lower() + held);
                if let Some(upper) = rest.upper() {
                    hint.set_upper(upper + held);
                }
                hint
            }
        }
    }
}
