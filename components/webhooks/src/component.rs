//! The component's routes.

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_host::health::Examination;
use tasker_host::http::{StatusCode, respond, respond_json};
use tasker_host::internal::receive;
use tasker_host::log;
use tasker_settings::Component;

use crate::deliver;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    log::component("webhooks");
    let Some((received, out)) = receive("webhooks", request, out).await else {
        return;
    };
    match received.path.as_str() {
        "/deliver" => {
            // A poke does not wait for the receivers.
            respond(out, StatusCode::ACCEPTED, &[], Vec::new()).await;
            if let Err(error) = deliver::run().await {
                log::error(format!("webhooks: {error}")).write();
            }
        }
        "/health" => {
            let health = Examination::of(Component::Webhooks);
            respond_json(out, StatusCode::OK, &health.done()).await;
        }
        _ => respond(out, StatusCode::NOT_FOUND, &[], Vec::new()).await,
    }
}
