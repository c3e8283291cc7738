//! An HTTP answer, whole.

use serde::de::DeserializeOwned;
use tasker_api::Problem;
use tasker_domain::ErrorCode;
use ureq::http::HeaderMap;

/// An HTTP answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header's value; empty if it is absent.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as a type.
    ///
    /// # Panics
    /// If the status is another, or the body is not of that type.
    #[track_caller]
    pub fn expect<T: DeserializeOwned>(&self, status: u16) -> T {
        assert_eq!(self.status, status, "{}", self.text());
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error}: {}", self.text()),
        }
    }

    /// The problem that the answer is.
    ///
    /// # Panics
    /// If it is no problem of this code in the proper form.
    #[track_caller]
    pub fn expect_problem(&self, code: ErrorCode) -> Problem {
        assert_eq!(
            self.header("content-type"),
            Problem::MEDIA_TYPE,
            "{} {}",
            self.status,
            self.text()
        );
        let problem: Problem = self.expect(code.http_status());
        assert_eq!(problem.code, code.as_str(), "{problem:?}");
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.kind, format!("/errors/{code}"));
        assert!(
            !problem.title.is_empty() && !problem.detail.is_empty(),
            "{problem:?}"
        );
        problem
    }
}
