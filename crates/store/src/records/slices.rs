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
        run: row.get("run_id").parsed()?,
        path: Path::from(row.get("path").text()?),
        log_count: row.get("log_count").number()?,
        input: row.get("input").text()?,
        trace: row.get("trace").opt_parsed()?,
        last_position: row.get("last_position").number()?,
        journal_bytes: row.get("journal_bytes").number()?,
        queued: {
            let mut queued: Vec<u32> = row.get("queued").json()?;
            queued.sort_unstable();
            queued
        },
        snapshot: match row.get("bytes").opt_blob()? {
            None => None,
            Some(bytes) => Some(SnapshotRecord {
                bytes,
                raw_bytes: row.get("raw_bytes").number()?,
                engine: row.get("engine").text()?,
                position: row.get("position").number()?,
                in_flight: from_json(&row.get("in_flight").text()?)?,
            }),
        },
        next: read_next(row)?,
    })
}
