//! `tools.websearch`: search engines, instant answers, and web pages as readable text.
//!
//! [`search`] asks one of the [`engine`]s; [`fetch`] follows a page's redirects, each past the [`guard`],
//! and makes it readable ([`page`]).

pub mod engine;
pub mod fetch;
pub mod guard;
pub mod instant;
pub mod page;
pub mod search;

mod arguments;
mod http;
mod markup;
mod settings;

#[cfg(target_arch = "wasm32")]
mod component;

use std::time::Duration;

use tasker_domain::wire::ServiceRequest;
use tasker_service::{Host, Service, unknown_method};
use tasker_settings::{
    Component, Policy, Setting, WEBSEARCH_API_KEY, WEBSEARCH_BASE_URL, WEBSEARCH_POLICY,
    WEBSEARCH_TIMEOUT_SECONDS,
};

/// The service.
pub struct WebSearch;

impl Service for WebSearch {
    const NAME: &'static str = "websearch";
    const COMPONENT: Component = Component::WebSearch;
    const POLICY: &'static Setting<Policy> = &WEBSEARCH_POLICY;
    const TIMEOUT: &'static Setting<Duration> = &WEBSEARCH_TIMEOUT_SECONDS;
    const UPSTREAM: Option<&'static Setting<String>> = Some(&WEBSEARCH_BASE_URL);
    const CREDENTIALS: &'static [&'static Setting<String>] = &[&WEBSEARCH_API_KEY];

    async fn call(&self, host: &impl Host, call: &ServiceRequest) -> tasker_service::Result {
        let method: Vec<&str> = call.method.iter().map(String::as_str).collect();
        match method[..] {
            ["search"] => search::search(host, &call.args).await,
            ["instant"] => instant::instant(host, &call.args).await,
            ["fetch"] => fetch::fetch(host, &call.args).await,
            _ => Err(unknown_method(
                Self::NAME,
                &call.method,
                &["search", "instant", "fetch"],
            )),
        }
    }
}
