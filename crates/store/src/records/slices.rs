//! What a slice needs of its frame.

use tasker_domain::{Path, TaskFunction};

use crate::records::journal::read_next;
use crate::row::{Row, from_json};
use crate::{Control, Frame, Result, SnapshotRecord};

pub(crate) fn read_frame(
    mut row: Row,
    task: TaskFunction,
    started_at: i64,
    control: Control,
) -> Result<Frame> {
    Ok(Frame {
        control,
        task,
        started_at,
        run: row.parsed()?,
        path: Path::from(row.text()?),
        log_count: row.number()?,
        input: row.text()?,
        trace: row.opt_parsed()?,
        last_position: row.number()?,
        queued: {
            let mut queued: Vec<u32> = row.json()?;
            queued.sort_unstable();
            queued
        },
        snapshot: match row.opt_blob()? {
            None => {
                row.skip(4)?;
                None
            }
            Some(bytes) => Some(SnapshotRecord {
                bytes,
                raw_bytes: row.number()?,
                engine: row.text()?,
                position: row.number()?,
                in_flight: from_json(&row.text()?)?,
            }),
        },
        next: read_next(row)?,
    })
}
