//! The public HTTP API: publishes tasks, takes runs, answers for them.
//!
//! A request is read, checked and answered here; what it means stands in `tasker_api`, what it
//! does in one module per subject. Work that the answer does not need is done after it is sent.

mod answer;
mod bulk;
mod doctor;
mod error;
mod events;
mod export;
mod guard;
mod history;
mod keys;
mod request;
mod runs;
mod schedules;
mod send;
mod stream;
mod submit;
mod system;
mod tasks;
mod usage;
mod watched;

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_api::Problem;
use tasker_api::cors::Origin;
use tasker_api::route::{self, Operation};
use tasker_host::log;

use crate::answer::{After, Answer};
use crate::request::Request;

/// What a call gives: its answer, or what went wrong.
type Result<T = Answer> = std::result::Result<T, Problem>;

#[http_component]
async fn handle(incoming: IncomingRequest, out: ResponseOutparam) {
    log::component("tasks");
    let mut request = Request::new(incoming);
    let origin = guard::origin(&request);
    let answer = match &origin {
        Origin::Allowed(_) if request.is_preflight() => Ok(Answer::preflight()),
        Origin::Refused if request.is_preflight() => Err(guard::refused_origin()),
        _ => call(&mut request).await,
    };
    let answer = answer.unwrap_or_else(Answer::from).with_origin(&origin);
    let after = answer.after;
    answer.send(out, request.method == "HEAD").await;
    match after {
        After::Nothing => {}
        After::Drain => system::poke_drain().await,
        After::SweepIfDue => system::poke_sweep_if_due().await,
    }
}

/// Finds out what is asked, whether it may be asked, and does it.
async fn call(request: &mut Request) -> Result {
    let found = route::find(&request.method, &request.path);
    if !found.as_ref().is_ok_and(|found| found.operation.is_open()) {
        guard::authorize(request)?;
    }
    let found = found?;
    request.params = found.params;
    if request.params.iter().any(|param| param.contains('\0')) {
        return Err(error::store_failed(tasker_store::Error::NulInText));
    }
    match found.operation {
        Operation::PublishTask => tasks::publish(request).await,
        Operation::ListTasks => tasks::list(request),
        Operation::ShowTask => tasks::show(request),
        Operation::DeleteTask => tasks::delete(request),
        Operation::SubmitRun => submit::submit(request).await,
        Operation::ShowRun => runs::show(request).await,
        Operation::ListRuns => runs::list(request),
        Operation::FollowRun => events::follow(request),
        Operation::CancelRuns => bulk::cancel(request).await,
        Operation::PauseRuns => bulk::set_paused(request, true).await,
        Operation::ResumeRuns => bulk::set_paused(request, false).await,
        Operation::RetryRuns => bulk::retry(request).await,
        Operation::PauseRun => runs::set_paused(request, true),
        Operation::ResumeRun => runs::set_paused(request, false),
        Operation::RetryRun => submit::retry(request),
        Operation::ExportRun => export::export(request),
        Operation::DeleteRun => runs::delete(request),
        Operation::InspectRun => doctor::inspect(request).await,
        Operation::CancelRun => runs::cancel(request).await,
        Operation::ShowJournal => history::journal(request),
        Operation::ShowStack => history::stack(request),
        Operation::ShowLogs => history::logs(request),
        Operation::ListKeys => keys::list(request).await,
        Operation::ShowKey => keys::show(request).await,
        Operation::SetKey => keys::set(request).await,
        Operation::DeleteKey => keys::delete(request).await,
        Operation::RotateKeys => keys::rotate(request).await,
        Operation::SendEvent => send::send(request).await,
        Operation::ConfirmEvent => send::confirm(request),
        Operation::SendSignedEvent => send::send_signed(request).await,
        Operation::ListSchedules => schedules::list(request),
        Operation::ShowSchedule => schedules::show(request),
        Operation::SetSchedule => schedules::set(request).await,
        Operation::DeleteSchedule => schedules::delete(request),
        Operation::TriggerSchedule => schedules::trigger(request),
        Operation::PauseSchedule => schedules::pause(request),
        Operation::ResumeSchedule => schedules::resume(request),
        Operation::Sweep => system::sweep(request).await,
        Operation::Health => doctor::health(request),
        Operation::Ready => doctor::ready(request).await,
        Operation::Diagnose => doctor::diagnose(request).await,
        Operation::Repair => doctor::repair(request).await,
        Operation::Metrics => system::metrics(request),
        Operation::OpenApi => system::openapi(request),
        Operation::ErrorPage => system::error_page(request),
    }
}
