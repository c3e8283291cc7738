//! Looking at the records as a whole.

use tasker_domain::diagnosis::{Damage, DamageKind, Wait};
use tasker_domain::{Path, StackStatus};

use crate::records::tasks::read_task;
use crate::row::{Row, from_json};
use crate::{Result, SnapshotRecord, StoredFrame};

pub(crate) fn read_damage(kind: DamageKind, mut row: Row) -> Result<Damage> {
    Ok(Damage {
        kind,
        run: row.get("run").text()?,
        task: row.get("task").opt_text()?,
        path: row.get("path").text()?,
        since: row.get("since").int()?,
        detail: None,
    })
}

pub(crate) fn read_wait(mut row: Row) -> Result<Wait> {
    let run = row.get("run_id").parsed()?;
    let task = row.get("task").text()?;
    let path = Path::from(row.get("path").text()?);
    let is_call = row.get("is_call").boolean()?;
    let service = row.get("service").text()?;
    let method: Vec<String> = row.get("method").json()?;
    let label = method
        .iter()
        .fold(service, |label, name| format!("{label}.{name}"));
    Ok(Wait {
        run,
        task,
        path,
        call: is_call.then_some(label),
        event: row.get("event").opt_text()?,
        status: row.get("status").word(StackStatus::parse)?,
        attempt: row.get("attempt").number()?,
        run_after: row.get("run_after").int()?,
        lease_expires_at: row.get("lease_expires_at").opt_int()?,
        since: row.get("since").int()?,
        paused: row.get("paused").boolean()?,
        stopped_by: row.get("stopped_by").opt_int()?,
        held: row.get("held").boolean()?,
    })
}

pub(crate) fn read_frame(mut row: Row) -> Result<StoredFrame> {
    let task = read_task(&mut row)?;
    Ok(StoredFrame {
        task,
        id: row.get("id").parsed()?,
        run: row.get("run_id").parsed()?,
        path: Path::from(row.get("path").text()?),
        status: row.get("status").word(StackStatus::parse)?,
        updated_at: row.get("updated_at").int()?,
        last_position: row.get("last_position").number()?,
        queued: row.get("queued").json()?,
        settled: row.get("settled").json()?,
        snapshot: match row.get("bytes").opt_blob()? {
            None => None,
            Some(bytes) => Some(SnapshotRecord {
                bytes,
                raw_bytes: row.get("raw_bytes").number()?,
                engine: row.get("engine").text()?,
                position: row.get("position").number()?,
                // What cannot be read was damaged like the snapshots.
                in_flight: from_json(&row.get("in_flight").text()?).unwrap_or_default(),
            }),
        },
    })
}
