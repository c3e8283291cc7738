//! The stack processor: a shell around [`tasker_engine::drainer`], the owner of the queue.

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::wire::SweepReply;
use tasker_engine::drainer::{self, Error, after_sweep, drain, keep};
use tasker_host::health::Examination;
use tasker_host::http::{respond, respond_json};
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
        "/drain" => {
            // A poke does not wait for the work.
            respond(out, 202, &[], Vec::new()).await;
            drain(&Spin).await;
        }
        "/keep" => match received.json::<String>() {
            Ok(token) => {
                respond(out, 202, &[], Vec::new()).await;
                keep(&Spin, &token).await;
            }
            Err(reason) => respond(out, 400, &[], reason.into_bytes()).await,
        },
        "/sweep" => match sweep() {
            Ok((store, reply)) => {
                respond_json(out, 200, &reply).await;
                after_sweep(&Spin, &store, &reply).await;
            }
            Err(error) => {
                log::error(format!("sweep: {error}")).write();
                respond(out, 503, &[], Vec::new()).await;
            }
        },
        "/health" => {
            let health = Examination::of(Component::StackProcessor).done();
            respond_json(out, 200, &health).await;
        }
        _ => respond(out, 404, &[], Vec::new()).await,
    }
}

fn sweep() -> Result<(HostStore, SweepReply), Error> {
    let store = open_store()?;
    let reply = drainer::sweep(&Spin, &store)?;
    Ok((store, reply))
}
