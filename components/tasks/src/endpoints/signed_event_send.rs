//! Sends the event of a signed address.

use tasker_api::{EVENT_DATA_MAX_BYTES, RawJson, SentEvent, event_sent_page};
use tasker_domain::{EventUrl, Json as JsonText};
use tasker_store::{NewEvent, Sent};
use utoipa::openapi::ComponentsBuilder;
use utoipa::openapi::schema::Type;

use crate::content::of_type;
use crate::endpoint::*;
use crate::events::{Refused, open, page, sent, used, wants_page};
use crate::request::Request;

/// The event of a signed address is kept at least this long, so that a second use is seen as one.
const KEPT_MS: i64 = 86_400_000;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/events/signed/{token}";
    const NEEDS: Needs = Needs::Nothing;
    const ID: &'static str = "sendSignedEvent";
    const TAG: &'static str = "events";
    const SUMMARY: &'static str = "Sends the event of a signed address, once. A JSON body is \
        its data, unless the address says it";
    const ANSWERS: Answers = &[
        (StatusCode::ACCEPTED, "It is sent"),
        (StatusCode::OK, "The same for a browser"),
    ];
    const PROBLEMS: Problems = &[
        EventUrlInvalid,
        EventUrlExpired,
        EventUrlUsed,
        RunNotFound,
        RunFinished,
        BodyTooLarge,
    ];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = SentOrPage;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let mut request = call.request;
        match send(&call.path, &mut request).await {
            Ok((url, answer)) if wants_page(&request) => {
                Ok(page(StatusCode::OK, event_sent_page(&url)).with_after(answer.after))
            }
            Ok((_, answer)) => Ok(answer.of()),
            Err(refused) => refused.answer(&request),
        }
    }
}

/// What was sent, or a page for people.
pub(crate) struct SentOrPage;

impl Content for SentOrPage {
    fn content(status: StatusCode) -> Described {
        match status {
            StatusCode::OK => Some(("text/html; charset=utf-8", of_type(Type::String))),
            _ => Json::<SentEvent>::content(status),
        }
    }

    fn add_schemas(components: ComponentsBuilder) -> ComponentsBuilder {
        <Json<SentEvent> as Content>::add_schemas(components)
    }
}

/// Sends the event of the address.
async fn send(
    token: &str,
    request: &mut Request,
) -> std::result::Result<(EventUrl, Answer<Json<SentEvent>>), Refused> {
    let (url, store) = open(token)?;
    let data = match data(&url, request).await {
        Ok(data) => data,
        Err(problem) => return Err(problem.about(url)),
    };
    let now = time::now_ms();
    let event = NewEvent {
        id: url.event_id(),
        run: Some(url.run),
        data,
        expires_at: url.until.max(now.saturating_add(KEPT_MS)),
        name: url.name.clone(),
    };
    let answer = match store.send_event(&event, now)? {
        Sent::Existing | Sent::Conflict => Err(used()),
        outcome => sent(&event, outcome),
    };
    match answer {
        Ok(answer) => Ok((url, answer)),
        Err(problem) => Err(problem.about(url)),
    }
}

/// The data of the event: the address's own, or else what the request says.
async fn data(url: &EventUrl, request: &mut Request) -> Result<JsonText> {
    let is_json = request
        .header(http::header::CONTENT_TYPE)
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
    match (&url.data, is_json) {
        (Some(_), true) => {
            let detail = "this address says the event's data itself: send no body";
            Err(Error::new(BadRequest, detail))
        }
        (Some(data), false) => Ok(data.clone()),
        (None, true) => {
            let data: RawJson = request.json(EVENT_DATA_MAX_BYTES).await?;
            data.compact().map_err(internal)
        }
        (None, false) => Ok("null".to_owned()),
    }
}
