//! Events that are sent to runs: by clients, and by people with a signed address.

use http::StatusCode;
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use serde::Serialize;
use tasker_api::{SentEvent, event_page_policy, event_problem_page};
use tasker_domain::{ErrorCode, EventUrl};
use tasker_host::{HostStore, time};
use tasker_store::{NewEvent, Sent};

use crate::answer::{After, Answer};
use crate::content::Json;
use crate::error::{Error, Result, internal, no_run, store};
use crate::request::Request;
use crate::settings::event_key;

/// The answer about an event that was sent.
pub(crate) fn sent(event: &NewEvent, outcome: Sent) -> Result<Answer<Json<SentEvent>>> {
    let body = |delivered| SentEvent {
        id: event.id.clone(),
        name: event.name.clone(),
        delivered,
    };
    match outcome {
        Sent::Created { delivered, more } => {
            let answer = Answer::json(StatusCode::ACCEPTED, &body(delivered))?;
            let woke = delivered > 0 || more;
            Ok(answer.with_after(if woke { After::Drain } else { After::Nothing }))
        }
        Sent::Existing => Answer::ok(&body(0)),
        Sent::Conflict => Err(Error::new(
            ErrorCode::IdempotencyConflict,
            format!("another event was sent with the id `{}`", event.id),
        )),
        Sent::NoRun => Err(event.run.map_or_else(|| internal("no run"), no_run)),
        Sent::RunEnded => Err(run_ended()),
    }
}

/// Why a signed address did nothing, and which it was, if it is one of ours.
pub(crate) struct Refused(Box<(Error, Option<EventUrl>)>);

impl<E: Into<Error>> From<E> for Refused {
    fn from(problem: E) -> Self {
        Self(Box::new((problem.into(), None)))
    }
}

impl Error {
    /// The same, of this address.
    pub(crate) fn about(self, url: EventUrl) -> Refused {
        Refused(Box::new((self, Some(url))))
    }
}

impl Refused {
    /// Its answer: a page if the client takes one.
    pub(crate) fn answer<C>(self, request: &Request) -> Result<Answer<C>> {
        let (problem, url) = *self.0;
        if !wants_page(request) {
            return Err(problem);
        }
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Ok(page(status, event_problem_page(url.as_ref(), &problem)))
    }
}

/// What the address sends, if it is one of ours and has not expired.
pub(crate) fn open(token: &str) -> std::result::Result<(EventUrl, HostStore), Refused> {
    let secret = event_key()?;
    let url = EventUrl::open(token, &secret).ok_or_else(|| {
        Error::new(
            ErrorCode::EventUrlInvalid,
            "this address was not made by this app, or was changed on its way",
        )
    })?;
    // The store's clock decides whether it has expired.
    let store = store()?;
    if url.until <= time::now_ms() {
        let problem = Error::new(ErrorCode::EventUrlExpired, "the time of this address is up");
        return Err(problem.about(url));
    }
    Ok((url, store))
}

pub(crate) fn used() -> Error {
    Error::new(
        ErrorCode::EventUrlUsed,
        "this address has sent its event; it does so once",
    )
}

pub(crate) fn run_ended() -> Error {
    Error::new(
        ErrorCode::RunFinished,
        "the run that the event is for has ended",
    )
}

/// A browser says that it takes HTML.
pub(crate) fn wants_page(request: &Request) -> bool {
    request
        .header(ACCEPT)
        .is_some_and(|accept| accept.contains("text/html"))
}

/// The JSON of something that a task has written, for whoever opens an address. Even as a page it would do nothing.
pub(crate) fn inert<T: Serialize>(message: &T) -> Result<Answer<Json<T>>> {
    // Only strings have this character, and may have it escaped.
    let json = serde_json::to_string(message).map_err(internal)?;
    let json = json.replace('<', "\\u003c");
    let answer = Answer::text(StatusCode::OK, "application/json", json);
    Ok(answer.with_header(CONTENT_SECURITY_POLICY, &event_page_policy()))
}

/// A page for people, which loads nothing, runs nothing, tells nobody where it was, and cannot be framed.
pub(crate) fn page<C>(status: StatusCode, html: String) -> Answer<C> {
    Answer::text(status, "text/html; charset=utf-8", html)
        .with_header(CONTENT_SECURITY_POLICY, &event_page_policy())
        .with_header(REFERRER_POLICY, "no-referrer")
}
