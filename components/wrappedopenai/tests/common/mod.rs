//! What the tests have in common.

#![allow(dead_code, reason = "not every test uses all of it")]

use futures::executor::block_on;
use serde_json::Value;
use tasker_service::Service;
use tasker_service::http::Response;
use tasker_service::testing;
pub(crate) use tasker_service::testing::{FakeHost, answer};
use wrappedopenai::OpenAi;

/// A host with settings and a key.
pub(crate) fn answering(answers: impl IntoIterator<Item = Response>) -> FakeHost {
    let settings = [
        ("openai_base_url", "https://api.example.com"),
        ("openai_base_path", "/base/v1"),
        ("openai_organization", "org-1"),
        ("openai_project", "proj-1"),
    ];
    FakeHost::new(&settings, answers).with_credential("openai_api_key", "api_key", "sk-test")
}

/// Calls `tools.openai.<method>(...args)`; the value as the service wrote it.
pub(crate) fn call(host: &FakeHost, method: &str, args: &Value) -> tasker_service::Result {
    block_on(OpenAi.call(host, &testing::request(method, args)))
}

/// A JSON answer.
pub(crate) fn json_answer(status: u16, body: &str) -> Response {
    answer(status, "application/json", body)
}
