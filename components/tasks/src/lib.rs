//! The public HTTP API: publishes tasks, takes runs, answers for them.
//!
//! An endpoint is a file in `endpoints`, which says what it takes, answers and does. What several of
//! them do stands in one module per subject. Work that the answer does not need is done after it is sent.

mod access;
mod answer;
mod asked;
mod audit;
mod bulk;
mod content;
mod doctor;
#[cfg(test)]
mod documents;
mod endpoint;
mod endpoints;
mod error;
mod events;
mod guard;
mod keys;
mod limit;
pub mod openapi;
mod params;
mod public_token;
mod records;
mod request;
mod route;
mod runs;
mod schedules;
mod session;
mod settings;
mod stream;
mod submit;
mod system;
mod usage;
mod wait;
mod watched;

use http::Method;
use http::header::SET_COOKIE;
use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use tasker_api::SESSION_PATH;
use tasker_api::cors::Origin;
use tasker_host::log;

use crate::access::{Access, Needs};
use crate::answer::{After, Answer};
use crate::error::{Result, refuse_nul};
use crate::request::Request;

/// Answers a request.
#[cfg_attr(target_arch = "wasm32", spin_sdk::http_component)]
pub async fn handle(incoming: IncomingRequest, out: ResponseOutparam) {
    log::component("tasks");
    let request = Request::new(incoming);
    let is_head = request.method == Method::HEAD;
    let origin = guard::origin(&request);
    let mut caller = Caller::default();
    let answer = match &origin {
        Origin::Allowed(_) if request.is_preflight() => Ok(Answer::preflight()),
        Origin::Refused if request.is_preflight() => Err(guard::refused_origin()),
        _ => call(request, &mut caller).await,
    };
    let Caller { access, asked } = caller;
    if let (Some(access), Some(asked)) = (&access, asked) {
        audit::note(asked, access, answer.as_ref().err());
    }
    let mut answer = answer.unwrap_or_else(Answer::from).with_origin(&origin);
    if let Some(cookie) = access.as_ref().and_then(session::renewed) {
        answer = answer.with_header(SET_COOKIE, &cookie);
    }
    let after = answer.after;
    answer.send(out, is_head).await;
    if let Some(access) = access {
        access.note_use();
    }
    match after {
        After::Nothing => {}
        After::Drain => system::poke_drain().await,
        After::SweepIfDue => system::poke_sweep_if_due().await,
    }
}

/// What is known of a request once it is answered.
#[derive(Default)]
struct Caller {
    /// Who asks.
    access: Option<Access>,
    /// What, if the audit notes it.
    asked: Option<audit::Asked>,
}

/// Finds out what is asked, whether it may be asked, and does it. Leaves in `caller` who asks.
async fn call(request: Request, caller: &mut Caller) -> Result<Answer> {
    let found = route::find(&request.method, &request.path);
    let needs = match &found {
        Ok(found) => found.endpoint().needs,
        // That one can sign in is no secret.
        Err(_) if request.path == SESSION_PATH => Needs::Nothing,
        // What there is, is told to those who have a key.
        Err(_) => Needs::AnyKey,
    };
    match needs {
        Needs::Nothing => {}
        Needs::Dashboard => session::check_dashboard(&request)?,
        _ => caller.access = Some(guard::authorize(&request)?),
    }
    if found.as_ref().is_ok_and(|found| found.endpoint().stored) {
        limit::check(&request, caller.access.as_ref())?;
    }
    if let (Err(_), Some(access)) = (&found, &caller.access) {
        access.check(needs, &[])?;
    }
    let found = found?;
    caller.asked = found.endpoint().audited.map(|action| audit::Asked {
        action,
        target: found.params.join("/"),
        client: guard::address(&request),
    });
    refuse_nul(&found.params)?;
    if let Some(access) = &caller.access {
        access.check(needs, &found.params)?;
    }
    endpoints::at(found.index)(request, found.params, caller.access.clone()).await
}
