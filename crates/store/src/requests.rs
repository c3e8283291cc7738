//! How many requests clients make: those that make very many are refused for the rest of a minute.

use ambassador::delegatable_trait;

use crate::Result;

/// How long requests are counted together (ms), from the first one on.
pub const REQUESTS_MS: i64 = 60_000;

/// Requests that were counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requested {
    /// How many.
    pub times: u32,
    /// When the next ones are counted anew.
    pub until: i64,
}

/// Counts of requests.
#[delegatable_trait]
pub trait Requests {
    /// The requests of an asker that are counted together at a moment; `None`: there were none yet.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn requests(&self, asker: &str, now: i64) -> Result<Option<Requested>>;

    /// Counts requests of an asker; answers whether they are the first ones of their [`REQUESTS_MS`].
    fn count_requests(&self, asker: &str, times: u32, now: i64) -> Result<bool>;

    /// Forgets at most `limit` counts whose time is over; answers how many.
    fn forget_requests(&self, limit: u32, now: i64) -> Result<u32>;
}
