//! Settled calls.

use tasker_domain::{Call, JournalEntry, Lease, Outcome, Path, RunId};

use crate::portable::history::journal_bytes;
use crate::records::journal::{read_entries, size, write_outcome};
use crate::row::to_json;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::{NewEntry, Result};

macro_rules! entry_columns {
    () => {
        "frame, call_number, service, method, args, options, position, ok, value, attempts, started_at,
         finished_at"
    };
}
pub(super) use entry_columns;

/// Appends under a lease: without it there is no row to select.
const APPEND: &str = concat!(
    "INSERT INTO call_journal
        (run_id, seq, frame, call_number, position, ok, attempts, started_at, finished_at,
         service, method, args, value, options, total_bytes)
     SELECT s.run_id, (SELECT coalesce(max(j.seq), 0) + 1 FROM call_journal j WHERE j.run_id = s.run_id),
            s.path, ?3, ?4, ?5, 1, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 + ",
    journal_bytes!("s.run_id"),
    " FROM stack_runs s
      WHERE s.id = ?1 AND s.lease_token = ?2 AND s.status = 'processing' AND s.kind = 'frame'
      RETURNING 1"
);
const SETTLE: &str = concat!(
    "INSERT INTO call_journal
        (run_id, seq, frame, call_number, ok, attempts, started_at, finished_at,
         service, method, args, value, options, total_bytes)
     VALUES (?1, (SELECT coalesce(max(j.seq), 0) + 1 FROM call_journal j WHERE j.run_id = ?1),
             ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13 + ",
    journal_bytes!("?1"),
    ")
     ON CONFLICT (run_id, frame, call_number) DO NOTHING"
);
/// Gives positions to the entries that a leased frame has not seen, in the order of settling.
const ASSIGN_POSITIONS: &str = concat!(
    "UPDATE call_journal SET position = unseen.assigned
     FROM (SELECT j.run_id AS run, j.seq AS number,
                  (SELECT coalesce(max(p.position), 0) FROM call_journal p
                   WHERE p.run_id = s.run_id AND p.frame = s.path)
                  + row_number() OVER (ORDER BY j.seq) AS assigned
           FROM stack_runs s
           JOIN call_journal j ON j.run_id = s.run_id AND j.frame = s.path AND j.position IS NULL
           WHERE s.id = ?1 AND s.lease_token = ?2 AND s.status = 'processing') AS unseen
     WHERE run_id = unseen.run AND seq = unseen.number
     RETURNING ",
    entry_columns!()
);

/// Appends an entry to a leased frame's journal; answers whether the lease holds.
pub(super) fn append<C: Connection>(db: &C, lease: Lease, entry: &NewEntry) -> Result<bool> {
    let (ok, value) = write_outcome(&entry.outcome)?;
    let bytes = size(&entry.call, &value);
    let appended = db.one(
        APPEND,
        params![
            lease.id,
            lease.token.0,
            entry.call.number,
            entry.position,
            ok,
            entry.started_at,
            entry.finished_at,
            entry.call.service.as_str(),
            to_json(&entry.call.method)?,
            entry.call.args.as_str(),
            value,
            entry.call.options.as_deref(),
            bytes,
        ],
    )?;
    Ok(appended.is_some())
}

/// A call that a row of the queue has settled. Its frame has not seen it yet.
pub(super) struct SettledCall<'a> {
    pub(super) run: RunId,
    pub(super) frame: &'a Path,
    pub(super) call: &'a Call,
    pub(super) outcome: &'a Outcome,
    pub(super) attempts: u32,
    pub(super) started_at: i64,
    pub(super) finished_at: i64,
}

/// Journals a call, unless it has settled already.
pub(super) fn settle<C: Connection>(db: &C, settled: &SettledCall<'_>) -> Result<()> {
    let (ok, value) = write_outcome(settled.outcome)?;
    let bytes = size(settled.call, &value);
    db.execute(
        SETTLE,
        params![
            settled.run,
            settled.frame,
            settled.call.number,
            ok,
            settled.attempts,
            settled.started_at,
            settled.finished_at,
            settled.call.service.as_str(),
            to_json(&settled.call.method)?,
            settled.call.args.as_str(),
            value,
            settled.call.options.as_deref(),
            bytes,
        ],
    )?;
    Ok(())
}

/// Gives positions to what a leased frame has not seen yet, and answers those entries in that order.
pub(super) fn assign_positions<C: Connection>(db: &C, lease: Lease) -> Result<Vec<JournalEntry>> {
    let rows = db.execute(ASSIGN_POSITIONS, params![lease.id, lease.token.0])?;
    let mut entries = read_entries(rows)?;
    entries.sort_unstable_by_key(|entry| entry.position);
    Ok(entries)
}
