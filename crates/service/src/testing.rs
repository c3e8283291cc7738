//! A host for tests of services: it answers from a list and keeps what it was asked to send.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};

use futures::executor::block_on;
use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_settings::Setting;

use crate::http::{Request, Response};
use crate::secret::Secret;
use crate::{Host, Service, refused};

/// The present moment of all tests, milliseconds since the Unix epoch.
pub const NOW_MS: i64 = 1_700_000_000_000;

/// A host that answers from a list.
#[derive(Default)]
pub struct FakeHost {
    answers: RefCell<VecDeque<Result<Response, ServiceError>>>,
    /// The answer to every request after those.
    usual: Option<Result<Response, ServiceError>>,
    sent: RefCell<Vec<Request>>,
    settings: BTreeMap<&'static str, String>,
    credentials: BTreeMap<(&'static str, &'static str), String>,
    shared: RefCell<HashMap<String, Value>>,
    made: Cell<u32>,
}

impl FakeHost {
    /// A host with these settings, the others at their defaults, which gives these answers in their order.
    #[must_use]
    pub fn new(
        settings: &[(&'static str, &str)],
        answers: impl IntoIterator<Item = Response>,
    ) -> Self {
        let settings = settings
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        Self {
            answers: RefCell::new(answers.into_iter().map(Ok).collect()),
            settings: settings.collect(),
            ..Self::default()
        }
    }

    /// With a further setting, or another value of one.
    #[must_use]
    pub fn with(mut self, setting: &'static str, value: &str) -> Self {
        self.settings.insert(setting, value.to_owned());
        self
    }

    /// With a credential, under the name of its variable and its key in the keystore.
    #[must_use]
    pub fn with_credential(mut self, name: &'static str, key: &'static str, text: &str) -> Self {
        self.credentials.insert((name, key), text.to_owned());
        self
    }

    /// Without any credential.
    #[must_use]
    pub fn without_credentials(mut self) -> Self {
        self.credentials.clear();
        self
    }

    /// With a request that fails after those that are answered.
    #[must_use]
    pub fn failing(mut self, error: ServiceError) -> Self {
        self.answers.get_mut().push_back(Err(error));
        self
    }

    /// With one answer to all requests after those that have their own.
    #[must_use]
    pub fn always(mut self, answer: Result<Response, ServiceError>) -> Self {
        self.usual = Some(answer);
        self
    }

    /// What it was asked to send.
    #[must_use]
    pub fn sent(&self) -> Vec<Request> {
        self.sent.borrow().clone()
    }

    /// How often a shared value was made.
    #[must_use]
    pub fn made(&self) -> u32 {
        self.made.get()
    }
}

/// # Panics
/// Each method if the service asks for what the test does not know of.
impl Host for FakeHost {
    fn now_ms(&self) -> i64 {
        NOW_MS
    }

    fn random(&self, length: usize) -> Vec<u8> {
        vec![7; length]
    }

    fn setting<T>(&self, setting: &Setting<T>) -> Result<T, ServiceError> {
        let name = setting.name();
        let own = self.settings.get(name).map(String::as_str);
        let text = own.or(setting.about.default);
        let text = text.unwrap_or_else(|| panic!("the setting `{name}` has no default"));
        let value = setting.parse(text);
        value.map_err(|error| refused(ErrorCode::ServiceUnavailable, error.to_string()))
    }

    async fn credential(
        &self,
        variable: &Setting<String>,
        key: &str,
    ) -> Result<Option<Secret>, ServiceError> {
        let mut known = self.credentials.iter();
        let found = known.find(|(names, _)| **names == (variable.name(), key));
        Ok(found.map(|(_, text)| Secret::new(text.clone())))
    }

    async fn send(&self, request: Request) -> Result<Response, ServiceError> {
        let cut_at = match request.method.as_str() {
            "HEAD" => 0,
            _ => request.cut_at.unwrap_or(usize::MAX),
        };
        self.sent.borrow_mut().push(request);
        let answer = self.answers.borrow_mut().pop_front();
        let answer = answer.or_else(|| self.usual.clone());
        let mut response = answer.expect("one more request than answers")?;
        response.body.truncate(cut_at);
        Ok(response)
    }

    async fn shared<F>(&self, key: &str, make: F) -> Result<Value, ServiceError>
    where
        F: AsyncFnOnce() -> Result<(Value, i64), ServiceError>,
    {
        if let Some(value) = self.shared.borrow().get(key) {
            return Ok(value.clone());
        }
        let (value, _) = make().await?;
        self.made.set(self.made.get() + 1);
        self.shared
            .borrow_mut()
            .insert(key.to_owned(), value.clone());
        Ok(value)
    }

    async fn forget(&self, key: &str) -> Result<(), ServiceError> {
        self.shared.borrow_mut().remove(key);
        Ok(())
    }
}

/// A host that knows the time, in milliseconds since the Unix epoch, and nothing else: all that the keystore asks it for.
pub struct Clock(pub i64);

/// # Panics
/// Each method but [`Host::now_ms`].
impl Host for Clock {
    fn now_ms(&self) -> i64 {
        self.0
    }

    fn random(&self, _: usize) -> Vec<u8> {
        panic!("it asks for randomness")
    }

    fn setting<T>(&self, _: &Setting<T>) -> Result<T, ServiceError> {
        panic!("it asks for a setting")
    }

    async fn credential(
        &self,
        _: &Setting<String>,
        _: &str,
    ) -> Result<Option<Secret>, ServiceError> {
        panic!("it asks for a credential")
    }

    async fn send(&self, _: Request) -> Result<Response, ServiceError> {
        panic!("it sends a request")
    }

    async fn shared<F>(&self, _: &str, _: F) -> Result<Value, ServiceError>
    where
        F: AsyncFnOnce() -> Result<(Value, i64), ServiceError>,
    {
        panic!("it asks for a shared value")
    }

    async fn forget(&self, _: &str) -> Result<(), ServiceError> {
        panic!("it asks for a shared value")
    }
}

/// Calls `tools.<service>.<method>(...args)`, where `method` is a path with dots.
///
/// # Errors
/// Those of the service.
///
/// # Panics
/// If the service gives what is no JSON.
pub fn call<S: Service>(
    service: &S,
    host: &impl Host,
    method: &str,
    args: &Value,
) -> Result<Value, ServiceError> {
    let value = block_on(service.call(host, &request(method, args)))?;
    Ok(serde_json::from_str(&value).expect("a service gives JSON"))
}

/// The request that a task's call becomes.
///
/// # Panics
/// Never: its form is fixed.
#[must_use]
pub fn request(method: &str, args: &Value) -> ServiceRequest {
    serde_json::from_value(json!({
        "run": "0190b6f0-0000-7000-8000-000000000000",
        "frame": "0",
        "method": method.split('.').collect::<Vec<_>>(),
        "args": args.to_string(),
        "idempotencyKey": "run:0.1",
    }))
    .expect("it has the form of a request")
}

/// An answer with a body of some media type.
#[must_use]
pub fn answer(status: u16, media_type: &str, body: impl AsRef<[u8]>) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), media_type.to_owned())],
        body: body.as_ref().to_vec(),
    }
}
