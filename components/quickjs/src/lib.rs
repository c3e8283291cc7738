//! The executor: runs one slice of a claimed frame in a QuickJS VM and commits its outcome.

mod error;
mod inspect;
mod nested;
mod outstanding;
mod settings;
mod slice;
mod wake;
mod watch;

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::wire::{CheckReply, CheckRequest, ExecuteRequest, InspectRequest};
use tasker_host::http::{respond, respond_json};
use tasker_host::internal::{Received, receive};
use tasker_host::{log, open_store};
use tasker_vm::Program;

use crate::settings::Settings;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    log::component("quickjs");
    let Some((received, out)) = receive("quickjs", request, out).await else {
        return;
    };
    match received.path.as_str() {
        "/execute" => execute(&received, out).await,
        "/check" => check(&received, out).await,
        "/inspect" => inspect(&received, out).await,
        "/health" => respond_json(out, 200, &inspect::health()).await,
        _ => respond(out, 404, &[], Vec::new()).await,
    }
}

/// Runs a slice. Status 503 means that nothing was begun, because the database is not available; 500 that nothing more was
/// committed. In both cases the frame may be tried again.
async fn execute(received: &Received, out: ResponseOutparam) {
    let request: ExecuteRequest = match received.json() {
        Ok(request) => request,
        Err(reason) => return respond(out, 400, &[], reason.into_bytes()).await,
    };
    let store = match open_store() {
        Ok(store) => store,
        Err(error) => {
            log::error(format!("slice: {error}")).write();
            return respond(out, 503, &[], Vec::new()).await;
        }
    };
    match slice::run(&store, &request).await {
        Ok(reply) => respond_json(out, 200, &reply).await,
        Err(error) => {
            log::error(format!("slice: {error}")).write();
            respond(out, 500, &[], Vec::new()).await;
        }
    }
}

/// Tells whether a task could be loaded, without running any of it.
async fn check(received: &Received, out: ResponseOutparam) {
    let request: CheckRequest = match received.json() {
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
async fn inspect(received: &Received, out: ResponseOutparam) {
    let request: InspectRequest = match received.json() {
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
