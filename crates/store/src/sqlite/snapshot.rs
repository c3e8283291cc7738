//! The state of a frame's VM.

use tasker_domain::Lease;

use crate::row::to_json;
use crate::sqlite::connection::{Connection, params};
use crate::{Result, SnapshotRecord};

const SAVE: &str = "
    INSERT INTO snapshots (stack_run_id, raw_bytes, engine, position, in_flight, bytes)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (stack_run_id) DO UPDATE SET
        raw_bytes = excluded.raw_bytes, engine = excluded.engine, position = excluded.position,
        in_flight = excluded.in_flight, bytes = excluded.bytes";

/// Stores the snapshot of a leased frame, in place of the one before.
pub(super) fn save<C: Connection>(db: &C, lease: Lease, snapshot: &SnapshotRecord) -> Result<()> {
    db.execute(
        SAVE,
        params![
            lease.id,
            i64::try_from(snapshot.raw_bytes).unwrap_or(i64::MAX),
            snapshot.engine.as_str(),
            snapshot.position,
            to_json(&snapshot.in_flight)?,
            snapshot.bytes.as_slice(),
        ],
    )?;
    Ok(())
}
