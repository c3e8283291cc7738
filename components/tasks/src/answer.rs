//! Answers, and what is done after them.

use std::marker::PhantomData;

use futures::future::LocalBoxFuture;
use http::header::{self, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use spin_sdk::http::ResponseOutparam;
use tasker_api::cors::Origin;
use tasker_api::{Page, Problem};
use tasker_domain::ErrorCode;
use tasker_host::http::{Body as Sink, begin, respond};

use crate::content::{Json, List, Nothing};
use crate::error::{Error, Result, internal};

/// What is done once an answer is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    /// There is new work in the queue.
    Drain,
    /// Someone watches: make sure that the queue is looked after.
    SweepIfDue,
}

/// A body that is made while it is sent.
pub(crate) trait Stream {
    fn send(self: Box<Self>, body: Sink) -> LocalBoxFuture<'static, ()>;
}

/// What comes after the head of an answer.
enum Body {
    Whole(Vec<u8>),
    Stream(Box<dyn Stream>),
}

/// Content of any kind.
pub(crate) struct Any;

/// An answer with content of the kind `C`.
pub(crate) struct Answer<C = Any> {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
    pub(crate) after: After,
    content: PhantomData<C>,
}

impl<C> Answer<C> {
    pub(crate) fn empty(status: StatusCode) -> Self {
        let answer = Self {
            status,
            headers: HeaderMap::new(),
            body: Body::Whole(Vec::new()),
            after: After::Nothing,
            content: PhantomData,
        };
        answer
            .with_header(header::CACHE_CONTROL, "no-store")
            .with_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
    }

    pub(crate) fn text(status: StatusCode, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut answer = Self::empty(status).with_header(CONTENT_TYPE, media_type);
        answer.body = Body::Whole(body.into());
        answer
    }

    pub(crate) fn stream(media_type: &str, body: impl Stream + 'static) -> Self {
        let mut answer = Self::empty(StatusCode::OK).with_header(CONTENT_TYPE, media_type);
        answer.body = Body::Stream(Box::new(body));
        answer
    }

    /// Sets a header. What cannot stand in one is left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn with_after(mut self, after: After) -> Self {
        self.after = after;
        self
    }

    /// The same answer, where the kind of its content does not matter or is another.
    pub(crate) fn of<D>(self) -> Answer<D> {
        Answer {
            status: self.status,
            headers: self.headers,
            body: self.body,
            after: self.after,
            content: PhantomData,
        }
    }
}

impl<T: Serialize> Answer<Json<T>> {
    pub(crate) fn json(status: StatusCode, message: &T) -> Result<Self> {
        let body = serde_json::to_vec(message).map_err(internal)?;
        Ok(Self::text(status, "application/json", body))
    }

    pub(crate) fn ok(message: &T) -> Result<Self> {
        Self::json(StatusCode::OK, message)
    }
}

impl<T: Serialize> Answer<List<T>> {
    /// One page of a list, each record in the form that the API shows.
    pub(crate) fn page<R>(
        records: impl IntoIterator<Item = R>,
        next_cursor: Option<String>,
    ) -> Result<Self>
    where
        T: TryFrom<R>,
        T::Error: std::fmt::Display,
    {
        let items: std::result::Result<Vec<T>, _> = records.into_iter().map(T::try_from).collect();
        let items = items.map_err(internal)?;
        let page = Page { items, next_cursor };
        Ok(Answer::ok(&page)?.of())
    }
}

impl Answer<Nothing> {
    pub(crate) fn nothing() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }
}

impl Answer {
    /// What a listed origin may do.
    pub(crate) fn preflight() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
            .with_header(
                header::ACCESS_CONTROL_ALLOW_METHODS,
                "GET, HEAD, POST, PUT, DELETE",
            )
            .with_header(
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                "authorization, content-type, idempotency-key, last-event-id, traceparent",
            )
            .with_header(header::ACCESS_CONTROL_MAX_AGE, "600")
    }

    /// Lets the browsers of a listed origin read it.
    pub(crate) fn with_origin(self, origin: &Origin) -> Self {
        let answer = self.with_header(header::VARY, "Origin");
        match origin {
            Origin::Allowed(origin) => answer
                .with_header(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                .with_header(
                    header::ACCESS_CONTROL_EXPOSE_HEADERS,
                    "location, retry-after",
                ),
            Origin::None | Origin::Refused => answer,
        }
    }

    /// Sends it; the answer to `HEAD` ends before the body.
    pub(crate) async fn send(self, out: ResponseOutparam, head: bool) {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect();
        let status = self.status;
        match self.body {
            Body::Whole(body) if !head => respond(out, status, &headers, body).await,
            Body::Stream(stream) if !head => stream.send(begin(out, status, &headers)).await,
            Body::Whole(_) | Body::Stream(_) => respond(out, status, &headers, Vec::new()).await,
        }
    }
}

impl From<Error> for Answer {
    fn from(problem: Error) -> Self {
        let body = serde_json::to_vec(&*problem).unwrap_or_default();
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let answer = Self::text(status, Problem::MEDIA_TYPE, body);
        if problem.is(ErrorCode::Unauthorized) {
            answer.with_header(header::WWW_AUTHENTICATE, "Bearer")
        } else if let Some(allow) = &problem.allow {
            answer.with_header(header::ALLOW, allow)
        } else if status == StatusCode::TOO_MANY_REQUESTS {
            let seconds = problem.retry_after.unwrap_or(60).to_string();
            answer.with_header(header::RETRY_AFTER, &seconds)
        } else if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.with_header(header::RETRY_AFTER, "1")
        } else {
            answer
        }
    }
}
