//! The addresses that `tools.eventUrl` gives. They are made here, so that the component in which task
//! code runs does not have the secret.

use tasker_domain::{ErrorCode, ErrorValue, EventUrl, Outcome};
use tasker_settings::{EVENT_KEY, PUBLIC_URL};
use tasker_world::{World, config};

/// The address as the task gets it: a URL if the app knows its own, else the path.
pub(crate) fn address(world: &impl World, url: &EventUrl) -> Outcome {
    let key = config::read(world, &EVENT_KEY).unwrap_or_default();
    let Some(token) = url.sign(&key) else {
        return Err(ErrorValue::new(
            ErrorCode::CredentialMissing,
            "the app's variable `event_key` is not set, so that no address can be signed",
        ));
    };
    let base = config::read(world, &PUBLIC_URL).unwrap_or_default();
    let address = format!("{}/events/signed/{token}", base.trim_end_matches('/'));
    serde_json::to_string(&address)
        .map_err(|error| ErrorValue::new(ErrorCode::Internal, error.to_string()))
}
