//! Settled calls.

use tasker_domain::{JournalEntry, Lease, LogLine, Path, RunId};

use crate::page::page;
use crate::postgres::connection::{Call, Connection, params};
use crate::postgres::{attempts, logs};
use crate::records::journal::{self, read_entries, read_entry, write_outcome};
use crate::row::{Row, to_json};
use crate::{Absorbed, Control, Error, NewEntry, Page, Result};

pub(super) fn history<C: Connection>(
    db: &C,
    run: RunId,
    offset: u32,
    limit: u32,
) -> Result<Page<JournalEntry>> {
    let page = page(limit, |limit| {
        read_entries(db.call("journal", params![run, offset, limit])?)
    })?;
    journal::history(page, |paths| attempts::of_paths(db, run, paths))
}

pub(super) fn tail<C: Connection>(
    db: &C,
    run: RunId,
    frame: &Path,
    after: u32,
    limit: u32,
) -> Result<Vec<JournalEntry>> {
    read_entries(db.call("tail", params![run, frame, after, limit])?)
}

pub(super) fn append<C: Connection>(
    db: &C,
    lease: Lease,
    entry: &NewEntry,
    lines: &[LogLine],
) -> Result<()> {
    let (ok, value) = write_outcome(&entry.outcome)?;
    let mut params = params![
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
    ]
    .to_vec();
    params.extend(logs::columns(lines));
    db.leased("append", &params)
}

pub(super) fn absorb<C: Connection>(db: &C, lease: Lease) -> Result<Absorbed> {
    read_absorbed(db.call("absorb", params![lease.id, lease.token.0])?)
}

/// Reads what a slice is to do, which is in every row, and entries: if there is none, there is one row
/// without it.
pub(super) fn read_absorbed(rows: Vec<Row>) -> Result<Absorbed> {
    let mut absorbed = Absorbed::default();
    let mut asked = None;
    for mut row in rows {
        asked = Some(Control::read(&mut row)?);
        if row.boolean()? {
            absorbed.entries.push(read_entry(row)?);
        }
    }
    absorbed.control = asked.ok_or(Error::LeaseLost)?;
    Ok(absorbed)
}
