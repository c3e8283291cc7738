//! `tools.fetch`: requests of the tasks' own, to the hosts that the operator allows.
//!
//! The [`arguments`] become an [`outgoing`] request, which [`follow`]s redirects, each past the [`guard`]; what comes
//! back is an [`answer`], whatever its status.

pub mod guard;

mod answer;
mod arguments;
mod body;
mod follow;
mod headers;
mod outgoing;

#[cfg(target_arch = "wasm32")]
mod component;

use std::time::Duration;

use tasker_domain::wire::ServiceRequest;
use tasker_service::{Host, Service, unknown_method};
use tasker_settings::{Component, FETCH_POLICY, FETCH_TIMEOUT_SECONDS, Policy, Setting};

use guard::Guard;

/// The service.
pub struct Fetch;

impl Service for Fetch {
    const NAME: &'static str = "fetch";
    const COMPONENT: Component = Component::Fetch;
    const POLICY: &'static Setting<Policy> = &FETCH_POLICY;
    const TIMEOUT: &'static Setting<Duration> = &FETCH_TIMEOUT_SECONDS;

    async fn call(&self, host: &impl Host, call: &ServiceRequest) -> tasker_service::Result {
        let method: Vec<&str> = call.method.iter().map(String::as_str).collect();
        match method[..] {
            ["request"] => request(host, &call.args).await,
            _ => Err(unknown_method(Self::NAME, &call.method, &["request"])),
        }
    }
}

/// `tools.fetch.request(init)`: `{ url, status, statusText, redirected, headers, body }`.
async fn request(host: &impl Host, args: &str) -> tasker_service::Result {
    let outgoing = arguments::read(args)?;
    let guard = Guard::of(host)?;
    let followed = follow::follow(host, &guard, outgoing).await?;
    answer::of(&followed, host.now_ms())
}
