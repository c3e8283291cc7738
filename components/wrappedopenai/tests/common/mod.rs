//! A host that answers from a list and keeps what it was asked to send.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use futures::executor::block_on;
use serde_json::{Value, json};
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_service::http::{Request, Response};
use tasker_service::secret::Secret;
use tasker_service::{Host, Service};
use wrappedopenai::OpenAi;

/// The present moment of all tests.
pub(crate) const NOW_MS: i64 = 1_700_000_000_000;

pub(crate) struct FakeHost {
    answers: RefCell<VecDeque<Result<Response, ServiceError>>>,
    sent: RefCell<Vec<Request>>,
    settings: BTreeMap<&'static str, String>,
    key: Option<&'static str>,
}

impl FakeHost {
    pub(crate) fn new(answers: impl IntoIterator<Item = Response>) -> Self {
        let settings = [
            ("openai_base_url", "https://api.example.com"),
            ("openai_base_path", "/base/v1"),
            ("openai_organization", "org-1"),
            ("openai_project", "proj-1"),
        ];
        Self {
            answers: RefCell::new(answers.into_iter().map(Ok).collect()),
            sent: RefCell::default(),
            settings: settings
                .map(|(name, value)| (name, value.to_owned()))
                .into(),
            key: Some("sk-test"),
        }
    }

    pub(crate) fn failing(error: ServiceError) -> Self {
        let host = Self::new([]);
        host.answers.borrow_mut().push_back(Err(error));
        host
    }

    pub(crate) fn with(mut self, setting: &'static str, value: &str) -> Self {
        self.settings.insert(setting, value.to_owned());
        self
    }

    pub(crate) fn without_key(mut self) -> Self {
        self.key = None;
        self
    }

    pub(crate) fn sent(&self) -> Vec<Request> {
        self.sent.borrow().clone()
    }
}

impl Host for FakeHost {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }

    fn random(&self, length: usize) -> Vec<u8> {
        vec![7; length]
    }

    fn setting(&self, name: &str) -> Result<String, ServiceError> {
        Ok(self.settings.get(name).cloned().unwrap_or_default())
    }

    async fn credential(&self, name: &str, key: &str) -> Result<Option<Secret>, ServiceError> {
        assert_eq!((name, key), ("openai_api_key", "api_key"));
        Ok(self.key.map(|key| Secret::new(key.to_owned())))
    }

    async fn send(&self, request: Request) -> Result<Response, ServiceError> {
        self.sent.borrow_mut().push(request);
        self.answers
            .borrow_mut()
            .pop_front()
            .expect("one more request than answers")
    }

    async fn shared<F>(&self, _: &str, _: F) -> Result<Value, ServiceError>
    where
        F: AsyncFnOnce() -> Result<(Value, i64), ServiceError>,
    {
        unreachable!("no shared values are used")
    }

    async fn forget(&self, _: &str) -> Result<(), ServiceError> {
        unreachable!("no shared values are used")
    }
}

/// Calls `tools.openai.<method>(...args)`.
pub(crate) fn call(host: &FakeHost, method: &str, args: &Value) -> tasker_service::Result {
    let request: ServiceRequest = serde_json::from_value(json!({
        "run": "0190b6f0-0000-7000-8000-000000000000",
        "task": "some-task",
        "method": method.split('.').collect::<Vec<_>>(),
        "args": args.to_string(),
        "idempotencyKey": "run:0.1",
    }))
    .unwrap();
    block_on(OpenAi.call(host, &request))
}

/// A JSON answer.
pub(crate) fn json_answer(status: u16, body: &str) -> Response {
    answer(status, "application/json", body.as_bytes())
}

/// An answer with a body of some kind.
pub(crate) fn answer(status: u16, media_type: &str, body: &[u8]) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), media_type.to_owned())],
        body: body.to_vec(),
    }
}
