//! How many runs may go on at once.

use crate::row::Row;
use crate::{ConcurrencyLimit, Result};

pub(crate) fn read_limit(mut row: Row) -> Result<ConcurrencyLimit> {
    Ok(ConcurrencyLimit {
        scope: row.get("scope").text()?,
        at_once: row.get("at_once").number()?,
    })
}
