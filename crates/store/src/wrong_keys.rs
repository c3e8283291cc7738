//! Clients that have sent wrong keys: those that send many are slowed.

use ambassador::delegatable_trait;

use crate::Result;

/// How long wrong keys of a client are counted together (ms).
pub const WRONG_KEYS_MS: i64 = 60_000;

/// Most clients whose wrong keys are counted at once; of more, none is.
pub const WRONG_KEYS_CLIENTS: u32 = 1_000;

/// Counts of wrong keys.
#[delegatable_trait]
pub trait WrongKeys {
    /// Counts a wrong key of a client.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn count_wrong_key(&self, client: &str, now: i64) -> Result<()>;

    /// How many wrong keys a client has sent since its count began, at most [`WRONG_KEYS_MS`] ago.
    fn wrong_keys(&self, client: &str, now: i64) -> Result<u32>;
}
