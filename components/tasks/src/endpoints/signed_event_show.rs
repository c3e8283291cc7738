//! Tells what a signed address sends. Programs that look at links send nothing by it.

use tasker_api::{SignedEvent, event_page};

use crate::endpoint::*;
use crate::error::no_run;
use crate::events::{inert, open, page, run_ended, used, wants_page};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/events/signed/{token}";
    const NEEDS: Needs = Needs::Nothing;
    const ID: &'static str = "confirmEvent";
    const TAG: &'static str = "events";
    const SUMMARY: &'static str = "Tells what a signed address sends; nothing is sent. With \
        `Accept: text/html` every outcome is a page";
    const ANSWERS: Answers = &[(StatusCode::OK, "What it sends")];
    const PROBLEMS: Problems = &[
        EventUrlInvalid,
        EventUrlExpired,
        EventUrlUsed,
        RunNotFound,
        RunFinished,
    ];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<SignedEvent>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let asked = open(&call.path).and_then(|(url, store)| {
            // What can be answered no more says so before anybody presses a button.
            if store.was_sent(&url.event_id())? {
                return Err(used().about(url));
            }
            match store.mark(url.run)? {
                None => Err(no_run(url.run).about(url)),
                Some(run) if run.status.is_terminal() => Err(run_ended().about(url)),
                Some(_) => Ok(url),
            }
        });
        match asked {
            Ok(url) if wants_page(&call.request) => Ok(page(StatusCode::OK, event_page(&url))),
            Ok(url) => inert(&SignedEvent::of(&url).map_err(internal)?),
            Err(refused) => refused.answer(&call.request),
        }
    }
}
