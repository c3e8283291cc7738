//! Answers, and what is done after them.

use serde::Serialize;
use spin_sdk::http::ResponseOutparam;
use tasker_api::cors::Origin;
use tasker_api::{EVENT_STREAM, Page, Problem};
use tasker_domain::ErrorCode;
use tasker_host::http::{begin, respond};

use crate::Result;
use crate::events::Events;
use crate::export::Export;

/// What is done once an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    /// There is new work in the queue.
    Drain,
    /// Someone watches: make sure that the queue is looked after.
    SweepIfDue,
}

/// What comes after the head of an answer.
enum Body {
    Whole(Vec<u8>),
    /// It comes to be while it is sent.
    Events(Box<Events>),
    Export(Box<Export>),
}

/// An answer.
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
    pub(crate) after: After,
}

impl Answer {
    pub(crate) fn text(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut answer = Self::empty(status).with_header("content-type", media_type);
        answer.body = Body::Whole(body.into());
        answer
    }

    pub(crate) fn json<T: Serialize>(status: u16, message: &T) -> Result {
        let body = serde_json::to_vec(message).map_err(crate::error::internal)?;
        Ok(Self::text(status, "application/json", body))
    }

    /// The events of a run.
    pub(crate) fn events(events: Events) -> Self {
        let mut answer = Self::empty(200)
            .with_header("content-type", EVENT_STREAM)
            // Proxies that collect an answer before they pass it on are asked not to.
            .with_header("x-accel-buffering", "no");
        answer.body = Body::Events(Box::new(events));
        answer
    }

    /// A run's whole history.
    pub(crate) fn export(export: Export) -> Self {
        let mut answer = Self::empty(200).with_header("content-type", "application/json");
        answer.body = Body::Export(Box::new(export));
        answer
    }

    /// One page of a list, each record in the form that the API shows.
    pub(crate) fn page<R, T>(records: Vec<R>, next_cursor: Option<String>) -> Result
    where
        T: TryFrom<R> + Serialize,
        T::Error: std::fmt::Display,
    {
        let items: std::result::Result<Vec<T>, _> = records.into_iter().map(T::try_from).collect();
        Self::json(
            200,
            &Page {
                items: items.map_err(crate::error::internal)?,
                next_cursor,
            },
        )
    }

    pub(crate) fn empty(status: u16) -> Self {
        let answer = Self {
            status,
            headers: Vec::new(),
            body: Body::Whole(Vec::new()),
            after: After::Nothing,
        };
        answer
            .with_header("cache-control", "no-store")
            .with_header("x-content-type-options", "nosniff")
    }

    /// What a listed origin may do.
    pub(crate) fn preflight() -> Self {
        Self::empty(204)
            .with_header(
                "access-control-allow-methods",
                "GET, HEAD, POST, PUT, DELETE",
            )
            .with_header(
                "access-control-allow-headers",
                "authorization, content-type, idempotency-key, last-event-id, traceparent",
            )
            .with_header("access-control-max-age", "600")
    }

    /// Lets the browsers of a listed origin read it.
    pub(crate) fn with_origin(self, origin: &Origin) -> Self {
        let answer = self.with_header("vary", "Origin");
        match origin {
            Origin::Allowed(origin) => answer
                .with_header("access-control-allow-origin", origin)
                .with_header("access-control-expose-headers", "location, retry-after"),
            Origin::None | Origin::Refused => answer,
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn with_after(mut self, after: After) -> Self {
        self.after = after;
        self
    }

    /// Sends it; the answer to `HEAD` ends before the body.
    pub(crate) async fn send(self, out: ResponseOutparam, head: bool) {
        match self.body {
            Body::Whole(body) if !head => respond(out, self.status, &self.headers, body).await,
            Body::Events(events) if !head => {
                let body = begin(out, self.status, &self.headers);
                events.stream(body).await;
            }
            Body::Export(export) if !head => {
                let body = begin(out, self.status, &self.headers);
                export.stream(body).await;
            }
            Body::Whole(_) | Body::Events(_) | Body::Export(_) => {
                respond(out, self.status, &self.headers, Vec::new()).await;
            }
        }
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let answer = Self::text(problem.status, Problem::MEDIA_TYPE, body);
        if problem.is(ErrorCode::Unauthorized) {
            answer.with_header("www-authenticate", "Bearer")
        } else if let Some(allow) = problem.allow {
            answer.with_header("allow", allow)
        } else if problem.status == 503 {
            answer.with_header("retry-after", "1")
        } else {
            answer
        }
    }
}
