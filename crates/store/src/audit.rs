//! What the holders of keys do through the API.

use ambassador::delegatable_trait;
use tasker_domain::audit::{Deed, NotedDeed};

use crate::{Page, Result};

/// Which deeds to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeedFilter {
    /// Only those of a key of this name.
    pub key: Option<String>,
    /// Only those of this action.
    pub action: Option<String>,
    /// Only those that were done to this.
    pub target: Option<String>,
    /// Only those after this moment.
    pub after: i64,
}

/// The audit: who has done what.
#[delegatable_trait]
pub trait Audit {
    /// Notes a deed. Refusals of one key, action and code within an hour are one row, so that nobody who may do nothing can
    /// fill the audit.
    ///
    /// # Errors
    /// Only if the database fails, as with every operation here.
    fn note_deed(&self, deed: &Deed) -> Result<()>;

    /// Removes the oldest deeds: at most `limit` of those up to a moment, and at most as many of those before the newest
    /// `rows`.
    fn forget_deeds(&self, until: i64, rows: u64, limit: u32) -> Result<()>;

    /// A page of deeds before one, the newest first. With a filter it may walk over all that are kept.
    fn deeds(
        &self,
        filter: &DeedFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<NotedDeed>>;
}
