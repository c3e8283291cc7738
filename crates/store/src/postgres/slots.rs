//! How many runs may go on at once.

use tasker_domain::RunId;

use crate::postgres::connection::{Call, Connection, params};
use crate::records::slots::read_slot;
use crate::{Result, Slot};

/// The limit under which a run was submitted.
pub(super) fn of<C: Connection>(db: &C, run: RunId) -> Result<Option<Slot>> {
    db.one("slot", params![run])?.map(read_slot).transpose()
}
