//! Sends an event to runs.

use tasker_api::{SendEvent, SentEvent, event_expiry};
use tasker_host::random_token;
use tasker_store::NewEvent;

use crate::endpoint::*;
use crate::events::sent;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/events";
    const NEEDS: Needs = Needs::Public(Right::Submit, Of::Asked, Act::Send);
    const ID: &'static str = "sendEvent";
    const TAG: &'static str = "events";
    const SUMMARY: &'static str = "Sends an event to the runs that wait for it, or to one run";
    const ANSWERS: Answers = &[
        (StatusCode::OK, "It was sent before"),
        (
            StatusCode::ACCEPTED,
            "It is sent, and kept for those who wait later",
        ),
    ];
    const PROBLEMS: Problems = &[RunNotFound, RunFinished, IdempotencyConflict, TimeInvalid];

    type Path = ();
    type Query = ();
    type Body = Json<SendEvent>;
    type Answer = Json<SentEvent>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let access = call.access()?;
        call.body.check()?;
        let body = match (&access.token, call.body) {
            (Some(token), body) => token.event(body)?,
            (None, body) => {
                match body.run_id {
                    Some(run) => access.run(&run.to_string())?,
                    // It reaches whatever task waits for it.
                    None => access.all_tasks()?,
                }
                body
            }
        };
        let store = store()?;
        let now = time::now_ms();
        let event = NewEvent {
            id: body.id.unwrap_or_else(random_token),
            name: body.name,
            run: body.run_id,
            data: body.data.compact().map_err(internal)?,
            expires_at: event_expiry(body.ttl_seconds, now)?,
        };
        let outcome = store.send_event(&event, now)?;
        sent(&event, outcome)
    }
}
