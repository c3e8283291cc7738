//! The stack processor: a shell around [`tasker_engine::drainer`], the owner of the queue.

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::RunId;
use tasker_domain::wire::SweepReply;
use tasker_engine::drainer::{self, Error, Waiter, after_sweep, drain, drain_for, keep};
use tasker_host::health::Examination;
use tasker_host::http::{StatusCode, begin, respond, respond_json};
use tasker_host::internal::receive;
use tasker_host::{HostStore, Spin, log, open_store};
use tasker_settings::Component;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    log::component("stack-processor");
    let Some((received, out)) = receive("stack-processor", request, out).await else {
        return;
    };
    match received.path.as_str() {
        "/drain" => match received.json::<RunId>() {
            // The answer goes on for as long as there is something to wait for.
            Ok(run) => {
                let answer = begin(out, StatusCode::OK, &[]);
                drain_for(&Spin, Some(Waiter::new(run, answer))).await;
            }
            // A poke does not wait for the work.
            Err(_) => {
                respond(out, StatusCode::ACCEPTED, &[], Vec::new()).await;
                drain(&Spin).await;
            }
        },
        "/keep" => match received.json::<String>() {
            Ok(token) => {
                respond(out, StatusCode::ACCEPTED, &[], Vec::new()).await;
                keep(&Spin, &token).await;
            }
            Err(reason) => respond(out, StatusCode::BAD_REQUEST, &[], reason.into_bytes()).await,
        },
        "/sweep" => match sweep() {
            Ok((store, reply)) => {
                respond_json(out, StatusCode::OK, &reply).await;
                after_sweep(&Spin, &store, &reply).await;
            }
            Err(error) => {
                log::error(format!("sweep: {error}")).write();
                respond(out, StatusCode::SERVICE_UNAVAILABLE, &[], Vec::new()).await;
            }
        },
        "/health" => {
            let health = Examination::of(Component::StackProcessor).done();
            respond_json(out, StatusCode::OK, &health).await;
        }
        _ => respond(out, StatusCode::NOT_FOUND, &[], Vec::new()).await,
    }
}

fn sweep() -> Result<(HostStore, SweepReply), Error> {
    let store = open_store()?;
    let reply = drainer::sweep(&Spin, &store)?;
    Ok((store, reply))
}
