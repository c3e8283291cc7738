//! Settled calls.

use tasker_domain::{Call, JournalEntry, Outcome, Path};

use crate::records::attempts::Failures;
use crate::row::{Row, from_json, to_json};
use crate::{Page, Result};

/// Reads call number, service, method, arguments and options.
pub(crate) fn read_call(row: &mut Row) -> Result<Call> {
    Ok(Call {
        number: row.number()?,
        service: row.text()?,
        method: row.json()?,
        args: row.text()?,
        options: row.opt_text()?,
    })
}

pub(crate) fn read_entry(mut row: Row) -> Result<JournalEntry> {
    let frame = row.text()?;
    read_entry_of(Path::from(frame), row)
}

/// Reads an entry whose columns are all `NULL` if there is none.
pub(crate) fn read_next(mut row: Row) -> Result<Option<JournalEntry>> {
    let frame = row.opt_text()?;
    frame
        .map(|frame| read_entry_of(Path::from(frame), row))
        .transpose()
}

fn read_entry_of(frame: Path, mut row: Row) -> Result<JournalEntry> {
    Ok(JournalEntry {
        frame,
        call: read_call(&mut row)?,
        position: row.opt_number()?,
        outcome: if row.boolean()? {
            Ok(row.text()?)
        } else {
            Err(from_json(&row.text()?)?)
        },
        attempts: row.number()?,
        failures: Vec::new(),
        started_at: row.int()?,
        finished_at: row.int()?,
    })
}

pub(crate) fn read_entries(rows: Vec<Row>) -> Result<Vec<JournalEntry>> {
    rows.into_iter().map(read_entry).collect()
}

/// A page of a journal, with the attempts that each call took. `failures` finds those of some paths.
pub(crate) fn history(
    mut page: Page<JournalEntry>,
    failures: impl FnOnce(&[Path]) -> Result<Failures>,
) -> Result<Page<JournalEntry>> {
    let path = |entry: &JournalEntry| entry.frame.call(entry.call.number);
    let retried = page.items.iter().filter(|entry| entry.attempts > 1);
    let mut failures = failures(&retried.map(path).collect::<Vec<_>>())?;
    for entry in &mut page.items {
        entry.failures = failures.remove(&path(entry)).unwrap_or_default();
    }
    Ok(page)
}

pub(crate) fn write_outcome(outcome: &Outcome) -> Result<(bool, String)> {
    Ok(match outcome {
        Ok(value) => (true, value.clone()),
        Err(error) => (false, to_json(error)?),
    })
}
