//! How many runs may go on at once.

use crate::row::Row;
use crate::{Result, Slot};

pub(crate) fn read_slot(mut row: Row) -> Result<Slot> {
    Ok(Slot {
        scope: row.text()?,
        at_once: row.number()?,
    })
}
