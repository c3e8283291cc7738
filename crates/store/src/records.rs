//! What the backends make of the rows that they read: the same, whatever database they are from.

use std::collections::BTreeMap;

use tasker_domain::{
    Claimed, FailedAttempt, JournalEntry, Lease, LeaseToken, Path, RunId, StackRun, Work,
};

use crate::row::{Row, from_json};
use crate::{Child, Page, Result, SealedValue};

/// The failed attempts of calls, by their paths.
pub(crate) type Failures = BTreeMap<Path, Vec<FailedAttempt>>;

/// Reads the path and a failed attempt from each row.
pub(crate) fn failures(rows: Vec<Row>) -> Result<Failures> {
    let mut failures = Failures::new();
    for mut row in rows {
        let path = Path::from(row.text()?);
        let attempt = FailedAttempt {
            attempt: row.number()?,
            started_at: row.int()?,
            finished_at: row.int()?,
            next_at: row.int()?,
            error: from_json(&row.text()?)?,
        };
        failures.entry(path).or_default().push(attempt);
    }
    Ok(failures)
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

/// The stack of a run in its order, with the attempts that each row took. `failures` finds those of
/// some paths.
pub(crate) fn stack(
    mut stack: Vec<StackRun>,
    failures: impl FnOnce(&[Path]) -> Result<Failures>,
) -> Result<Vec<StackRun>> {
    let failed = stack.iter().filter(|row| row.attempt > 0);
    let failed: Vec<_> = failed.map(|row| row.path.clone()).collect();
    let mut failures = failures(&failed)?;
    for row in &mut stack {
        row.failures = failures.remove(&row.path).unwrap_or_default();
    }
    stack.sort_by_cached_key(|stack_run| numbers(&stack_run.path));
    Ok(stack)
}

/// The call numbers of a path: paths sort by them, not by their digits.
fn numbers(path: &Path) -> Vec<u32> {
    path.as_str()
        .split('.')
        .map(|number| number.parse().unwrap_or(u32::MAX))
        .collect()
}

/// A row that a claim took.
pub(crate) struct Taken {
    /// When it was due.
    pub(crate) due: i64,
    /// Whether it is the root frame of a run that has yet to ask for a slot.
    pub(crate) wants_slot: bool,
    pub(crate) claimed: Claimed,
}

/// What a claim answers: the longest due first, without the runs that have to wait for a slot. `admit`
/// asks for one.
pub(crate) fn claims(
    mut taken: Vec<Taken>,
    mut admit: impl FnMut(&Claimed) -> Result<bool>,
) -> Result<Vec<Claimed>> {
    taken.sort_unstable_by_key(|row| (row.due, row.claimed.lease.id));
    let mut claimed = Vec::with_capacity(taken.len());
    for row in taken {
        if !row.wants_slot || admit(&row.claimed)? {
            claimed.push(row.claimed);
        }
    }
    Ok(claimed)
}

/// A child of a frame that was claimed when it was made.
pub(crate) fn claimed_child(run: RunId, frame: &Path, child: &Child) -> Claimed {
    Claimed {
        lease: Lease {
            id: child.id,
            token: LeaseToken(1),
        },
        run,
        path: frame.call(child.call.number),
        work: match child.task {
            Some(_) => Work::Frame,
            None => Work::Call(child.call.clone()),
        },
        attempt: child.failed(),
    }
}

/// A frame that had something to wake for at once.
pub(crate) fn claimed_again(lease: Lease, run: RunId, path: Path) -> Claimed {
    Claimed {
        lease,
        run,
        path,
        work: Work::Frame,
        attempt: 0,
    }
}

/// Reads namespace, key and ciphertext from each row.
pub(crate) fn sealed_values(rows: Vec<Row>) -> Result<Vec<SealedValue>> {
    rows.into_iter()
        .map(|mut row| {
            Ok(SealedValue {
                namespace: row.text()?,
                key: row.text()?,
                ciphertext: row.blob()?,
            })
        })
        .collect()
}
