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
use wrappedwebsearch::WebSearch;

pub(crate) struct FakeHost {
    answers: RefCell<VecDeque<Response>>,
    sent: RefCell<Vec<Request>>,
    settings: BTreeMap<&'static str, String>,
    key: Option<&'static str>,
}

impl FakeHost {
    pub(crate) fn new(answers: impl IntoIterator<Item = Response>) -> Self {
        let settings = [
            ("websearch_engine", "duckduckgo"),
            ("websearch_base_url", "https://html.duckduckgo.com"),
            ("websearch_base_path", ""),
            ("websearch_private_hosts", ""),
            ("websearch_ports", "80,443"),
        ];
        Self {
            answers: RefCell::new(answers.into_iter().collect()),
            sent: RefCell::default(),
            settings: settings
                .map(|(name, value)| (name, value.to_owned()))
                .into(),
            key: Some("brave-key"),
        }
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

    pub(crate) fn urls(&self) -> Vec<String> {
        self.sent
            .borrow()
            .iter()
            .map(|request| request.url.clone())
            .collect()
    }
}

impl Host for FakeHost {
    fn now_ms(&self) -> i64 {
        0
    }

    fn random(&self, length: usize) -> Vec<u8> {
        vec![7; length]
    }

    fn setting(&self, name: &str) -> Result<String, ServiceError> {
        Ok(self.settings[name].clone())
    }

    async fn credential(&self, name: &str, key: &str) -> Result<Option<Secret>, ServiceError> {
        assert_eq!((name, key), ("websearch_api_key", "api_key"));
        Ok(self.key.map(|key| Secret::new(key.to_owned())))
    }

    async fn send(&self, request: Request) -> Result<Response, ServiceError> {
        let cut_at = request.cut_at.unwrap_or(usize::MAX);
        self.sent.borrow_mut().push(request);
        let mut response = self
            .answers
            .borrow_mut()
            .pop_front()
            .expect("one more request than answers");
        response.body.truncate(cut_at);
        Ok(response)
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

/// Calls `tools.websearch.<method>(...args)`.
pub(crate) fn call(host: &FakeHost, method: &str, args: &Value) -> Result<Value, ServiceError> {
    let request: ServiceRequest = serde_json::from_value(json!({
        "run": "0190b6f0-0000-7000-8000-000000000000",
        "task": "some-task",
        "method": [method],
        "args": args.to_string(),
        "idempotencyKey": "run:0.1",
    }))
    .unwrap();
    let value = block_on(WebSearch.call(host, &request))?;
    Ok(serde_json::from_str(&value).unwrap())
}

pub(crate) fn answer(status: u16, media_type: &str, body: impl AsRef<[u8]>) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), media_type.to_owned())],
        body: body.as_ref().to_vec(),
    }
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
