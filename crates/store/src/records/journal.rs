//! Settled calls.

use tasker_domain::{Call, JournalEntry, Outcome, Path};

use crate::records::attempts::Failures;
use crate::row::{Row, from_json, to_json};
use crate::{Page, Result};

/// Reads `call_number`, `service`, `method`, `args` and `options`.
pub(crate) fn read_call(row: &mut Row) -> Result<Call> {
    read_call_of(row, "")
}

/// Reads a call from columns whose names begin with a prefix.
fn read_call_of(row: &mut Row, prefix: &str) -> Result<Call> {
    let name = |column: &str| format!("{prefix}{column}");
    Ok(Call {
        number: row.get(&name("call_number")).number()?,
        service: row.get(&name("service")).text()?,
        method: row.get(&name("method")).json()?,
        args: row.get(&name("args")).text()?,
        options: row.get(&name("options")).opt_text()?,
    })
}

pub(crate) fn read_entry(mut row: Row) -> Result<JournalEntry> {
    let frame = row.get("frame").text()?;
    read_entry_of(Path::from(frame), row, "")
}

/// Reads an entry from columns whose names begin with `next_`. All are `NULL` if there is none.
pub(crate) fn read_next(mut row: Row) -> Result<Option<JournalEntry>> {
    let frame = row.get("next_frame").opt_text()?;
    frame
        .map(|frame| read_entry_of(Path::from(frame), row, "next_"))
        .transpose()
}

fn read_entry_of(frame: Path, mut row: Row, prefix: &str) -> Result<JournalEntry> {
    let name = |column: &str| format!("{prefix}{column}");
    let value = row.get(&name("value")).text()?;
    Ok(JournalEntry {
        frame,
        call: read_call_of(&mut row, prefix)?,
        position: row.get(&name("position")).opt_number()?,
        outcome: match row.get(&name("ok")).boolean()? {
            true => Ok(value),
            false => Err(from_json(&value)?),
        },
        attempts: row.get(&name("attempts")).number()?,
        failures: Vec::new(),
        started_at: row.get(&name("started_at")).int()?,
        finished_at: row.get(&name("finished_at")).int()?,
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

/// What an entry adds to the bytes of its run's journal.
pub(crate) fn size(call: &Call, value: &str) -> i64 {
    let options = call.options.as_deref().map_or(0, str::len);
    i64::try_from(call.args.len() + options + value.len()).unwrap_or(i64::MAX)
}
