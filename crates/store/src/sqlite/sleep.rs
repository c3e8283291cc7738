//! Putting a frame to sleep, or saving the state of one that stays awake.

use std::collections::BTreeSet;

use serde::Serialize;
use tasker_domain::{Lease, LeaseToken, Path, RunId, StackRunId, StackStatus};

use crate::portable::stop::has_unseen;
use crate::records::queue::{claimed_again, claimed_child};
use crate::row::to_json;
use crate::sleep::Sleeping;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::slices::frame_log;
use crate::sqlite::{Sqlite, attempts, frames, leases, logs, queue, snapshot};
use crate::{Child, Control, Error, FollowUp, LeaseTerms, Result, Sleep, Suspend};

/// The lease of the frame itself: what rows in flight get if the caller names no terms.
const OWN_TERMS: &str = "
    SELECT lease_owner, lease_expires_at FROM stack_runs
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' AND kind = 'frame'";
const KEEP_RUNNING: &str = "
    UPDATE stack_runs SET attempt = 0, updated_at = ?3
    WHERE id = ?1 AND lease_token = ?2 AND status = 'processing' AND kind = 'frame'
    RETURNING run_id, path, status, lease_token, attempt";
/// ?4 and ?5 are the terms of a claim, or NULL; ?6 is whether to wake the frame in any case;
/// ?7 is whether it may sleep without having been told that its run is being stopped; ?8 is whether the workers that
/// it has lost still count.
const PUT_TO_SLEEP: &str = concat!(
    "UPDATE stack_runs SET
         status = CASE WHEN NOT wakes.up THEN 'suspended' WHEN ?5 IS NULL OR paused THEN 'pending'
                  ELSE 'processing' END,
         lease_token = lease_token + (wakes.up AND ?5 IS NOT NULL AND NOT paused),
         lease_owner = CASE WHEN wakes.up AND NOT paused THEN ?4 END,
         lease_expires_at = CASE WHEN wakes.up AND NOT paused THEN ?5 END,
         attempt = CASE WHEN ?8 THEN attempt ELSE 0 END, run_after = ?3, updated_at = ?3
     FROM (SELECT s.id AS frame, (?6 OR ",
    has_unseen!(),
    ") AS up FROM stack_runs s WHERE s.id = ?1) AS wakes
     WHERE id = wakes.frame AND lease_token = ?2 AND status = 'processing' AND kind = 'frame'
         AND (stop_untold = 0 OR ?7)
     RETURNING run_id, path, status, lease_token, attempt"
);
/// Children that have no row and are not in the journal. One in flight is leased from the start.
const MAKE_CHILDREN: &str = "
    INSERT INTO stack_runs
        (id, run_id, path, parent_id, call_number, kind, status, run_after,
         lease_token, lease_owner, lease_expires_at, created_at, updated_at,
         task_name, task_version, service, method, args, input, expires_at,
         options, attempt, paused, lane)
    SELECT child.value ->> 'id', ?1, ?2 || '.' || (child.value ->> 'number'), ?3, child.value ->> 'number',
           CASE WHEN child.value ->> 'task' IS NULL THEN 'call' ELSE 'frame' END,
           CASE WHEN child.value ->> 'in_flight' THEN 'processing' ELSE 'pending' END,
           coalesce(child.value ->> 'run_after', ?5), child.value ->> 'in_flight',
           CASE WHEN child.value ->> 'in_flight' THEN ?6 END, CASE WHEN child.value ->> 'in_flight' THEN ?7 END,
           ?5, ?5, child.value ->> 'task', child.value ->> 'version', child.value ->> 'service',
           child.value ->> 'method', child.value ->> 'args', child.value ->> 'input',
           child.value ->> 'expires_at', child.value ->> 'options', child.value ->> 'attempt',
           (SELECT p.paused FROM stack_runs p WHERE p.id = ?3),
           (SELECT p.lane FROM stack_runs p WHERE p.id = ?3)
    FROM json_each(?4) AS child
    WHERE NOT EXISTS (SELECT 1 FROM call_journal j
                      WHERE j.run_id = ?1 AND j.frame = ?2 AND j.call_number = child.value ->> 'number')
    ON CONFLICT (run_id, path) DO NOTHING
    RETURNING id";

const WITHDRAW: &str = "
    DELETE FROM stack_runs
    WHERE parent_id = ?1 AND kind = 'call' AND call_number IN (SELECT value FROM json_each(?2))";

impl<C: Connection> Sleeping for Sqlite<C> {
    fn sleep(
        &self,
        lease: Lease,
        sleep: &Sleep,
        claim: Option<&LeaseTerms>,
        now: i64,
    ) -> Result<FollowUp> {
        let db = &self.connection;
        db.transaction(|db| {
            if !sleep.logs.is_empty() {
                logs::store_and_count(db, &frame_log(db, lease)?, &sleep.logs)?;
            }
            let own = match claim {
                None if sleep.children.iter().any(|child| child.in_flight) => {
                    Some(own_terms(db, lease)?)
                }
                _ => None,
            };
            frames::refuse(db, lease, sleep, now)?;
            let frame = save_frame(db, lease, sleep, claim, now)?;
            snapshot::save(db, lease, &sleep.snapshot)?;
            if !sleep.withdrawn.is_empty() {
                db.execute(WITHDRAW, params![lease.id, to_json(&sleep.withdrawn)?])?;
            }
            let terms = claim.or(own.as_ref());
            let made = make_children(db, lease, &frame, &sleep.children, terms, now)?;

            let (in_flight, queued): (Vec<_>, Vec<_>) =
                made.iter().partition(|child| child.in_flight);
            let mut follow_up = FollowUp {
                in_flight: in_flight
                    .into_iter()
                    .map(|child| claimed_child(frame.run, &frame.path, child))
                    .collect(),
                ..FollowUp::default()
            };
            let mut unclaimed = queued.len() + usize::from(frame.status == "pending");
            if let Some(terms) = claim {
                let due = |child: &&&Child| child.run_after.is_none_or(|at| at <= now);
                follow_up.next = match queued.iter().find(due) {
                    _ if sleep.then != Suspend::KeepRunning && frame.status == "processing" => {
                        let lease = Lease {
                            id: lease.id,
                            token: frame.token,
                        };
                        let path = frame.path.clone();
                        Some(claimed_again(lease, frame.run, path, frame.attempt))
                    }
                    Some(child) => {
                        let next =
                            queue::claim_one(db, child.id, StackStatus::Pending, terms, now)?;
                        unclaimed -= usize::from(next.is_some());
                        next
                    }
                    None => None,
                };
            }
            follow_up.more = unclaimed > 0;
            Ok(follow_up)
        })
    }
}

/// A child as `MAKE_CHILDREN` reads it.
#[derive(Serialize)]
struct NewChild<'a> {
    id: String,
    number: u32,
    in_flight: bool,
    run_after: Option<i64>,
    expires_at: Option<i64>,
    attempt: u32,
    task: Option<&'a str>,
    version: Option<&'a str>,
    input: Option<&'a str>,
    service: &'a str,
    method: String,
    args: &'a str,
    options: Option<&'a str>,
}

/// The frame after its state was saved.
struct SavedFrame {
    run: RunId,
    path: Path,
    status: String,
    token: LeaseToken,
    attempt: u32,
}

fn own_terms<C: Connection>(db: &C, lease: Lease) -> Result<LeaseTerms> {
    let mut row = db
        .one(OWN_TERMS, params![lease.id, lease.token.0])?
        .ok_or(Error::LeaseLost)?;
    Ok(LeaseTerms {
        owner: row.get("lease_owner").opt_text()?.unwrap_or_default(),
        expires_at: row.get("lease_expires_at").int()?,
    })
}

fn save_frame<C: Connection>(
    db: &C,
    lease: Lease,
    sleep: &Sleep,
    claim: Option<&LeaseTerms>,
    now: i64,
) -> Result<SavedFrame> {
    let yields = matches!(sleep.then, Suspend::Yield | Suspend::YieldBehind);
    let row = match sleep.then {
        Suspend::KeepRunning => db.one(KEEP_RUNNING, params![lease.id, lease.token.0, now])?,
        Suspend::UntilSettled | Suspend::Yield | Suspend::YieldBehind => db.one(
            PUT_TO_SLEEP,
            params![
                lease.id,
                lease.token.0,
                now,
                claim.map(|terms| terms.owner.as_str()),
                claim.map(|terms| terms.expires_at),
                yields,
                sleep.children.is_empty(),
                sleep.then == Suspend::YieldBehind,
            ],
        )?,
    };
    let Some(mut row) = row else {
        return Err(match leases::control(db, lease)? {
            Control::Stop => Error::Stopping,
            Control::Go | Control::Pause => Error::LeaseLost,
        });
    };
    Ok(SavedFrame {
        run: row.get("run_id").parsed()?,
        path: Path::from(row.get("path").text()?),
        status: row.get("status").text()?,
        token: LeaseToken(row.get("lease_token").int()?),
        attempt: row.get("attempt").number()?,
    })
}

/// Makes the children that do not exist yet, and answers them in their order.
fn make_children<'a, C: Connection>(
    db: &C,
    lease: Lease,
    frame: &SavedFrame,
    children: &'a [Child],
    terms: Option<&LeaseTerms>,
    now: i64,
) -> Result<Vec<&'a Child>> {
    if children.is_empty() {
        return Ok(Vec::new());
    }
    let rows = children
        .iter()
        .map(|child| {
            Ok(NewChild {
                id: child.id.to_string(),
                number: child.call.number,
                in_flight: child.in_flight,
                run_after: child.run_after,
                expires_at: child.expires_at,
                attempt: child.attempts(),
                task: child.task.as_ref().map(|(task, _)| task.name.as_str()),
                version: child.task.as_ref().map(|(task, _)| task.version.as_str()),
                input: child.task.as_ref().map(|(_, input)| input.as_str()),
                service: &child.call.service,
                method: to_json(&child.call.method)?,
                args: &child.call.args,
                options: child.call.options.as_deref(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let made = db
        .execute(
            MAKE_CHILDREN,
            params![
                frame.run,
                &frame.path,
                lease.id,
                to_json(&rows)?,
                now,
                terms.map(|terms| terms.owner.as_str()),
                terms.map(|terms| terms.expires_at),
            ],
        )?
        .into_iter()
        .map(|row| row.only().parsed())
        .collect::<Result<BTreeSet<StackRunId>>>()?;
    let made: Vec<_> = children
        .iter()
        .filter(|child| made.contains(&child.id))
        .collect();
    attempts::add_first(db, frame.run, &frame.path, &made)?;
    Ok(made)
}
