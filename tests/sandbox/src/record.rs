//! What was asked of the sandbox.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::form::{self, Part};
use crate::request::Request;
use crate::world::lock;

/// How many of the newest requests are kept.
const KEPT: usize = 20_000;

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// `GET`, `POST`, …
    pub method: String,
    /// As it was sent, still encoded.
    pub path: String,
    /// Names and values, decoded, in the order in which they were sent.
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, if it is text.
    pub body: String,
    /// The body in base64, if it is no text.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body_base64: Option<String>,
}

impl Recorded {
    pub(crate) fn new(request: &Request) -> Self {
        let (body, body_base64) = match std::str::from_utf8(&request.body) {
            Ok(text) => (text.to_owned(), None),
            Err(_) => (String::new(), Some(BASE64_STANDARD.encode(&request.body))),
        };
        Self {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.as_str().to_owned(), value)
                })
                .collect(),
            body,
            body_base64,
        }
    }

    /// The body's bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        match &self.body_base64 {
            // It was encoded here.
            Some(text) => BASE64_STANDARD.decode(text).unwrap_or_default(),
            None => self.body.clone().into_bytes(),
        }
    }

    /// The parts of a body of several. `None`: it is not one.
    #[must_use]
    pub fn parts(&self) -> Option<Vec<Part>> {
        form::of(self.header("content-type")?, &self.bytes().into())
    }

    /// The first header of this name, which is in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(other, _)| other == name)?;
        Some(value)
    }
}

/// The requests since the last reset.
#[derive(Debug, Default)]
pub struct Record {
    kept: Mutex<Vec<Recorded>>,
    under_way: AtomicUsize,
    most: AtomicUsize,
}

/// A request that is being answered.
pub(crate) struct UnderWay<'r>(&'r Record);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Record {
    /// Keeps a request, which is under way until what this gives is dropped.
    pub(crate) fn push(&self, request: Recorded) -> UnderWay<'_> {
        let mut kept = lock(&self.kept);
        if kept.len() >= KEPT {
            kept.drain(..KEPT / 2);
        }
        kept.push(request);
        let others = self.under_way.fetch_add(1, Ordering::Relaxed);
        self.most.fetch_max(others + 1, Ordering::Relaxed);
        UnderWay(self)
    }

    /// The most requests that were answered at once, since the sandbox was started or reset.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// As after a start.
    pub(crate) fn reset(&self) {
        lock(&self.kept).clear();
        self.most.store(0, Ordering::Relaxed);
    }

    /// All requests, in the order in which they came.
    #[must_use]
    pub fn all(&self) -> Vec<Recorded> {
        lock(&self.kept).clone()
    }

    /// All requests; none are left.
    #[must_use]
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut lock(&self.kept))
    }

    /// How many requests were made to this path.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        lock(&self.kept)
            .iter()
            .filter(|request| request.path == path)
            .count()
    }
}
