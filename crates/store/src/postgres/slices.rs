//! Loading a frame.

use tasker_domain::{JournalEntry, Lease, Path, RunId};

use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, params};
use crate::postgres::logs::columns;
use crate::records::journal::{read_entries, read_entry, write_outcome};
use crate::records::slices::read_frame;
use crate::records::tasks::read_task;
use crate::row::{Row, to_json};
use crate::slices::Slices;
use crate::{Absorbed, Control, Error, Frame, NewEntry, NewLog, Result};

impl<C: Connection> Slices for Postgres<C> {
    fn load(&self, lease: Lease, now: i64) -> Result<Frame> {
        let mut row = self
            .connection
            .one("load", params![lease.id, lease.token.0, now])?
            .ok_or(Error::LeaseLost)?;
        let started_at = row.get("clock").int()?;
        let control = Control::read(&mut row)?;
        let task = read_task(&mut row)?;
        read_frame(row, task, started_at, control)
    }

    fn tail(&self, run: RunId, frame: &Path, after: u32, limit: u32) -> Result<Vec<JournalEntry>> {
        read_entries(
            self.connection
                .call("tail", params![run, frame, after, limit])?,
        )
    }

    fn append(&self, lease: Lease, entry: &NewEntry, logs: &NewLog, _now: i64) -> Result<()> {
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
        params.extend(columns(logs));
        self.connection.leased("append", &params)
    }

    fn tell(&self, lease: Lease, logs: &NewLog) -> Result<()> {
        let mut params = params![lease.id, lease.token.0].to_vec();
        params.extend(columns(logs));
        self.connection.leased("tell", &params)
    }

    fn absorb(&self, lease: Lease, _now: i64) -> Result<Absorbed> {
        read_absorbed(
            self.connection
                .call("absorb", params![lease.id, lease.token.0])?,
        )
    }
}

/// Reads what a slice must do, which is in every row, and the entries: if there are none, one row comes
/// without an entry.
pub(super) fn read_absorbed(rows: Vec<Row>) -> Result<Absorbed> {
    let mut absorbed = Absorbed::default();
    let mut asked = None;
    for mut row in rows {
        asked = Some(Control::read(&mut row)?);
        if row.get("has_entry").boolean()? {
            absorbed.entries.push(read_entry(row)?);
        }
    }
    absorbed.control = asked.ok_or(Error::LeaseLost)?;
    Ok(absorbed)
}
