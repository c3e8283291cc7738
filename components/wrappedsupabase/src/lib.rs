//! `tools.supabase`: the fluent client of Supabase. A call's arguments are the steps of a chain,
//! interpreted as `@supabase/supabase-js` builds its request and reads the answer.
//!
//! No `unsafe`, and no I/O but through [`Host`].

mod answer;
mod auth;
mod chain;
#[cfg(target_arch = "wasm32")]
mod component;
mod functions;
mod js;
mod outgoing;
mod project;
mod rest;
mod storage;

use std::time::Duration;

use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_service::{Host, Service, unknown_method};
use tasker_settings::{
    Component, Policy, SUPABASE_KEY, SUPABASE_POLICY, SUPABASE_TIMEOUT_SECONDS, SUPABASE_URL,
    Setting,
};

use crate::chain::Chain;
use crate::project::Project;

/// The service.
#[derive(Debug, Clone, Copy, Default)]
pub struct Supabase;

/// What a chain can begin with.
const HEADS: &[&str] = &["from", "rpc", "schema", "storage", "auth", "functions"];

impl Service for Supabase {
    const NAME: &'static str = "supabase";
    const COMPONENT: Component = Component::Supabase;
    const POLICY: &'static Setting<Policy> = &SUPABASE_POLICY;
    const TIMEOUT: &'static Setting<Duration> = &SUPABASE_TIMEOUT_SECONDS;
    const UPSTREAM: Option<&'static Setting<String>> = Some(&SUPABASE_URL);
    const CREDENTIALS: &'static [&'static Setting<String>] = &[&SUPABASE_KEY];

    /// The head of the chain and its verb, whatever follows: `from.select`, `rpc`, `storage.upload`.
    fn policy_path(&self, call: &ServiceRequest) -> Result<Vec<String>, ServiceError> {
        Ok(Chain::read(&call.args)?.policy_path())
    }

    async fn call(&self, host: &impl Host, call: &ServiceRequest) -> tasker_service::Result {
        let chain = Chain::read(&call.args)?;
        let steps = chain.steps();
        match chain.head() {
            "from" | "rpc" | "schema" => {
                let query = rest::build(steps)?;
                rest::send(host, &Project::open(host).await?, query).await
            }
            "storage" => storage::call(host, &steps[1..]).await,
            "auth" => auth::call(host, &steps[1..]).await,
            "functions" => functions::call(host, &steps[1..]).await,
            other => Err(unknown_method(Self::NAME, &[other.to_owned()], HEADS)),
        }
    }
}
