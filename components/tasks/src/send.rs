//! Events that are sent to runs: by clients, and by people with a signed address.

use tasker_api::{
    BODY_MAX_BYTES, EVENT_DATA_MAX_BYTES, NoQuery, Problem, RawJson, SendEvent, SentEvent,
    event_expiry, event_page, event_sent_page,
};
use tasker_domain::{ErrorCode, EventUrl};
use tasker_host::{HostStore, config, random_token, time};
use tasker_store::{Events, NewEvent, Sent};

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

/// `GET /events/signed/{token}`: asks for a confirmation. Programs that look at links send nothing by it.
pub(crate) fn confirm(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let (url, _) = open(request)?;
    Ok(page(200, event_page(&url.name)))
}

/// `POST /events/signed/{token}`
pub(crate) async fn send_signed(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    let (url, store) = open(request)?;
    let is_json = request
        .header("content-type")
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
    let data = match (&url.data, is_json) {
        (Some(_), true) => {
            let detail = "this address says the event's data itself: send no body";
            return Err(Problem::new(ErrorCode::BadRequest, detail));
        }
        (Some(data), false) => data.clone(),
        (None, true) => {
            let data: RawJson = request.json(EVENT_DATA_MAX_BYTES).await?;
            data.compact().map_err(internal)?
        }
        (None, false) => "null".to_owned(),
    };
    let now = time::now_ms();
    let event = NewEvent {
        id: url.event_id(),
        run: Some(url.run),
        data,
        expires_at: url.until.max(now.saturating_add(KEPT_MS)),
        name: url.name,
    };
    let answer = match store.send_event(&event, now).map_err(store_failed)? {
        Sent::Existing | Sent::Conflict => Err(Problem::new(
            ErrorCode::EventUrlUsed,
            "this address has sent its event; it does so once",
        )),
        other => answer(&event, other),
    }?;
    let wants_page = request
        .header("accept")
        .is_some_and(|accept| accept.contains("text/html"));
    if wants_page {
        return Ok(page(200, event_sent_page(&event.name)).with_after(answer.after));
    }
    Ok(answer)
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
        Sent::RunEnded => Err(Problem::new(
            ErrorCode::RunFinished,
            "the run that the event is for has ended",
        )),
    }
}

/// What the address sends, if it is one of ours and its time is not up.
fn open(request: &Request) -> Result<(EventUrl, HostStore)> {
    let secret = config::text("event_key").map_err(internal)?;
    let Some(url) = EventUrl::open(request.param(0), &secret) else {
        return Err(Problem::new(
            ErrorCode::EventUrlInvalid,
            "this address was not made by this app, or was changed on its way",
        ));
    };
    // Its time goes by the store's clock.
    let store = store()?;
    if url.until <= time::now_ms() {
        return Err(Problem::new(
            ErrorCode::EventUrlExpired,
            "the time of this address is up",
        ));
    }
    Ok((url, store))
}

/// A page for people, which loads nothing, tells nobody where it was, and cannot be framed.
fn page(status: u16, html: String) -> Answer {
    Answer::text(status, "text/html; charset=utf-8", html)
        .with_header(
            "content-security-policy",
            "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
        )
        .with_header("referrer-policy", "no-referrer")
}
