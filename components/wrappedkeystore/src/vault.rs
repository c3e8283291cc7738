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
    /// How much there may be.
    pub room: Room,
}

/// How much there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Namespaces.
    pub namespaces: u64,
    /// Keys of a namespace.
    pub keys: u64,
    /// Bytes of the sealed values of a namespace.
    pub bytes: u64,
}

/// The store with the keys to its sealed values.
pub struct Vault<S> {
    pub(crate) store: S,
    pub(crate) ring: Ring,
    pub(crate) default_grant: String,
    pub(crate) room: Room,
}

impl<S: Store> Vault<S> {
    /// The vault over a store.
    #[must_use]
    pub fn new(store: S, settings: &Settings) -> Self {
        Self {
            store,
            ring: Ring::new(&settings.key, &settings.previous_keys),
            default_grant: settings.default_grant.clone(),
            room: settings.room,
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

    /// Stores a value in the place of one that takes `found` bytes; tells whether its key is new.
    ///
    /// # Errors
    /// `keystore_full`, or the store fails.
    pub(crate) fn write(
        &self,
        name: &KeyName,
        found: Option<usize>,
        value: &Stored,
        now: i64,
    ) -> Result<bool, ServiceError> {
        let sealed = self.seal(name, value)?;
        self.check_room(name, found, sealed.len())?;
        self.store
            .put(&name.namespace, &name.key, &sealed, now)
            .map_err(store_failed)
    }
}

/// How much room there is. Writers at one moment do not see each other, so a namespace may come to hold a little more.
impl<S: Store> Vault<S> {
    /// Refuses what takes more room than there is: `sealed` bytes in the place of `found`.
    ///
    /// # Errors
    /// `keystore_full`, or the store fails.
    pub(crate) fn check_room(
        &self,
        name: &KeyName,
        found: Option<usize>,
        sealed: usize,
    ) -> Result<(), ServiceError> {
        if found.is_some_and(|found| sealed <= found) {
            return Ok(());
        }
        let namespace = name.namespace.as_str();
        let held = self.store.held(namespace).map_err(store_failed)?;
        if found.is_none() && held.keys >= self.room.keys {
            return Err(full(format!(
                "the namespace `{namespace}` has {} keys, which are all that it may have",
                held.keys
            )));
        }
        let grown = (held.bytes + sealed as u64).saturating_sub(found.unwrap_or(0) as u64);
        if grown > self.room.bytes {
            return Err(full(format!(
                "the values of the namespace `{namespace}` would take {grown} bytes together, and may take {}",
                self.room.bytes
            )));
        }
        let is_new = held.keys == 0;
        if is_new && self.store.count_namespaces().map_err(store_failed)? >= self.room.namespaces {
            return Err(full(format!(
                "there are {} namespaces, which are all that there may be",
                self.room.namespaces
            )));
        }
        Ok(())
    }
}

fn full(message: String) -> ServiceError {
    refused(ErrorCode::KeystoreFull, message)
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
