//! The queue: what a claim answers, and the stack of a run.

use tasker_domain::{
    Call, Claimed, Lease, LeaseToken, NEVER, Path, RunId, SnapshotInfo, StackRun, StackStatus, Work,
};

use crate::records::attempts::Failures;
use crate::records::journal::read_call;
use crate::row::{Row, to_json};
use crate::{Child, Page, Result};

/// The root frame of a run that waits for a slot is not due before this.
pub(crate) const HELD: i64 = NEVER;

/// A row that a claim took.
pub(crate) struct ClaimedRow {
    /// When it was due.
    pub(crate) due: i64,
    /// Whether it is the root frame of a run that has not asked for a slot yet.
    pub(crate) wants_slot: bool,
    pub(crate) claimed: Claimed,
}

/// Reads when a row was due, whether it wants a slot, and the row.
pub(crate) fn read_claimed_row(mut row: Row) -> Result<ClaimedRow> {
    Ok(ClaimedRow {
        due: row.get("due").int()?,
        wants_slot: row.get("wants_slot").boolean()?,
        claimed: read_claimed(&mut row)?,
    })
}

pub(crate) fn read_claimed(row: &mut Row) -> Result<Claimed> {
    Ok(Claimed {
        lease: Lease {
            id: row.get("id").parsed()?,
            token: LeaseToken(row.get("lease_token").int()?),
        },
        run: row.get("run_id").parsed()?,
        path: Path::from(row.get("path").text()?),
        attempt: row.get("attempt").number()?,
        work: match row.get("kind").text()?.as_str() {
            "frame" => Work::Frame,
            _ => Work::Call(read_call(row)?),
        },
    })
}

/// What a claim answers: the longest due first, without the runs that have to wait for a slot. `admit`
/// asks for one.
pub(crate) fn claims(
    mut rows: Vec<ClaimedRow>,
    mut admit: impl FnMut(&Claimed) -> Result<bool>,
) -> Result<Vec<Claimed>> {
    rows.sort_unstable_by_key(|row| (row.due, row.claimed.lease.id));
    let mut claimed = Vec::with_capacity(rows.len());
    for row in rows {
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
        attempt: child.attempts(),
    }
}

/// A frame that had something to wake for at once.
pub(crate) fn claimed_again(lease: Lease, run: RunId, path: Path, attempt: u32) -> Claimed {
    Claimed {
        lease,
        run,
        path,
        work: Work::Frame,
        attempt,
    }
}

pub(crate) fn read_stack_run(mut row: Row) -> Result<StackRun> {
    let id = row.get("id").parsed()?;
    let path = Path::from(row.get("path").text()?);
    let status = row.get("status").word(StackStatus::parse)?;
    let attempt = row.get("attempt").number()?;
    let run_after = row.get("run_after").int()?;
    let lease_expires_at = row.get("lease_expires_at").opt_int()?;
    let expires_at = row.get("expires_at").opt_int()?;
    let created_at = row.get("created_at").int()?;
    let updated_at = row.get("updated_at").int()?;
    let raw_bytes = row.get("raw_bytes").opt_number()?;
    let snapshot = match raw_bytes {
        Some(raw_bytes) => Some(SnapshotInfo {
            raw_bytes,
            bytes: row.get("bytes").number()?,
            engine: row.get("engine").text()?,
            position: row.get("position").number()?,
        }),
        None => None,
    };
    let task = row.get("task_name").opt_text()?;
    let input = row.get("input").opt_text()?;
    let call = Call {
        number: row.get("call_number").number()?,
        service: row.get("service").text()?,
        method: row.get("method").json()?,
        options: row.get("options").opt_text()?,
        args: match row.get("args").opt_text()? {
            Some(args) => args,
            None => format!("[{},{}]", to_json(&task)?, input.unwrap_or_default()),
        },
    };
    Ok(StackRun {
        id,
        path,
        call,
        status,
        attempt,
        failures: Vec::new(),
        run_after,
        lease_expires_at,
        expires_at,
        created_at,
        updated_at,
        snapshot,
    })
}

/// A path, and how much its row has to show.
pub(crate) fn read_size(mut row: Row) -> Result<(String, i64)> {
    Ok((row.get("path").text()?, row.get("size").int()?))
}

/// The first of some rows that together have no more to show than `most`; one in any case.
pub(crate) fn within(sizes: Page<(String, i64)>, most: i64) -> Page<String> {
    let mut total = 0_i64;
    let count = sizes.items.len();
    let fitting = sizes
        .items
        .into_iter()
        .enumerate()
        .take_while(|(index, (_, size))| {
            total = total.saturating_add(*size);
            *index == 0 || total <= most
        });
    let items: Vec<_> = fitting.map(|(_, (path, _))| path).collect();
    Page {
        more: sizes.more || items.len() < count,
        items,
    }
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
