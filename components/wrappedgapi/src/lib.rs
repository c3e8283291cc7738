//! `tools.gapi`: Google's APIs, driven by Google's own discovery documents.
//!
//! A call names an API and a method; its **document** says where the parameters go and which scopes are
//! needed; the **request** is built of it, sent with a **token**, and the **answer** read.

mod answer;
mod auth;
mod base;
mod call;
mod catalog;
mod checks;
pub mod compact;
#[cfg(target_arch = "wasm32")]
mod component;
pub mod document;
mod error;
mod media;
mod name;
mod nearest;
mod options;
mod params;
mod request;
mod template;

use std::time::Duration;

use tasker_domain::wire::ServiceRequest;
use tasker_service::{Host, Service};
use tasker_settings::{
    Component, GAPI_POLICY, GAPI_TIMEOUT_SECONDS, GOOGLE_ACCESS_TOKEN, GOOGLE_REFRESH_TOKEN,
    GOOGLE_SERVICE_ACCOUNT, GOOGLE_TOKEN_URL, Policy, Setting,
};

/// The service.
pub struct Gapi;

impl Service for Gapi {
    const NAME: &'static str = "gapi";
    const COMPONENT: Component = Component::Gapi;
    const POLICY: &'static Setting<Policy> = &GAPI_POLICY;
    const TIMEOUT: &'static Setting<Duration> = &GAPI_TIMEOUT_SECONDS;
    const NAMESPACE: &'static str = "google";
    const UPSTREAM: Option<&'static Setting<String>> = Some(&GOOGLE_TOKEN_URL);
    const CREDENTIALS: &'static [&'static Setting<String>] = &[
        &GOOGLE_SERVICE_ACCOUNT,
        &GOOGLE_REFRESH_TOKEN,
        &GOOGLE_ACCESS_TOKEN,
    ];

    fn canonical(&self, method: &[String]) -> Vec<String> {
        let path = match method {
            [name] => {
                checks::path(name).map_or_else(|| vec![name.clone()], |path| vec![path.to_owned()])
            }
            _ => method.to_vec(),
        };
        match name::Name::read(&path, None) {
            Ok(name) => name.canonical().split('.').map(str::to_owned).collect(),
            Err(_) => path,
        }
    }

    async fn call(&self, host: &impl Host, call: &ServiceRequest) -> tasker_service::Result {
        match call.method.as_slice() {
            [name] if !name.contains('.') => checks::make(host, name, call).await,
            _ => call::make(host, call).await,
        }
    }
}

/// The APIs whose documents are packed, with their preferred versions.
pub fn packed() -> impl Iterator<Item = (&'static str, &'static str, document::Document)> {
    catalog::PACKED
        .iter()
        .map(|(api, version, text)| (*api, *version, document::Document::new(*text)))
}
