//! The sealed values and who may use them.

use tasker_domain::ErrorCode;
use tasker_domain::keystore::KeyName;
use tasker_domain::wire::ServiceError;
use tasker_service::{invalid, refused, retryable};

use crate::Store;
use crate::cipher::{Purpose, Ring};
use crate::value::Stored;

/// The keystore's settings.
#[derive(Clone)]
pub struct Settings {
    /// The master key.
    pub key: [u8; 32],
    /// Master keys before it.
    pub previous_keys: Vec<[u8; 32]>,
    /// Patterns of the namespaces that a task may use that declares none, separated by commas.
    pub default_grant: String,
}

/// The store with the keys to its sealed values.
pub struct Vault<S> {
    pub(crate) store: S,
    pub(crate) ring: Ring,
    pub(crate) default_grant: Vec<String>,
}

impl<S: Store> Vault<S> {
    /// The vault over a store.
    #[must_use]
    pub fn new(store: S, settings: &Settings) -> Self {
        let grants = settings.default_grant.split(',').map(str::trim);
        Self {
            store,
            ring: Ring::new(&settings.key, &settings.previous_keys),
            default_grant: grants
                .filter(|grant| !grant.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// A value in clear; `None` if the key has none.
    ///
    /// # Errors
    /// `decryption_failed`, or the store fails.
    pub(crate) fn read(&self, name: &KeyName) -> Result<Option<Stored>, ServiceError> {
        let stored = self
            .store
            .get(&name.namespace, &name.key)
            .map_err(store_failed)?;
        stored.map(|sealed| self.open(name, &sealed)).transpose()
    }

    /// A sealed value in clear.
    ///
    /// # Errors
    /// `decryption_failed`
    pub(crate) fn open(&self, name: &KeyName, sealed: &[u8]) -> Result<Stored, ServiceError> {
        let opened = self
            .ring
            .open(Purpose::Keep, (&name.namespace, &name.key), sealed);
        opened.and_then(Stored::from_opened).ok_or_else(|| {
            refused(
                ErrorCode::DecryptionFailed,
                format!("the value of `{name}` cannot be decrypted; was `keystore_key` changed?"),
            )
        })
    }

    /// A value sealed under the present key.
    ///
    /// # Errors
    /// If there is no randomness.
    pub(crate) fn seal(&self, name: &KeyName, value: &Stored) -> Result<Vec<u8>, ServiceError> {
        let names = (name.namespace.as_str(), name.key.as_str());
        let bytes = value.to_bytes().map_err(unavailable)?;
        self.ring
            .seal(Purpose::Keep, names, &bytes)
            .map_err(unavailable)
    }

    /// Stores a value; tells whether its key is new.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) fn write(
        &self,
        name: &KeyName,
        value: &Stored,
        now: i64,
    ) -> Result<bool, ServiceError> {
        let sealed = self.seal(name, value)?;
        self.store
            .put(&name.namespace, &name.key, &sealed, now)
            .map_err(store_failed)
    }
}

/// The store fails, or no key can have this name.
pub(crate) fn store_failed(error: tasker_store::Error) -> ServiceError {
    match error {
        tasker_store::Error::NulInText => invalid("a namespace or key holds the character NUL"),
        error => unavailable(error),
    }
}

/// The store or the configuration fails: another attempt may succeed. The reason is only for
/// the operator's log.
pub(crate) fn unavailable(reason: impl std::fmt::Display) -> ServiceError {
    #[cfg(target_arch = "wasm32")]
    tasker_host::log::error(&reason).write();
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("keystore: {reason}");
    retryable(
        ErrorCode::ServiceUnavailable,
        "the keystore is not available at the moment",
        None,
    )
}
