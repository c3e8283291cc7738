//! API keys.

use ambassador::delegatable_trait;
use tasker_domain::access::ApiKey;

use crate::{Page, Result};

/// The keys of the public API. The store knows their hashes alone.
#[delegatable_trait]
pub trait ApiKeys {
    /// Stores a key; answers `false`, and changes nothing, if there is one of this name or hash.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn add_api_key(&self, key: &ApiKey) -> Result<bool>;

    /// The key with this hash, though it may have expired. It costs the same however many there are.
    fn api_key(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>>;

    /// The keys whose name is greater than `after`, by name.
    fn api_keys(&self, after: Option<&str>, limit: u32) -> Result<Page<ApiKey>>;

    /// Revokes a key; answers whether there was one.
    fn remove_api_key(&self, name: &str) -> Result<bool>;

    /// Notes that a key was used now.
    fn use_api_key(&self, name: &str, now: i64) -> Result<()>;
}
