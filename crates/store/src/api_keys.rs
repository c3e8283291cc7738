//! API keys, and who has sent wrong ones.

use ambassador::delegatable_trait;
use tasker_domain::access::ApiKey;

use crate::{Page, Result};

/// How long wrong keys of a client are counted together (ms).
pub const WRONG_KEYS_MS: i64 = 60_000;

/// Most clients whose wrong keys are counted at once; of more, none is.
pub const WRONG_KEYS_CLIENTS: u32 = 1_000;

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

    /// Counts a wrong key of a client.
    fn count_wrong_key(&self, client: &str, now: i64) -> Result<()>;

    /// How many wrong keys a client has sent since its count began, at most [`WRONG_KEYS_MS`] ago.
    fn wrong_keys(&self, client: &str, now: i64) -> Result<u32>;
}
