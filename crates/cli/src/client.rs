//! The HTTP API, called.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader};
use std::sync::Arc;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tasker_api::{Page, Problem, RawJson, SubmitRun, WAIT_MAX_SECONDS};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use crate::Error;
use crate::config::Target;
use crate::error::is_passing_status;
use crate::events::Events;
use crate::output::Output;
use crate::patience::Patience;

/// What stands as it is in a path segment or query value: the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Longest time without an answer. The longest wait of the API is well below it.
const ANSWER_MAX: Duration = Duration::from_secs(WAIT_MAX_SECONDS as u64 + 30);

/// Largest answer that is read: journals of long runs are large, but come in pages.
const ANSWER_MAX_BYTES: u64 = 256 << 20;

/// Items asked for at once where everything is wanted.
const PAGE: usize = tasker_api::PAGE_MAX as usize;

/// What came of a request: an answer, whatever its status, or none.
type Answer = Result<Response<Body>, ureq::Error>;

/// A client of one app.
pub(crate) struct Client {
    agent: Agent,
    target: Arc<Target>,
    authorization: Option<String>,
    /// How to try again what is harmless to repeat.
    patience: Patience,
    /// Whether there has been an answer of any kind.
    reached: Cell<bool>,
}

impl Client {
    /// A client that never tries again. Nothing is sent yet.
    pub(crate) fn new(output: Output, target: Target) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // The token is for this address alone.
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(ANSWER_MAX))
            .user_agent(concat!("tasker/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&target.url) {
            config = config.proxy(None);
        }
        let token = target.token.as_ref();
        Self {
            agent: config.build().into(),
            authorization: token.map(|token| format!("Bearer {}", token.value)),
            target: Arc::new(target),
            patience: Patience::new(output, Duration::ZERO),
            reached: Cell::new(false),
        }
    }

    /// The same client, which tries again for this long after passing errors.
    pub(crate) fn patient(self, output: Output, limit: Duration) -> Self {
        Self {
            patience: Patience::new(output, limit),
            ..self
        }
    }

    /// How this client tries again.
    pub(crate) fn patience(&self) -> &Patience {
        &self.patience
    }

    /// Who is asked, for people.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// `GET`.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        self.patience.ask(|| {
            let request = self.agent.get(self.address(path));
            self.answer(self.authorize(request).call())
        })
    }

    /// Submits a run. Only under an idempotency key is that harmless to repeat.
    pub(crate) fn submit<T: DeserializeOwned>(&self, run: &SubmitRun) -> Result<T, Error> {
        match run.idempotency_key {
            Some(_) => self.patience.ask(|| self.post("/tasks", run)),
            None => self.post("/tasks", run),
        }
    }

    /// The events of a run after the one with the id `last`, for at most this long. Passing errors are the caller's
    /// to handle, who knows whether the stream has told anything.
    pub(crate) fn events(
        &self,
        path: &str,
        last: &str,
        limit: Duration,
    ) -> Result<Events<impl BufRead + use<>, impl FnMut() + use<'_>>, Error> {
        let mut request = self.agent.get(self.address(path));
        if !last.is_empty() {
            request = request.header("Last-Event-ID", last);
        }
        let request = request
            .config()
            .timeout_recv_response(Some(limit))
            .timeout_recv_body(Some(limit))
            .build();
        let answer = self.authorize(request).call();
        match answer {
            Ok(answer) if answer.status().is_success() => {
                self.reached.set(true);
                let stream = BufReader::new(answer.into_body().into_reader());
                Ok(Events(stream, move || self.patience.hear()))
            }
            answer => {
                self.text(answer)?;
                Err(self.strange("no stream of events", false))
            }
        }
    }

    /// `PUT` with a JSON body.
    pub(crate) fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.answer(self.send(self.agent.put(self.address(path)), body)?)
    }

    /// `PUT` with a JSON body, where the answer has none.
    pub(crate) fn put_only(&self, path: &str, body: &impl Serialize) -> Result<(), Error> {
        self.text(self.send(self.agent.put(self.address(path)), body)?)
            .map(drop)
    }

    /// `POST` with a JSON body.
    pub(crate) fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        self.answer(self.send(self.agent.post(self.address(path)), body)?)
    }

    /// `POST` without a body.
    pub(crate) fn post_empty<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let request = self.agent.post(self.address(path));
        self.answer(self.authorize(request).send_empty())
    }

    /// `DELETE`.
    pub(crate) fn delete(&self, path: &str) -> Result<(), Error> {
        let request = self.agent.delete(self.address(path));
        self.text(self.authorize(request).call()).map(drop)
    }

    /// The items of a list, over as many pages as it takes: at most `limit`.
    pub(crate) fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        limit: Option<usize>,
    ) -> Result<Page<T>, Error> {
        let mut all = Page {
            items: Vec::new(),
            next_cursor: None,
        };
        loop {
            let wanted = limit.map_or(PAGE, |limit| (limit - all.items.len()).min(PAGE));
            let page: Page<T> = self.page(path, query, wanted, all.next_cursor.as_deref())?;
            all.items.extend(page.items);
            all.next_cursor = page.next_cursor;
            if all.next_cursor.is_none() || limit.is_some_and(|limit| all.items.len() >= limit) {
                return Ok(all);
            }
        }
    }

    /// One page of a list.
    pub(crate) fn page<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<Page<T>, Error> {
        let limit = limit.to_string();
        let rest = [("limit", Some(limit.as_str())), ("cursor", cursor)];
        let all = query.iter().copied().chain(
            rest.into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let query: Vec<String> = all
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        self.get(&format!("{path}?{}", query.join("&")))
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.target.url)
    }

    fn authorize<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        match &self.authorization {
            Some(authorization) => request.header("Authorization", authorization),
            None => request,
        }
    }

    fn send(
        &self,
        request: ureq::RequestBuilder<ureq::typestate::WithBody>,
        body: &impl Serialize,
    ) -> Result<Answer, Error> {
        let body = serde_json::to_string(body).map_err(std::io::Error::from)?;
        let request = self
            .authorize(request)
            .header("Content-Type", "application/json");
        Ok(request.send(body))
    }

    fn answer<T: DeserializeOwned>(&self, answer: Answer) -> Result<T, Error> {
        let text = self.text(answer)?;
        serde_json::from_str(&text).map_err(|error| match error.is_eof() {
            true => self.broken_off(),
            false => self.strange(error, false),
        })
    }

    /// The body of an answer that says yes.
    fn text(&self, answer: Answer) -> Result<String, Error> {
        let mut answer = answer.map_err(|error| self.unreachable(&error))?;
        self.reached.set(true);
        let text = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_MAX_BYTES)
            .read_to_string()
            .map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() {
            return Ok(text);
        }
        let status = answer.status();
        match serde_json::from_str::<Problem>(&text) {
            Ok(problem) => Err(Error::Refused {
                target: Arc::clone(&self.target),
                problem: Box::new(problem),
                retry_after: retry_after(&answer),
            }),
            Err(_) => {
                let passing = is_passing_status(status.as_u16());
                Err(self.strange(describe(status, &text), passing))
            }
        }
    }

    /// An answer that broke off.
    pub(crate) fn broken_off(&self) -> Error {
        Error::Unreachable {
            target: Arc::clone(&self.target),
            reason: "the answer broke off".to_owned(),
            passing: true,
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> Error {
        let reason = match error {
            ureq::Error::Io(error) => error.to_string(),
            ureq::Error::HostNotFound => "no such host".to_owned(),
            ureq::Error::Timeout(_) => "no answer in time".to_owned(),
            error => error.to_string(),
        };
        Error::Unreachable {
            target: Arc::clone(&self.target),
            reason,
            passing: self.is_passing(error),
        }
    }

    fn is_passing(&self, error: &ureq::Error) -> bool {
        match error {
            // What TLS has to say comes as one of the first two.
            ureq::Error::Io(error) => !matches!(
                error.kind(),
                io::ErrorKind::InvalidData
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::PermissionDenied
            ),
            ureq::Error::Timeout(_)
            | ureq::Error::Protocol(_)
            | ureq::Error::ConnectionFailed
            | ureq::Error::BodyStalled => true,
            // A name that was never found is more likely misspelt than unreachable.
            ureq::Error::HostNotFound => self.reached.get(),
            _ => false,
        }
    }

    fn strange(&self, reason: impl ToString, passing: bool) -> Error {
        Error::Strange {
            target: Arc::clone(&self.target),
            reason: reason.to_string(),
            passing,
        }
    }
}

/// A text as a path segment or query value.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A raw item as its type, for a command that prints the raw one.
pub(crate) fn read<T: DeserializeOwned>(raw: &RawJson) -> Result<T, Error> {
    serde_json::from_str(raw.as_str()).map_err(|error| Error::Stdio(error.into()))
}

/// After how many seconds an answer asks to be asked again.
fn retry_after(answer: &Response<Body>) -> Option<Duration> {
    let value = answer.headers().get("retry-after")?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

fn describe(status: StatusCode, body: &str) -> String {
    let body = crate::output::brief(body, 80);
    if body.is_empty() {
        format!("HTTP {status}")
    } else {
        format!("HTTP {status}: {body}")
    }
}

fn is_loopback(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"]
        .iter()
        .any(|local| host.starts_with(local))
}
