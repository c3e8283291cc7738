//! The executor: runs one slice of a claimed frame in a QuickJS VM and commits its outcome.

mod error;
mod inspect;
mod nested;
mod outstanding;
mod settings;
mod slice;
mod wake;
mod watch;

use spin_sdk::http::{IncomingRequest, Method, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::wire::{CheckReply, CheckRequest, ExecuteRequest, InspectRequest};
use tasker_host::http::{read_json, respond, respond_json};
use tasker_host::log;
use tasker_vm::Program;

use crate::settings::Settings;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    log::component("quickjs");
    let path = request.path_with_query().unwrap_or_default();
    match (request.method(), path.as_str()) {
        (Method::Post, "/execute") => execute(request, out).await,
        (Method::Post, "/check") => check(request, out).await,
        (Method::Post, "/inspect") => inspect(request, out).await,
        (Method::Post, "/health") => respond_json(out, 200, &inspect::health()).await,
        _ => respond(out, 404, &[], Vec::new()).await,
    }
}

/// Runs a slice. Status 500 means that nothing more was committed and the frame may be tried again.
async fn execute(request: IncomingRequest, out: ResponseOutparam) {
    let request: ExecuteRequest = match read_json(request).await {
        Ok(request) => request,
        Err(reason) => return respond(out, 400, &[], reason.into_bytes()).await,
    };
    match slice::run(&request).await {
        Ok(reply) => respond_json(out, 200, &reply).await,
        Err(error) => {
            log::error(format!("slice: {error}")).write();
            respond(out, 500, &[], Vec::new()).await;
        }
    }
}

/// Tells whether a task could be loaded, without running any of it.
async fn check(request: IncomingRequest, out: ResponseOutparam) {
    let request: CheckRequest = match read_json(request).await {
        Ok(request) => request,
        Err(reason) => return respond(out, 400, &[], reason.into_bytes()).await,
    };
    let program = Program {
        name: request.name,
        code: request.code,
        modules: request.modules,
    };
    match Settings::read() {
        Ok(settings) => {
            let error = tasker_vm::check(&program, &settings.limits).err();
            respond_json(out, 200, &CheckReply { error }).await;
        }
        Err(error) => {
            log::error(format!("check: {error}")).write();
            respond(out, 500, &[], Vec::new()).await;
        }
    }
}

/// Looks into stored snapshots.
async fn inspect(request: IncomingRequest, out: ResponseOutparam) {
    let request: InspectRequest = match read_json(request).await {
        Ok(request) => request,
        Err(reason) => return respond(out, 400, &[], reason.into_bytes()).await,
    };
    match inspect::run(&request) {
        Ok(reply) => respond_json(out, 200, &reply).await,
        Err(error) => {
            log::error(format!("inspection: {error}")).write();
            respond(out, 503, &[], Vec::new()).await;
        }
    }
}
