//! The executor: runs one slice of a claimed frame in a QuickJS VM and commits its outcome.

mod carry;
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
use tasker_domain::wire::{
    CheckReply, CheckRequest, ExecuteReply, ExecuteRequest, InspectRequest, SIGN_OF_LIFE,
};
use tasker_host::http::{Body, begin, respond, respond_json};
use tasker_host::internal::{Received, receive};
use tasker_host::{figures, log, open_store, time};
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
    let (reply, carry) = match slice::run(&store, &request).await {
        Ok(done) => done,
        Err(error) => {
            log::error(format!("slice: {error}")).write();
            return respond(out, 500, &[], Vec::new()).await;
        }
    };
    drop(store);
    let headers = [("content-type".to_owned(), "application/x-ndjson".to_owned())];
    let mut answer = begin(out, 200, &headers);
    say(&mut answer, &reply).await;
    let Some(carry) = carry else {
        return;
    };
    let work = carry.run();
    futures::pin_mut!(work);
    while time::timeout(SIGN_OF_LIFE, &mut work).await.is_none() {
        // A client that has gone needs no answer.
        let _ = answer.send(" ").await;
    }
    let more = ExecuteReply {
        next: None,
        figures: figures::take(),
        carries_on: false,
    };
    say(&mut answer, &more).await;
}

/// Sends a line of the answer. The slice is committed: it does not matter whether anybody hears it.
async fn say(answer: &mut Body, reply: &ExecuteReply) {
    match serde_json::to_vec(reply) {
        Ok(mut line) => {
            line.push(b'\n');
            let _ = answer.send(line).await;
        }
        Err(error) => log::error(format!("slice: {error}")).write(),
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
