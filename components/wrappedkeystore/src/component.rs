//! The Spin component: the service's route, and those that the other services ask.

use serde::Serialize;
use serde::de::DeserializeOwned;
use spin_sdk::http::{IncomingRequest, Method, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::wire::ServiceError;
use tasker_host::http::{read_json, respond, respond_json};
use tasker_host::{HostStore, config, open_store, time};

use crate::vault::unavailable;
use crate::{Keystore, Settings, Vault};

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    tasker_host::log::component("wrappedkeystore");
    let path = request.path_with_query().unwrap_or_default();
    let is_post = matches!(request.method(), Method::Post);
    match path.as_str() {
        "/resolve" if is_post => answer(request, out, |vault, asked| vault.resolve(&asked)).await,
        "/credential" if is_post => {
            answer(request, out, |vault, asked| vault.credential(&asked)).await;
        }
        "/shared" if is_post => {
            answer(request, out, |vault, asked| {
                vault.shared(&asked, time::now_ms())
            })
            .await;
        }
        "/rotate" if is_post => answer(request, out, |vault, asked| vault.rotate(&asked)).await,
        _ => tasker_host::serve::serve(request, out, &Keystore(vault())).await,
    }
}

/// Answers a question of another component.
async fn answer<Q: DeserializeOwned, A: Serialize>(
    request: IncomingRequest,
    out: ResponseOutparam,
    find: impl FnOnce(&Vault<HostStore>, Q) -> Result<A, ServiceError>,
) {
    match read_json(request).await {
        Ok(asked) => {
            let answer = vault().and_then(|vault| find(&vault, asked));
            respond_json(out, 200, &answer).await;
        }
        Err(reason) => respond(out, 400, &[], reason.into_bytes()).await,
    }
}

fn vault() -> Result<Vault<HostStore>, ServiceError> {
    let settings = Settings {
        key: config::secret("keystore_key").map_err(unavailable)?,
        previous_keys: config::text("keystore_key_previous").map_err(unavailable)?,
        default_grant: config::text("keystore_default_grant").map_err(unavailable)?,
    };
    Vault::new(open_store().map_err(unavailable)?, &settings)
}
