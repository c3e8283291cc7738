//! A host without a world: it records what is sent and answers by script.
#![allow(dead_code, reason = "each test file uses a part")]

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::task::Poll;

use futures::lock::Mutex;
use serde_json::{Value, json};
use tasker_domain::ErrorCode;
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_service::http::{Request, Response};
use tasker_service::secret::Secret;
use tasker_service::{Host, Service, refused};
use tasker_settings::Setting;
use wrappedgapi::Gapi;

/// A key pair that guards nothing.
pub(crate) const KEY: &str = include_str!("key.pem");
pub(crate) const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
/// To this host no request may be sent.
pub(crate) const CLOSED: &str = "https://closed.example.com:8443/";

/// What answers: the request, and how many were sent before it.
type Answer = Box<dyn Fn(&Request, usize) -> Response>;

pub(crate) struct Fake {
    pub(crate) now: Cell<i64>,
    pub(crate) settings: HashMap<&'static str, String>,
    pub(crate) credentials: HashMap<&'static str, String>,
    pub(crate) sent: RefCell<Vec<Request>>,
    pub(crate) hidden: RefCell<Vec<String>>,
    answer: Answer,
    shared: Mutex<HashMap<String, (Value, i64)>>,
}

impl Fake {
    /// With a service account. Requests for a token get one, all others what `answer` says.
    pub(crate) fn new(answer: impl Fn(&Request, usize) -> Response + 'static) -> Self {
        let file = json!({
            "type": "service_account",
            "client_email": "tasker@project.example.com",
            "private_key_id": "key-1",
            "private_key": KEY,
            "token_uri": "https://evil.example.com/token",
        });
        Self {
            now: Cell::new(1_800_000_000_000),
            settings: HashMap::new(),
            credentials: HashMap::from([("google_service_account", file.to_string())]),
            sent: RefCell::default(),
            hidden: RefCell::default(),
            answer: Box::new(answer),
            shared: Mutex::default(),
        }
    }

    /// The same, where every call succeeds with `{}`.
    pub(crate) fn willing() -> Self {
        Self::new(|_, _| json_response(200, &json!({})))
    }

    /// Makes a call: `gmail.users.messages.list`, and the list of its arguments.
    pub(crate) async fn call(&self, method: &str, args: Value) -> Result<Value, ServiceError> {
        self.call_path(&[method], args).await
    }

    /// Makes a call with this path.
    pub(crate) async fn call_path(
        &self,
        path: &[&str],
        args: Value,
    ) -> Result<Value, ServiceError> {
        let call: ServiceRequest = serde_json::from_value(json!({
            "run": "01890000-0000-7000-8000-000000000000",
            "method": path,
            "args": args.to_string(),
            "idempotencyKey": "01890000-0000-7000-8000-000000000000:0.1",
        }))
        .expect("a call");
        let value = Gapi.call(self, &call).await?;
        Ok(serde_json::from_str(&value).expect("an answer is JSON"))
    }

    /// The requests so far, without those for tokens.
    pub(crate) fn calls(&self) -> Vec<Request> {
        let sent = self.sent.borrow();
        sent.iter()
            .filter(|request| request.url != TOKEN_URL)
            .cloned()
            .collect()
    }

    /// How many tokens were asked for.
    pub(crate) fn token_requests(&self) -> usize {
        self.sent.borrow().len() - self.calls().len()
    }
}

pub(crate) fn json_response(status: u16, body: &Value) -> Response {
    response(
        status,
        "application/json; charset=UTF-8",
        body.to_string().as_bytes(),
    )
}

pub(crate) fn response(status: u16, content_type: &str, body: &[u8]) -> Response {
    Response {
        status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.to_vec(),
    }
}

async fn give_way() {
    let mut given = false;
    futures::future::poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Host for Fake {
    fn now_ms(&self) -> i64 {
        self.now.get()
    }

    fn random(&self, length: usize) -> Vec<u8> {
        vec![4; length]
    }

    fn setting<T>(&self, setting: &Setting<T>) -> Result<T, ServiceError> {
        let own = self.settings.get(setting.name()).map(String::as_str);
        let value = setting.parse(own.unwrap_or(setting.default()));
        value.map_err(|error| refused(ErrorCode::ServiceUnavailable, error.to_string()))
    }

    async fn credential(
        &self,
        variable: &Setting<String>,
        _: &str,
    ) -> Result<Option<Secret>, ServiceError> {
        let text = self.credentials.get(variable.name()).cloned();
        Ok(text.map(Secret::new))
    }

    fn hide(&self, text: &str) {
        self.hidden.borrow_mut().push(text.to_owned());
    }

    async fn send(&self, request: Request) -> Result<Response, ServiceError> {
        let before = self.sent.borrow().len();
        let tokens = self.token_requests();
        self.sent.borrow_mut().push(request.clone());
        // Others get their turn while this one is on its way.
        give_way().await;
        if request.url.starts_with(CLOSED) {
            return Err(refused(ErrorCode::HostForbidden, "not to this host"));
        }
        if request.url != TOKEN_URL {
            return Ok((self.answer)(&request, before - tokens));
        }
        let token = json!({"access_token": format!("ya29.token-{tokens}"), "expires_in": 3599, "token_type": "Bearer"});
        let answer = (self.answer)(&request, tokens);
        let says_nothing = answer.status == 200 && answer.body == b"{}";
        Ok(if says_nothing {
            json_response(200, &token)
        } else {
            answer
        })
    }

    async fn shared<F>(&self, key: &str, make: F) -> Result<Value, ServiceError>
    where
        F: AsyncFnOnce() -> Result<(Value, i64), ServiceError>,
    {
        let mut shared = self.shared.lock().await;
        if let Some((value, until)) = shared.get(key)
            && *until > self.now.get()
        {
            return Ok(value.clone());
        }
        let (value, until) = make().await?;
        shared.insert(key.to_owned(), (value.clone(), until));
        Ok(value)
    }

    async fn forget(&self, key: &str) -> Result<(), ServiceError> {
        self.shared.lock().await.remove(key);
        Ok(())
    }
}
