//! An answer.

use bytes::Bytes;
use serde_json::Value;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// How a body is sent.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// Whole, with its length.
    Whole(Bytes),
    /// In pieces, each flushed by itself, as streams of events are.
    Pieces(Vec<Bytes>),
    /// Half of it, then the connection is cut.
    Half(Bytes),
    /// A number of bytes, made up while they are sent.
    Filler(usize),
}

impl Reply {
    /// An answer without body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Whole(Bytes::new()),
        }
    }

    /// Bytes of a media type.
    pub(crate) fn bytes(status: u16, media_type: &str, body: impl Into<Bytes>) -> Self {
        let mut reply = Self::empty(status).with("content-type", media_type);
        reply.body = Body::Whole(body.into());
        reply
    }

    /// JSON, with status 200.
    pub(crate) fn ok(value: &Value) -> Self {
        Self::json(200, value)
    }

    /// JSON.
    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::bytes(status, "application/json; charset=utf-8", value.to_string())
    }

    /// A web page.
    pub(crate) fn html(status: u16, text: impl Into<String>) -> Self {
        Self::bytes(status, "text/html; charset=utf-8", text.into())
    }

    /// Server-sent events.
    pub(crate) fn events(events: impl IntoIterator<Item = String>) -> Self {
        let mut reply = Self::empty(200)
            .with("content-type", "text/event-stream; charset=utf-8")
            .with("cache-control", "no-cache");
        reply.body = Body::Pieces(events.into_iter().map(Bytes::from).collect());
        reply
    }

    /// A redirect.
    pub(crate) fn redirect(status: u16, to: &str) -> Self {
        Self::empty(status).with("location", to)
    }

    /// With a further header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
