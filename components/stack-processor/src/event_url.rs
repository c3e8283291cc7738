//! The addresses that `tools.eventUrl` gives. They are made here, so that the component in which task
//! code runs does not have the secret.

use tasker_domain::{ErrorCode, ErrorValue, EventUrl, Outcome};
use tasker_host::config;

/// The address as the task gets it: a URL if the app knows its own, else the path.
pub(crate) fn address(url: &EventUrl) -> Outcome {
    let setting = |name| config::text(name).unwrap_or_default();
    let Some(token) = url.sign(&setting("event_key")) else {
        return Err(ErrorValue::new(
            ErrorCode::CredentialMissing,
            "the app's variable `event_key` is not set, so that no address can be signed",
        ));
    };
    let base = setting("public_url");
    let address = format!("{}/events/signed/{token}", base.trim_end_matches('/'));
    serde_json::to_string(&address)
        .map_err(|error| ErrorValue::new(ErrorCode::Internal, error.to_string()))
}
