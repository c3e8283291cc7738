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

use tasker_domain::wire::ServiceRequest;
use tasker_service::{Host, Service, unknown_method};

/// The service.
pub struct WebSearch;

impl Service for WebSearch {
    const NAME: &'static str = "websearch";
    const SETTINGS: &'static [&'static str] = &["websearch_engine"];
    const UPSTREAM: Option<&'static str> = Some("websearch_base_url");
    const CREDENTIALS: &'static [&'static str] = &["websearch_api_key"];

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
