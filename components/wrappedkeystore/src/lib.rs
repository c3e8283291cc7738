//! `tools.keystore`: values by namespace and key, encrypted at rest. The only component that has
//! the master key: the other services ask it for their credentials, for the secrets that tasks refer
//! to, and for the values that their instances share.

mod access;
mod change;
mod cipher;
#[cfg(target_arch = "wasm32")]
mod component;
mod methods;
mod resolve;
mod rotate;
mod shared;
mod value;
mod vault;

pub use cipher::Ring;
pub use vault::{Room, Settings, Vault};

use std::time::Duration;

use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_service::{Host, Service};
use tasker_settings::{Component, KEYSTORE_POLICY, KEYSTORE_TIMEOUT_SECONDS, Policy, Setting};
use tasker_store::{Changes, Grants, Keystore as Values, Reseal, SharedValues};

/// What the keystore needs of a store.
pub trait Store: Values + Changes + Grants + SharedValues + Reseal {}

impl<T: Values + Changes + Grants + SharedValues + Reseal> Store for T {}

/// The service; or why it cannot work.
pub struct Keystore<S>(pub Result<Vault<S>, ServiceError>);

impl<S: Store> Service for Keystore<S> {
    const NAME: &'static str = "keystore";
    const COMPONENT: Component = Component::Keystore;
    const POLICY: &'static Setting<Policy> = &KEYSTORE_POLICY;
    const TIMEOUT: &'static Setting<Duration> = &KEYSTORE_TIMEOUT_SECONDS;
    /// A reference that is stored is data.
    const TAKES_REFERENCES: bool = false;

    fn ready(&self) -> Result<(), ServiceError> {
        let vault = self.0.as_ref().map_err(Clone::clone)?;
        vault.check_keys()
    }

    async fn call(&self, host: &impl Host, call: &ServiceRequest) -> tasker_service::Result {
        let vault = self.0.as_ref().map_err(Clone::clone)?;
        methods::call(vault, call, host.now_ms())
    }
}
