//! Putting a frame to sleep, or saving the state of one that stays awake.

use tasker_domain::{Lease, LeaseToken, Path, RunId, StackRunId};

use crate::postgres::connection::{Call, Connection, Param, integers, params, texts};
use crate::postgres::{Postgres, logs};
use crate::records::frames::too_many;
use crate::records::queue::{claimed_again, claimed_child};
use crate::row::to_json;
use crate::sleep::Sleeping;
use crate::{Child, FollowUp, LeaseTerms, Result, Sleep, Suspend};

impl<C: Connection> Sleeping for Postgres<C> {
    fn sleep(
        &self,
        lease: Lease,
        sleep: &Sleep,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        let frame = save_frame(&self.connection, lease, sleep, claim, now)?;
        let made = sleep
            .children
            .iter()
            .filter(|child| frame.made.contains(&child.id));
        let (in_flight, queued): (Vec<_>, Vec<_>) = made.partition(|child| child.in_flight);
        let mut unclaimed = queued.len() + usize::from(frame.status == "pending");
        let due = |child: &&&Child| child.run_after.is_none_or(|at| at <= now);
        let next = match queued.iter().find(due) {
            _ if claim.is_none() => None,
            // It had something to wake for at once.
            _ if sleep.then != Suspend::KeepRunning && frame.status == "processing" => {
                let lease = Lease {
                    id: lease.id,
                    token: frame.token,
                };
                let path = frame.path.clone();
                Some(claimed_again(lease, frame.run, path, frame.attempt))
            }
            Some(child) if !frame.paused => {
                unclaimed -= 1;
                Some(claimed_child(frame.run, &frame.path, child))
            }
            _ => None,
        };
        Ok(FollowUp {
            next,
            in_flight: in_flight
                .into_iter()
                .map(|child| claimed_child(frame.run, &frame.path, child))
                .collect(),
            more: unclaimed > 0,
        })
    }
}

/// The frame after its state was saved.
struct SavedFrame {
    run: RunId,
    path: Path,
    status: String,
    token: LeaseToken,
    attempt: u32,
    /// Whether its run is paused: then nothing of it is claimed.
    paused: bool,
    /// The children that were made.
    made: Vec<StackRunId>,
}

fn save_frame<C: Connection>(
    db: &C,
    lease: Lease,
    sleep: &Sleep,
    claim: Option<&LeaseTerms>,
    now: i64,
) -> Result<SavedFrame> {
    let then = match sleep.then {
        Suspend::KeepRunning => "keep_running",
        Suspend::UntilSettled => "until_settled",
        Suspend::Yield => "yield",
        Suspend::YieldBehind => "yield_behind",
    };
    let snapshot = &sleep.snapshot;
    let mut params = params![
        lease.id,
        lease.token.0,
        then,
        claim.map(|terms| terms.owner.as_str()),
        claim.map(|terms| terms.expires_at),
        now,
        snapshot.bytes.as_slice(),
        i64::try_from(snapshot.raw_bytes).unwrap_or(i64::MAX),
        snapshot.engine.as_str(),
        snapshot.position,
        to_json(&snapshot.in_flight)?,
    ]
    .to_vec();
    params.push(i64::from(sleep.frames).into());
    params.push(to_json(&too_many(sleep.frames))?.into());
    params.push(integers(sleep.withdrawn.iter().copied().map(i64::from)));
    params.extend(columns(&sleep.children, now)?);
    params.extend(failures(&sleep.children)?);
    params.extend(logs::columns(&sleep.logs));
    let mut row = db.row("sleep", &params)?;
    Ok(SavedFrame {
        run: row.get("run_id").parsed()?,
        path: Path::from(row.get("path").text()?),
        status: row.get("status").text()?,
        token: LeaseToken(row.get("lease_token").int()?),
        attempt: row.get("attempt").number()?,
        paused: row.get("paused").boolean()?,
        made: row.get("made").json()?,
    })
}

/// Children as the function takes them.
fn columns(children: &[Child], now: i64) -> Result<[Param; 13]> {
    let task = |child: &Child| child.task.as_ref().map(|(task, _)| task.name.clone());
    let version = |child: &Child| child.task.as_ref().map(|(task, _)| task.version.clone());
    let input = |child: &Child| child.task.as_ref().map(|(_, input)| input.clone());
    let methods = children
        .iter()
        .map(|child| to_json(&child.call.method).map(Some))
        .collect::<Result<Vec<_>>>()?;
    let call = || children.iter().map(|child| &child.call);
    Ok([
        texts(children.iter().map(|child| Some(child.id.to_string()))),
        integers(call().map(|call| i64::from(call.number))),
        integers(children.iter().map(|child| i64::from(child.in_flight))),
        texts(children.iter().map(task)),
        texts(children.iter().map(version)),
        texts(children.iter().map(input)),
        texts(call().map(|call| Some(call.service.as_str()))),
        texts(methods),
        texts(call().map(|call| Some(call.args.as_str()))),
        texts(call().map(|call| call.options.as_deref())),
        integers(children.iter().map(|child| child.run_after.unwrap_or(now))),
        integers(children.iter().map(|child| child.expires_at.unwrap_or(0))),
        integers(children.iter().map(|child| i64::from(child.attempts()))),
    ])
}

/// The failed attempts of all children as the function takes them, each with the child's id.
fn failures(children: &[Child]) -> Result<[Param; 6]> {
    let all = || {
        children.iter().flat_map(|child| {
            let id = child.id;
            child.failures.iter().map(move |failed| (id, failed))
        })
    };
    let errors = all()
        .map(|(_, failed)| to_json(&failed.error).map(Some))
        .collect::<Result<Vec<_>>>()?;
    Ok([
        texts(all().map(|(id, _)| Some(id.to_string()))),
        integers(all().map(|(_, failed)| i64::from(failed.attempt))),
        integers(all().map(|(_, failed)| failed.started_at)),
        integers(all().map(|(_, failed)| failed.finished_at)),
        integers(all().map(|(_, failed)| failed.next_at)),
        texts(errors),
    ])
}
