//! Cutting lists into pages.

use crate::{Page, Result};

/// A page of at most `limit` items: `read` is asked for one more, which tells whether there are
/// more.
pub(crate) fn page<T>(limit: u32, read: impl FnOnce(i64) -> Result<Vec<T>>) -> Result<Page<T>> {
    let mut items = read(i64::from(limit) + 1)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    Ok(Page { items, more })
}
