//! Encrypted values, and changing the key under which they are sealed.

use ambassador::delegatable_trait;
use tasker_domain::{Json, RunId};

use crate::{Page, Result};

/// Encrypted values by namespace and key. The store never sees a clear value.
#[delegatable_trait]
pub trait Keystore {
    /// The ciphertext of a key.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn get(&self, namespace: &str, key: &str) -> Result<Option<Vec<u8>>>;

    /// Stores a ciphertext; answers whether the key is new.
    fn put(&self, namespace: &str, key: &str, ciphertext: &[u8], now: i64) -> Result<bool>;

    /// The keys of a namespace after a key, in order.
    fn keys(&self, namespace: &str, after: Option<&str>, limit: u32) -> Result<Page<String>>;

    /// The namespaces that have keys, after a name, in order.
    fn namespaces(&self, after: Option<&str>, limit: u32) -> Result<Page<Namespace>>;

    /// Removes a key; answers whether there was one.
    fn remove(&self, namespace: &str, key: &str) -> Result<bool>;

    /// What a namespace holds. It walks over its keys.
    fn held(&self, namespace: &str) -> Result<Held>;

    /// How many namespaces have keys.
    fn count_namespaces(&self) -> Result<u64>;
}

/// What a namespace holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// How many keys.
    pub keys: u64,
    /// The bytes of their ciphertexts together.
    pub bytes: u64,
}

/// Changing a value in one step, once for each call.
#[delegatable_trait]
pub trait Changes {
    /// What a call that changes a value by itself finds.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn before_change(&self, of: &ChangeOf<'_>) -> Result<BeforeChange>;

    /// Changes a value and remembers the call, at once. `false`: the value is no longer the expected one, or the call
    /// has changed it before; nothing was written.
    fn change(&self, change: &Change<'_>, now: i64) -> Result<bool>;
}

/// Which call changes which value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeOf<'a> {
    /// The value's namespace.
    pub namespace: &'a str,
    /// The value's key.
    pub key: &'a str,
    /// The call's idempotency key: all attempts of it make one change.
    pub call: &'a str,
}

/// A value before a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BeforeChange {
    /// The ciphertext; `None`: the key has no value.
    pub ciphertext: Option<Vec<u8>>,
    /// What the call was answered, if an attempt has made its change. It is kept as long as the run.
    pub answer: Option<Json>,
}

/// A change that depends on what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// Which call changes which value.
    pub of: ChangeOf<'a>,
    /// The run that makes the call.
    pub run: RunId,
    /// The ciphertext that was found. Each sealing gives another, so an equal one means that nothing happened meanwhile.
    pub expected: Option<&'a [u8]>,
    /// The new ciphertext.
    pub ciphertext: &'a [u8],
    /// What the call is answered, like its journal entry in clear.
    pub answer: &'a str,
}

/// Changing the key under which the keystore's values are sealed.
#[delegatable_trait]
pub trait Reseal {
    /// The values whose ciphertext does not begin with `prefix`, after a name, in the order of names.
    fn sealed_otherwise(
        &self,
        prefix: &[u8],
        after: Option<(&str, &str)>,
        limit: u32,
    ) -> Result<Vec<SealedValue>>;

    /// Replaces a value's ciphertext by one of the same value. `false`: the value was changed or
    /// removed meanwhile; nothing was written.
    fn reseal(&self, value: &SealedValue, ciphertext: &[u8]) -> Result<bool>;
}

/// A namespace of the keystore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// How many keys it has.
    pub keys: u64,
}

/// A value of the keystore as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// Its namespace.
    pub namespace: String,
    /// Its key.
    pub key: String,
    /// The sealed value.
    pub ciphertext: Vec<u8>,
}
