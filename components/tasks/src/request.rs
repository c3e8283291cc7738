//! A request as it arrives.

use futures::StreamExt;
use http::header::{AsHeaderName, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::de::DeserializeOwned;
use spin_sdk::http::IncomingRequest;
use tasker_api::{SESSION_PATH, SESSION_ROOT};
use tasker_domain::{ErrorCode, json};

use crate::error::{Error, Result};

/// A body that is too large is read up to this size, and dropped: most clients look for an answer only
/// once they have sent everything.
const DISCARD_MAX_BYTES: usize = 64 << 20;

/// A request whose body has not been read yet.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    /// Whether it came by the dashboard's own part of the API, where a session is taken and a key is not.
    pub(crate) is_of_dashboard: bool,
    headers: HeaderMap,
    incoming: Option<IncomingRequest>,
}

impl Request {
    pub(crate) fn new(incoming: IncomingRequest) -> Self {
        let target = incoming.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let of_dashboard = path
            .strip_prefix(SESSION_ROOT)
            .filter(|rest| rest.starts_with('/'));
        let mut headers = HeaderMap::new();
        for (name, value) in incoming.headers().entries() {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                // Only a request with thousands of headers has too many.
                let _ = headers.try_append(name, value);
            }
        }
        Self {
            // No endpoint takes TRACE, nor a method that is no word.
            method: incoming
                .method()
                .to_string()
                .parse()
                .unwrap_or(Method::TRACE),
            // Signing in and out is the dashboard's alone; the rest is the API as others see it.
            path: match path {
                SESSION_PATH => path,
                _ => of_dashboard.unwrap_or(path),
            }
            .to_owned(),
            query: query.to_owned(),
            is_of_dashboard: of_dashboard.is_some(),
            headers,
            incoming: Some(incoming),
        }
    }

    /// The first header of this name, if it is text.
    pub(crate) fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()
    }

    /// Whether a browser asks what it may do.
    pub(crate) fn is_preflight(&self) -> bool {
        self.method == Method::OPTIONS
            && self
                .header(http::header::ACCESS_CONTROL_REQUEST_METHOD)
                .is_some()
    }

    /// The body of a call that can do without one.
    pub(crate) async fn optional_json<T: DeserializeOwned + Default>(
        &mut self,
        limit: usize,
    ) -> Result<T> {
        let is_absent = match self.header(CONTENT_LENGTH) {
            Some(length) => length.trim() == "0",
            None => self.header(TRANSFER_ENCODING).is_none() && self.header(CONTENT_TYPE).is_none(),
        };
        if is_absent {
            return Ok(T::default());
        }
        self.json(limit).await
    }

    /// The body, which must be JSON of at most `limit` bytes.
    pub(crate) async fn json<T: DeserializeOwned>(&mut self, limit: usize) -> Result<T> {
        let media_type = self
            .header(CONTENT_TYPE)
            .and_then(|value| value.split(';').next())
            .unwrap_or_default();
        let media_type = media_type.trim().to_ascii_lowercase();
        if media_type != "application/json" && !media_type.ends_with("+json") {
            return Err(Error::new(
                ErrorCode::UnsupportedMediaType,
                "send `Content-Type: application/json`",
            ));
        }
        let body = self.body(limit).await?;
        // An array would be taken for an object's members in their order.
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(malformed("it must be an object"));
        }
        serde_json::from_slice(&json::well_formed_bytes(body)).map_err(malformed)
    }

    async fn body(&mut self, limit: usize) -> Result<Vec<u8>> {
        let incoming = self.incoming.take();
        let incoming = incoming.ok_or_else(|| malformed("it was read before"))?;
        let mut chunks = std::pin::pin!(incoming.into_body_stream());
        let mut body = Vec::new();
        let mut length = 0_usize;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(malformed)?;
            length = length.saturating_add(chunk.len());
            if length <= limit {
                body.extend_from_slice(&chunk);
            } else if length > DISCARD_MAX_BYTES {
                break;
            }
        }
        if length > limit {
            let detail = format!("the body may have {limit} bytes at most");
            return Err(Error::new(ErrorCode::BodyTooLarge, detail));
        }
        Ok(body)
    }
}

fn malformed(reason: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::BadRequest, format!("the body: {reason}"))
}
