//! `tools.openai`: OpenAI's HTTP API as its official JavaScript client speaks it.
//!
//! A method path finds its [`endpoint`], its arguments become a [`request`], the answer becomes
//! a value ([`answer`], [`stream`]) or a typed error ([`failure`]).

pub mod answer;
pub mod endpoint;
pub mod failure;
pub mod options;
pub mod request;
pub mod stream;
pub mod table;

mod binary;
mod called;
mod embeddings;
mod multipart;
mod parsed;
mod path;
mod query;
mod settings;

#[cfg(target_arch = "wasm32")]
mod component;

use std::time::Duration;

use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_service::{Host, Service, unknown_method};
use tasker_settings::{
    Component, OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_POLICY, OPENAI_TIMEOUT_SECONDS, Policy,
    Setting,
};

use crate::endpoint::Endpoint;
use crate::request::Plan;
use crate::settings::Settings;

/// The service.
pub struct OpenAi;

impl Service for OpenAi {
    const NAME: &'static str = "openai";
    const COMPONENT: Component = Component::OpenAi;
    const POLICY: &'static Setting<Policy> = &OPENAI_POLICY;
    const TIMEOUT: &'static Setting<Duration> = &OPENAI_TIMEOUT_SECONDS;
    const UPSTREAM: Option<&'static Setting<String>> = Some(&OPENAI_BASE_URL);
    const CREDENTIALS: &'static [&'static Setting<String>] = &[&OPENAI_API_KEY];

    fn policy_path(&self, call: &ServiceRequest) -> Result<Vec<String>, ServiceError> {
        match &call.method[..] {
            [verb] if request::is_verb(verb) => Ok(vec![
                called::by_path(verb, &call.args)?
                    .method
                    .map_or_else(|| verb.clone(), str::to_owned),
            ]),
            method => Ok(method.to_vec()),
        }
    }

    fn other_paths(&self, call: &ServiceRequest) -> Result<Vec<String>, ServiceError> {
        match &call.method[..] {
            [verb] if request::is_verb(verb) => Ok(called::by_path(verb, &call.args)?.names),
            _ => Ok(Vec::new()),
        }
    }

    async fn call(&self, host: &impl Host, call: &ServiceRequest) -> tasker_service::Result {
        let plan = match Endpoint::find(&call.method) {
            Some(endpoint) => Plan::of_endpoint(endpoint, &call.args)?,
            None => match &call.method[..] {
                [verb] if request::is_verb(verb) => Plan::of_path(verb, &call.args)?,
                _ => return Err(unknown_method(Self::NAME, &call.method, &table::names())),
            },
        };
        let settings = Settings::read(host).await?;
        let request = plan.request(&settings, &call.idempotency_key, || host.random(16))?;
        let response = host.send(request).await.map_err(failure::connection)?;
        if !response.is_ok() {
            return Err(failure::status(&response, host.now_ms()));
        }
        answer::value(&plan, &response)
    }
}
