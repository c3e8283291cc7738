//! Looking at the records as a whole.

use tasker_domain::diagnosis::{Damage, DamageKind, Wait};
use tasker_domain::{Path, StackStatus};

use crate::records::tasks::read_task;
use crate::row::{Row, from_json};
use crate::{Result, SnapshotRecord, StoredFrame};

pub(crate) fn read_damage(kind: DamageKind, mut row: Row) -> Result<Damage> {
    Ok(Damage {
        kind,
        run: row.text()?,
        task: row.opt_text()?,
        path: row.text()?,
        since: row.int()?,
        detail: None,
    })
}

pub(crate) fn read_wait(mut row: Row) -> Result<Wait> {
    let run = row.parsed()?;
    let task = row.text()?;
    let path = Path::from(row.text()?);
    let is_call = row.boolean()?;
    let service = row.text()?;
    let method: Vec<String> = row.json()?;
    let label = method
        .iter()
        .fold(service, |label, name| format!("{label}.{name}"));
    Ok(Wait {
        run,
        task,
        path,
        call: is_call.then_some(label),
        event: row.opt_text()?,
        status: row.word(StackStatus::parse)?,
        attempt: row.number()?,
        run_after: row.int()?,
        lease_expires_at: row.opt_int()?,
        since: row.int()?,
        paused: row.boolean()?,
        stopped_by: row.opt_int()?,
        held: row.boolean()?,
    })
}

pub(crate) fn read_frame(mut row: Row) -> Result<StoredFrame> {
    let task = read_task(&mut row)?;
    Ok(StoredFrame {
        task,
        id: row.parsed()?,
        run: row.parsed()?,
        path: Path::from(row.text()?),
        status: row.word(StackStatus::parse)?,
        updated_at: row.int()?,
        last_position: row.number()?,
        queued: row.json()?,
        settled: row.json()?,
        snapshot: match row.opt_blob()? {
            None => None,
            Some(bytes) => Some(SnapshotRecord {
                bytes,
                raw_bytes: row.number()?,
                engine: row.text()?,
                position: row.number()?,
                // What cannot be read was damaged by the hand that damages snapshots.
                in_flight: from_json(&row.text()?).unwrap_or_default(),
            }),
        },
    })
}
