//! What a wrapped service is, and what it may ask of its host.

use std::time::Duration;

use serde_json::Value;
use tasker_domain::wire::{ServiceError, ServiceRequest};
use tasker_settings::{Component, Policy, Setting};

use crate::http::{Request, Response};
use crate::secret::Secret;

/// A wrapped service: a method path and arguments in, JSON or a typed error out. It is pure but for
/// what it asks of its [`Host`], so that it runs in the component and in native tests alike.
#[allow(async_fn_in_trait, reason = "components have one thread")]
pub trait Service {
    /// Its name, as in `tools.<name>`.
    const NAME: &'static str;

    /// The component that wraps it. A diagnosis looks at all settings that it reads.
    const COMPONENT: Component;

    /// The operator's policy for it.
    const POLICY: &'static Setting<Policy>;

    /// The time that a call may take, all its requests together.
    const TIMEOUT: &'static Setting<Duration>;

    /// The keystore's namespace with its credentials.
    const NAMESPACE: &'static str = Self::NAME;

    /// Whether the arguments may have secret references. Where they may not, they are left as they
    /// are.
    const TAKES_REFERENCES: bool = true;

    /// The setting with the origin that its calls need, if a diagnosis can see whether it answers.
    const UPSTREAM: Option<&'static Setting<String>> = None;

    /// The settings of which one is set where somebody means to use the upstream.
    const CREDENTIALS: &'static [&'static Setting<String>] = &[];

    /// Whether it is set up so that it can work at all.
    ///
    /// # Errors
    /// What every call would fail with.
    fn ready(&self) -> Result<(), ServiceError> {
        Ok(())
    }

    /// The path by which the operator's policy knows a call: its method, unless the service says more
    /// precisely in its arguments what is called.
    ///
    /// # Errors
    /// `invalid_arguments`
    fn policy_path(&self, call: &ServiceRequest) -> Result<Vec<String>, ServiceError> {
        Ok(self.canonical(&call.method))
    }

    /// Further paths by which a policy may deny a call, where it is not certain which method an upstream takes it for.
    ///
    /// # Errors
    /// `invalid_arguments`
    fn other_paths(&self, _call: &ServiceRequest) -> Result<Vec<String>, ServiceError> {
        Ok(Vec::new())
    }

    /// The path under which a policy knows a method. Methods that can be written in several ways have
    /// one, so that no way leads around a policy.
    fn canonical(&self, method: &[String]) -> Vec<String> {
        method.to_vec()
    }

    /// Makes a call. Its arguments have no secret references left: they were replaced by
    /// placeholders, which [`Host::send`] fills in.
    ///
    /// # Errors
    /// What the task's `await` throws.
    async fn call(&self, host: &impl Host, call: &ServiceRequest) -> crate::Result;
}

/// What a service may ask of its host.
#[allow(async_fn_in_trait, reason = "components have one thread")]
pub trait Host {
    /// The present moment, milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;

    /// `length` random bytes.
    fn random(&self, length: usize) -> Vec<u8>;

    /// A setting of the component.
    ///
    /// # Errors
    /// If its value cannot be used.
    fn setting<T>(&self, setting: &Setting<T>) -> Result<T, ServiceError>;

    /// A credential of the operator's: the secret variable if it has a value, else the value of
    /// `key` in the keystore's namespace of this service: its text if it is a string, else its JSON
    /// text. `None` if neither is there. It is hidden from all that the call gives.
    ///
    /// # Errors
    /// If the keystore cannot be read.
    async fn credential(
        &self,
        variable: &Setting<String>,
        key: &str,
    ) -> Result<Option<Secret>, ServiceError>;

    /// Keeps a text out of all that the call gives, errors included: a part of a credential, or an
    /// access token. Texts of less than 8 bytes are not hidden.
    fn hide(&self, _text: &str) {}

    /// Sends a request: within the call's time limit and the size bound, only to hosts that it may
    /// reach, with secret references filled in. Redirects are not followed. An answer of any status is
    /// an answer.
    ///
    /// # Errors
    /// `upstream_unreachable`, `upstream_timeout`, `upstream_too_large`, `host_forbidden`,
    /// `secret_denied`, `keystore_denied`.
    async fn send(&self, request: Request) -> Result<Response, ServiceError>;

    /// A value that all instances share for a time, encrypted at rest: such as an access token. If
    /// there is none that is fresh, one of them makes it while the others wait for it.
    ///
    /// `make` gives the value and the moment until which it is fresh.
    ///
    /// # Errors
    /// Those of `make`.
    async fn shared<F>(&self, key: &str, make: F) -> Result<Value, ServiceError>
    where
        F: AsyncFnOnce() -> Result<(Value, i64), ServiceError>;

    /// Forgets a shared value that this call was given, because an upstream refused it. One that has
    /// been made since stays.
    ///
    /// # Errors
    /// If the store fails.
    async fn forget(&self, key: &str) -> Result<(), ServiceError>;
}
