//! What the tests have in common.

#![allow(dead_code, reason = "each file of tests uses a part of it")]

use serde_json::{Value, json};
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::testing::{FakeHost, answer};
use wrappedfetch::Fetch;

/// A host that gives these answers, where `fetch_hosts` is this.
pub(crate) fn host(hosts: &str, answers: impl IntoIterator<Item = Response>) -> FakeHost {
    FakeHost::new(&[("fetch_hosts", hosts)], answers)
}

/// The same where everything public may be reached.
pub(crate) fn open(answers: impl IntoIterator<Item = Response>) -> FakeHost {
    host("*", answers)
}

/// An answer with a text.
pub(crate) fn text(body: &str) -> Response {
    answer(200, "text/plain", body)
}

/// An answer with this status and these headers, without a body.
pub(crate) fn bare(status: u16, headers: &[(&str, &str)]) -> Response {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Response {
        status,
        headers: headers.iter().map(own).collect(),
        body: Vec::new(),
    }
}

/// A redirect.
pub(crate) fn redirect(status: u16, location: &str) -> Response {
    bare(status, &[("location", location)])
}

/// `tools.fetch.request(init)`
pub(crate) fn request(host: &FakeHost, init: &Value) -> Result<Value, ServiceError> {
    tasker_service::testing::call(&Fetch, host, "request", &json!([init]))
}

/// The URLs that were asked for, each with its method.
pub(crate) fn asked(host: &FakeHost) -> Vec<String> {
    let sent = host.sent();
    sent.iter()
        .map(|request| format!("{} {}", request.method, request.url))
        .collect()
}
