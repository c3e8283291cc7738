//! The Spin component: the service's route, and those that the other services ask.

use serde::Serialize;
use serde::de::DeserializeOwned;
use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;
use tasker_domain::wire::ServiceError;
use tasker_host::health::Examination;
use tasker_host::http::{StatusCode, respond, respond_json};
use tasker_host::internal::{Received, receive};
use tasker_host::{HostStore, config, open_store, serve, time};
use tasker_settings::{
    Component, KEYSTORE_DEFAULT_GRANT, KEYSTORE_KEY, KEYSTORE_KEY_PREVIOUS, KEYSTORE_KEYS,
    KEYSTORE_MIB, KEYSTORE_NAMESPACES,
};

use crate::vault::unavailable;
use crate::{Keystore, Room, Settings, Vault};

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    tasker_host::log::component("wrappedkeystore");
    let Some((received, out)) = receive("wrappedkeystore", request, out).await else {
        return;
    };
    match received.path.as_str() {
        "/resolve" => answer(&received, out, |vault, asked| vault.resolve(&asked)).await,
        "/credential" => answer(&received, out, |vault, asked| vault.credential(&asked)).await,
        "/shared" => {
            let shared = |vault: &Vault<_>, asked| vault.shared(&asked, time::now_ms());
            answer(&received, out, shared).await;
        }
        // Whether its settings can be used, without a look at the values.
        "/settings" => {
            let health = Examination::of(Component::Keystore).done();
            respond_json(out, StatusCode::OK, &health).await;
        }
        "/rotate" => answer(&received, out, |vault, asked| vault.rotate(&asked)).await,
        _ => serve::reply(&received, out, &Keystore(vault())).await,
    }
}

/// Answers a question of another component.
async fn answer<Q: DeserializeOwned, A: Serialize>(
    received: &Received,
    out: ResponseOutparam,
    find: impl FnOnce(&Vault<HostStore>, Q) -> Result<A, ServiceError>,
) {
    match received.json() {
        Ok(asked) => {
            let answer = vault().and_then(|vault| find(&vault, asked));
            respond_json(out, StatusCode::OK, &answer).await;
        }
        Err(reason) => respond(out, StatusCode::BAD_REQUEST, &[], reason.into_bytes()).await,
    }
}

fn vault() -> Result<Vault<HostStore>, ServiceError> {
    let settings = Settings {
        key: config::read(&KEYSTORE_KEY).map_err(unavailable)?,
        previous_keys: config::read(&KEYSTORE_KEY_PREVIOUS).map_err(unavailable)?,
        default_grant: config::read(&KEYSTORE_DEFAULT_GRANT).map_err(unavailable)?,
        room: Room {
            namespaces: config::read(&KEYSTORE_NAMESPACES).map_err(unavailable)?,
            keys: config::read(&KEYSTORE_KEYS).map_err(unavailable)?,
            bytes: config::read(&KEYSTORE_MIB).map_err(unavailable)? << 20,
        },
    };
    Ok(Vault::new(open_store().map_err(unavailable)?, &settings))
}
