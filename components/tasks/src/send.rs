//! Events that are sent to runs: by clients, and by people with a signed address.

use tasker_api::{
    BODY_MAX_BYTES, EVENT_DATA_MAX_BYTES, NoQuery, Problem, RawJson, SendEvent, SentEvent,
    SignedEvent, event_expiry, event_page, event_page_policy, event_problem_page, event_sent_page,
};
use tasker_domain::{ErrorCode, EventUrl, Json};
use tasker_host::{HostStore, config, random_token, time};
use tasker_store::prelude::*;
use tasker_store::{NewEvent, Sent};

use crate::Result;
use crate::answer::{After, Answer};
use crate::error::{internal, no_run, store, store_failed};
use crate::request::Request;

/// A signed address's event is kept at least so long, so that a second use is seen as one.
const KEPT_MS: i64 = 86_400_000;

/// `POST /events`
pub(crate) async fn send(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    let body: SendEvent = request.json(BODY_MAX_BYTES).await?;
    let store = store()?;
    let now = time::now_ms();
    body.check()?;
    let event = NewEvent {
        id: body.id.unwrap_or_else(random_token),
        name: body.name,
        run: body.run_id,
        data: body.data.compact().map_err(internal)?,
        expires_at: event_expiry(body.ttl_seconds, now)?,
    };
    sent(&store, &event, now)
}

/// `GET /events/signed/{token}`: says what is asked. Programs that look at links send nothing by it.
pub(crate) fn confirm(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let asked = open(request).and_then(|(url, store)| {
        // What can be answered no more says so before anybody presses a button.
        if store.was_sent(&url.event_id()).map_err(store_failed)? {
            return Err((used(), Some(url)).into());
        }
        match store.progress(url.run).map_err(store_failed)? {
            None => Err((no_run(url.run), Some(url)).into()),
            Some(run) if run.status.is_terminal() => Err((run_ended(), Some(url)).into()),
            Some(_) => Ok(url),
        }
    });
    match asked {
        Ok(url) if wants_page(request) => Ok(page(200, event_page(&url))),
        Ok(url) => Answer::json(200, &SignedEvent::of(&url).map_err(internal)?),
        Err(refused) => refused.answer(request),
    }
}

/// `POST /events/signed/{token}`
pub(crate) async fn send_signed(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    match give_answer(request).await {
        Ok((url, answer)) if wants_page(request) => {
            Ok(page(200, event_sent_page(&url)).with_after(answer.after))
        }
        Ok((_, answer)) => Ok(answer),
        Err(refused) => refused.answer(request),
    }
}

/// Why an address did nothing, and which it was, if it is one of ours.
struct Refused(Box<(Problem, Option<EventUrl>)>);

impl From<(Problem, Option<EventUrl>)> for Refused {
    fn from(refused: (Problem, Option<EventUrl>)) -> Self {
        Self(Box::new(refused))
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        (problem, None).into()
    }
}

impl Refused {
    fn answer(self, request: &Request) -> Result {
        let (problem, url) = *self.0;
        if !wants_page(request) {
            return Err(problem);
        }
        Ok(page(
            problem.status,
            event_problem_page(url.as_ref(), &problem),
        ))
    }
}

type Asked<T> = std::result::Result<T, Refused>;

/// Sends the event of the address.
async fn give_answer(request: &mut Request) -> Asked<(EventUrl, Answer)> {
    let (url, store) = open(request)?;
    let data = match data(&url, request).await {
        Ok(data) => data,
        Err(problem) => return Err((problem, Some(url)).into()),
    };
    let now = time::now_ms();
    let event = NewEvent {
        id: url.event_id(),
        run: Some(url.run),
        data,
        expires_at: url.until.max(now.saturating_add(KEPT_MS)),
        name: url.name.clone(),
    };
    let answer = match store.send_event(&event, now).map_err(store_failed)? {
        Sent::Existing | Sent::Conflict => Err(used()),
        other => answer(&event, other),
    };
    match answer {
        Ok(answer) => Ok((url, answer)),
        Err(problem) => Err((problem, Some(url)).into()),
    }
}

/// The data of the event: the address's own, or else what the request says.
async fn data(url: &EventUrl, request: &mut Request) -> Result<Json> {
    let is_json = request
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
    match (&url.data, is_json) {
        (Some(_), true) => {
            let detail = "this address says the event's data itself: send no body";
            Err(Problem::new(ErrorCode::BadRequest, detail))
        }
        (Some(data), false) => Ok(data.clone()),
        (None, true) => {
            let data: RawJson = request.json(EVENT_DATA_MAX_BYTES).await?;
            data.compact().map_err(internal)
        }
        (None, false) => Ok("null".to_owned()),
    }
}

fn used() -> Problem {
    Problem::new(
        ErrorCode::EventUrlUsed,
        "this address has sent its event; it does so once",
    )
}

fn run_ended() -> Problem {
    Problem::new(
        ErrorCode::RunFinished,
        "the run that the event is for has ended",
    )
}

/// A browser says that it takes HTML.
fn wants_page(request: &Request) -> bool {
    request
        .header("accept")
        .is_some_and(|accept| accept.contains("text/html"))
}

fn sent(store: &HostStore, event: &NewEvent, now: i64) -> Result {
    let sent = store.send_event(event, now).map_err(store_failed)?;
    answer(event, sent)
}

fn answer(event: &NewEvent, sent: Sent) -> Result {
    let body = |delivered| SentEvent {
        id: event.id.clone(),
        name: event.name.clone(),
        delivered,
    };
    match sent {
        Sent::Created { delivered, more } => {
            let answer = Answer::json(202, &body(delivered))?;
            let woke = delivered > 0 || more;
            Ok(answer.with_after(if woke { After::Drain } else { After::Nothing }))
        }
        Sent::Existing => Answer::json(200, &body(0)),
        Sent::Conflict => Err(Problem::new(
            ErrorCode::IdempotencyConflict,
            format!("another event was sent with the id `{}`", event.id),
        )),
        Sent::NoRun => Err(event.run.map_or_else(|| internal("no run"), no_run)),
        Sent::RunEnded => Err(run_ended()),
    }
}

/// What the address sends, if it is one of ours and its time is not up.
fn open(request: &Request) -> Asked<(EventUrl, HostStore)> {
    let secret = config::text("event_key").map_err(internal)?;
    let Some(url) = EventUrl::open(request.param(0), &secret) else {
        return Err(Problem::new(
            ErrorCode::EventUrlInvalid,
            "this address was not made by this app, or was changed on its way",
        )
        .into());
    };
    // Its time goes by the store's clock.
    let store = store()?;
    if url.until <= time::now_ms() {
        let problem = Problem::new(ErrorCode::EventUrlExpired, "the time of this address is up");
        return Err((problem, Some(url)).into());
    }
    Ok((url, store))
}

/// A page for people, which loads nothing, runs nothing, tells nobody where it was, and cannot be framed.
fn page(status: u16, html: String) -> Answer {
    Answer::text(status, "text/html; charset=utf-8", html)
        .with_header("content-security-policy", event_page_policy())
        .with_header("referrer-policy", "no-referrer")
}
