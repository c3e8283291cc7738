//! Loading a frame.

use tasker_domain::Lease;

use crate::postgres::connection::{Call, Connection, params};
use crate::records::frames::read_frame;
use crate::records::tasks::read_task;
use crate::{Control, Error, Frame, Result};

pub(super) fn load<C: Connection>(db: &C, lease: Lease, now: i64) -> Result<Frame> {
    let mut row = db
        .one("load", params![lease.id, lease.token.0, now])?
        .ok_or(Error::LeaseLost)?;
    let started_at = row.int()?;
    let control = Control::read(&mut row)?;
    let task = read_task(&mut row)?;
    read_frame(row, task, started_at, control)
}
