//! Lists in pages.

use crate::Result;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether there are more after them.
    pub more: bool,
}

impl<T> Page<T> {
    /// The item after which the next page begins, if there is one.
    pub fn next_after(&self) -> Option<&T> {
        self.items.last().filter(|_| self.more)
    }
}

/// A page of at most `limit` items: `read` is asked for one more, which tells whether there are
/// more.
pub(crate) fn page<T>(limit: u32, read: impl FnOnce(i64) -> Result<Vec<T>>) -> Result<Page<T>> {
    let mut items = read(i64::from(limit) + 1)?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    Ok(Page { items, more })
}
