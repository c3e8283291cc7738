//! What the tests have in common.

#![allow(dead_code, reason = "not every test uses all of it")]

use serde_json::Value;
use tasker_domain::wire::ServiceError;
use tasker_service::http::Response;
use tasker_service::testing;
pub(crate) use tasker_service::testing::{FakeHost, answer};
use wrappedwebsearch::WebSearch;

/// A host with the default settings and a key.
pub(crate) fn answering(answers: impl IntoIterator<Item = Response>) -> FakeHost {
    FakeHost::new(&[], answers).with_credential("websearch_api_key", "api_key", "brave-key")
}

/// Where its requests went.
pub(crate) fn urls(host: &FakeHost) -> Vec<String> {
    host.sent().into_iter().map(|request| request.url).collect()
}

/// Calls `tools.websearch.<method>(...args)`.
pub(crate) fn call(host: &FakeHost, method: &str, args: &Value) -> Result<Value, ServiceError> {
    testing::call(&WebSearch, host, method, args)
}

pub(crate) fn html(body: impl AsRef<[u8]>) -> Response {
    answer(200, "text/html; charset=utf-8", body)
}

pub(crate) fn redirect(status: u16, location: &str) -> Response {
    let mut response = answer(status, "text/html", "");
    response
        .headers
        .push(("location".to_owned(), location.to_owned()));
    response
}
