//! A request as the calls see it.

use futures::StreamExt;
use serde::de::DeserializeOwned;
use spin_sdk::http::IncomingRequest;
use tasker_api::{Problem, parse_query};
use tasker_domain::{ErrorCode, RunId};

use crate::Result;

/// A body that is too large is read on so far, and dropped: most clients look for an answer only
/// once they have sent everything.
const DISCARD_MAX_BYTES: usize = 64 << 20;

/// A request whose body has not been read yet.
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without the query.
    pub(crate) path: String,
    /// The parameters of the path, in their order.
    pub(crate) params: Vec<String>,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
    incoming: Option<IncomingRequest>,
}

impl Request {
    pub(crate) fn new(incoming: IncomingRequest) -> Self {
        let target = incoming.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        Self {
            method: incoming.method().to_string(),
            path: path.to_owned(),
            params: Vec::new(),
            query: query.to_owned(),
            headers: incoming.headers().entries(),
            incoming: Some(incoming),
        }
    }

    /// The first header of this name (in lower case), if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// Whether a browser asks what it may do.
    pub(crate) fn is_preflight(&self) -> bool {
        self.method == "OPTIONS" && self.header("access-control-request-method").is_some()
    }

    pub(crate) fn param(&self, index: usize) -> &str {
        self.params.get(index).map_or("", String::as_str)
    }

    /// The run that the path names. A text that can be no id names no run.
    pub(crate) fn run_id(&self) -> Result<RunId> {
        self.param(0)
            .parse()
            .map_err(|_| crate::error::no_run(self.param(0)))
    }

    /// The query. A parameter that the call does not take is refused.
    pub(crate) fn query<T: DeserializeOwned>(&self) -> Result<T> {
        parse_query(&self.query)
    }

    /// The same for a call that can do without a body.
    pub(crate) async fn optional_json<T: DeserializeOwned + Default>(
        &mut self,
        limit: usize,
    ) -> Result<T> {
        let is_absent = match self.header("content-length") {
            Some(length) => length.trim() == "0",
            None => {
                self.header("transfer-encoding").is_none() && self.header("content-type").is_none()
            }
        };
        if is_absent {
            return Ok(T::default());
        }
        self.json(limit).await
    }

    /// The body, which must be JSON of at most `limit` bytes.
    pub(crate) async fn json<T: DeserializeOwned>(&mut self, limit: usize) -> Result<T> {
        let media_type = self
            .header("content-type")
            .and_then(|value| value.split(';').next())
            .unwrap_or_default();
        let media_type = media_type.trim().to_ascii_lowercase();
        if media_type != "application/json" && !media_type.ends_with("+json") {
            return Err(Problem::new(
                ErrorCode::UnsupportedMediaType,
                "send `Content-Type: application/json`",
            ));
        }
        let malformed =
            |reason: String| Problem::new(ErrorCode::BadRequest, format!("the body: {reason}"));
        let incoming = self.incoming.take();
        let incoming = incoming.ok_or_else(|| malformed("it was read before".to_owned()))?;
        let mut chunks = std::pin::pin!(incoming.into_body_stream());
        let mut body = Vec::new();
        let mut length = 0_usize;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| malformed(error.to_string()))?;
            length = length.saturating_add(chunk.len());
            if length <= limit {
                body.extend_from_slice(&chunk);
            } else if length > DISCARD_MAX_BYTES {
                break;
            }
        }
        if length > limit {
            let detail = format!("the body may have {limit} bytes at most");
            return Err(Problem::new(ErrorCode::BodyTooLarge, detail));
        }
        // An array would be taken for an object's members in their order.
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(malformed("it must be an object".to_owned()));
        }
        serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()))
    }
}
