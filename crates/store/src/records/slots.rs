//! How many runs may go on at once.

use crate::row::Row;
use crate::{Result, Slot};

pub(crate) fn read_slot(mut row: Row) -> Result<Slot> {
    Ok(Slot {
        scope: row.get("scope").text()?,
        at_once: row.get("at_once").number()?,
    })
}
