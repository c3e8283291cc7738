//! Encrypted values, and changing the key under which they are sealed.

use ambassador::delegatable_trait;

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
