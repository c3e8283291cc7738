//! The component's routes.

use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_host::health::Examination;
use tasker_host::http::{respond, respond_json};
use tasker_host::internal::receive;
use tasker_host::{config, log};

use crate::{Secret, deliver};

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    log::component("webhooks");
    let Some((received, out)) = receive("webhooks", request, out).await else {
        return;
    };
    match received.path.as_str() {
        "/deliver" => {
            // Whoever pokes does not wait for the receivers.
            respond(out, 202, &[], Vec::new()).await;
            if let Err(error) = deliver::run().await {
                log::error(format!("webhooks: {error}")).write();
            }
        }
        "/health" => {
            // Without a secret there are no webhooks, which is as good as any setting.
            let secret = match config::text("webhook_secret") {
                Ok(text) if text.is_empty() => Ok(()),
                Ok(text) => Secret::parse(&text)
                    .map(drop)
                    .map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let health = Examination::default()
                .text("webhook_hosts")
                .looked(secret)
                .done();
            respond_json(out, 200, &health).await;
        }
        _ => respond(out, 404, &[], Vec::new()).await,
    }
}
