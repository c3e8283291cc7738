//! The HTTP API, called.

use std::io::{BufRead, BufReader};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tasker_api::{Page, Problem, RawJson, WAIT_MAX_SECONDS};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use crate::Error;
use crate::config::Connection;
use crate::events::Events;

/// What stands as it is in a path segment or query value: the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Longest time without an answer. The longest wait of the API is well below it.
const PATIENCE: Duration = Duration::from_secs(WAIT_MAX_SECONDS as u64 + 30);

/// Largest answer that is read: journals of long runs are large, but come in pages.
const ANSWER_MAX_BYTES: u64 = 256 << 20;

/// Items asked for at once where everything is wanted.
const PAGE: usize = tasker_api::PAGE_MAX as usize;

/// What came of a request: an answer, whatever its status, or none.
type Answer = Result<Response<Body>, ureq::Error>;

/// A client of one app.
pub(crate) struct Client {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

impl Client {
    /// A client. Nothing is sent yet.
    pub(crate) fn new(connection: &Connection) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            // The token is for this address alone.
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(PATIENCE))
            .user_agent(concat!("tasker/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&connection.url) {
            config = config.proxy(None);
        }
        Self {
            agent: config.build().into(),
            url: connection.url.clone(),
            authorization: connection
                .token
                .as_ref()
                .map(|token| format!("Bearer {token}")),
        }
    }

    /// `GET`.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let request = self.agent.get(self.address(path));
        self.answer(self.authorize(request).call())
    }

    /// The events of a run after the one with the id `last`, for at most so long.
    pub(crate) fn events(
        &self,
        path: &str,
        last: &str,
        limit: Duration,
    ) -> Result<Events<impl BufRead + use<>>, Error> {
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
                Ok(Events(BufReader::new(answer.into_body().into_reader())))
            }
            answer => {
                self.text(answer)?;
                Err(self.strange("no stream of events"))
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
        format!("{}{path}", self.url)
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
        serde_json::from_str(&text).map_err(|error| self.strange(error))
    }

    /// The body of an answer that says yes.
    fn text(&self, answer: Answer) -> Result<String, Error> {
        let mut answer = answer.map_err(|error| self.unreachable(&error))?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_MAX_BYTES)
            .read_to_string()
            .map_err(|error| self.unreachable(&error))?;
        if answer.status().is_success() {
            return Ok(text);
        }
        match serde_json::from_str::<Problem>(&text) {
            Ok(problem) => Err(Error::Refused {
                problem: Box::new(problem),
            }),
            Err(_) => Err(self.strange(describe(answer.status(), &text))),
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
            url: self.url.clone(),
            reason,
        }
    }

    fn strange(&self, reason: impl ToString) -> Error {
        Error::Strange {
            url: self.url.clone(),
            reason: reason.to_string(),
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
