//! Operations with all their arguments, applied to a store.

use std::fmt::Debug;

use tasker_domain::event::EventWait;
use tasker_domain::{Claimed, Lease, RunId, Stop, TaskFunction};
use tasker_store::{
    Cancellation, Finish, LeaseOutcome, LeaseTerms, NewEntry, NewEvent, NewLog, NewRun, Pause,
    Publish, Result, Retention, RunRemoved, Sent, Sleep, Submitted, Tagged,
};

use super::schedules;
use crate::backend::Everything;
use crate::fixtures::*;

/// An operation with all its arguments, and the time.
#[derive(Debug)]
pub(crate) struct Concrete {
    pub(crate) action: Action,
    pub(crate) now: i64,
}

#[derive(Debug)]
pub(crate) enum Action {
    Publish(TaskFunction),
    DeleteTask(&'static str),
    Submit(NewRun),
    Purge(Retention, u32),
    RemoveRun(RunId),
    Tag(RunId, Vec<String>),
    Cancel(RunId, Stop, bool),
    SetPaused(RunId, bool),
    Expire(u32),
    Control(Lease),
    StopCalls(Lease, u32),
    Claim(u32, u32, LeaseTerms),
    ClaimOther(LeaseTerms),
    TakeLease(&'static str, u32, String, i64),
    RenewLease(&'static str, String, i64),
    GiveBackLease(&'static str, String, bool),
    Sweep(u32, u32),
    Load(Lease),
    Append(Lease, NewEntry, NewLog),
    Tell(Lease, NewLog),
    Absorb(Lease),
    Sleep(Lease, Sleep, Option<LeaseTerms>),
    Finish(Lease, Finish, Option<LeaseTerms>),
    SendEvent(NewEvent),
    WaitForEvent(Lease, EventWait, Option<LeaseTerms>),
    WaitForRun(Lease, RunId),
    GiveBack(Lease, i64, bool),
    Renew(Lease, i64),
    Put(&'static str, String, u8),
    Remove(&'static str, String),
    Schedule(schedules::Action),
    Wait,
}

/// What a store answered.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) refused: bool,
    pub(crate) claimed: Vec<Claimed>,
    pub(crate) runs: Vec<RunId>,
}

impl Concrete {
    pub(crate) fn name(&self) -> &'static str {
        match &self.action {
            Action::Publish(..) => "publish",
            Action::DeleteTask(..) => "delete_task",
            Action::Submit(..) => "submit",
            Action::Purge(..) => "purge",
            Action::RemoveRun(..) => "remove_run",
            Action::Tag(..) => "tag",
            Action::Cancel(..) => "cancel",
            Action::SetPaused(..) => "set_paused",
            Action::Expire(..) => "expire",
            Action::Control(..) => "control",
            Action::StopCalls(..) => "stop_calls",
            Action::Claim(..) => "claim",
            Action::ClaimOther(..) => "claim_other",
            Action::TakeLease(..) => "take_lease",
            Action::RenewLease(..) => "renew_lease",
            Action::GiveBackLease(_, _, false) => "give_back_lease",
            Action::GiveBackLease(_, _, true) => "give_back_if_idle",
            Action::Sweep(..) => "sweep",
            Action::Load(..) => "load",
            Action::Append(..) => "append",
            Action::Tell(..) => "tell",
            Action::Absorb(..) => "absorb",
            Action::Sleep(..) => "sleep",
            Action::Finish(..) => "finish",
            Action::SendEvent(..) => "send_event",
            Action::WaitForEvent(..) => "wait_for_event",
            Action::WaitForRun(..) => "wait_for_run",
            Action::GiveBack(..) => "give_back",
            Action::Renew(..) => "renew",
            Action::Put(..) => "put",
            Action::Remove(..) => "remove",
            Action::Schedule(action) => action.name(),
            Action::Wait => "wait",
        }
    }

    pub(crate) fn apply(&self, store: &dyn Everything) -> Answer {
        let now = self.now;
        match &self.action {
            Action::Publish(task) => {
                let answer = store.publish(task);
                judge(&answer, |publish| *publish != Publish::Unchanged)
            }
            Action::DeleteTask(name) => judge(&store.delete_task(name, now), |had_one| *had_one),
            Action::Submit(run) => {
                let answer = store.submit(run, now);
                let created = matches!(answer, Ok(Submitted::Created));
                Answer {
                    runs: created.then_some(run.id).into_iter().collect(),
                    ..judge(&answer, |submitted| *submitted == Submitted::Created)
                }
            }
            Action::Cancel(run, stop, force) => {
                judge(&store.cancel(*run, stop, *force, now), |done| {
                    !matches!(done, None | Some(Cancellation::Finished))
                })
            }
            Action::SetPaused(run, paused) => {
                judge(&store.set_paused(*run, *paused, now), |done| {
                    *done == Some(Pause::Done)
                })
            }
            Action::Expire(limit) => judge(&store.expire(*limit, 30, now), |count| *count > 0),
            Action::Control(lease) => judge(&store.control(*lease), |_| true),
            Action::StopCalls(lease, number) => {
                let calls = [call(*number), call(number + 1)];
                judge(&store.stop_calls(*lease, &calls, now), |_| true)
            }
            Action::Purge(retention, limit) => {
                judge(&store.purge(retention, *limit, now), |purged| {
                    purged.runs > 0
                })
            }
            Action::RemoveRun(run) => judge(&store.remove_run(*run), |removed| {
                *removed == RunRemoved::Removed
            }),
            Action::Tag(run, tags) => judge(&store.tag(*run, tags, now), |tagged| {
                matches!(tagged, Some(Tagged::Tags(_)))
            }),
            Action::Claim(frames, calls, terms) => {
                let answer = store.claim(*frames, *calls, terms, now);
                let judged = judge(&answer, |claimed| !claimed.is_empty());
                judged.with(answer.unwrap_or_default())
            }
            Action::ClaimOther(terms) => {
                let answer = store.claim_other(terms, now);
                let judged = judge(&answer, Option::is_some);
                judged.with(answer.unwrap_or_default().into_iter().collect())
            }
            Action::TakeLease(name, places, token, expires_at) => {
                let lease = lease(name, *places, token, *expires_at);
                judge(&store.take_lease(&lease, now), |taken| {
                    matches!(taken, LeaseOutcome::Taken(_))
                })
            }
            Action::RenewLease(name, token, until) => {
                judge(&store.renew_lease(name, token, *until), |held| *held)
            }
            Action::GiveBackLease(name, token, false) => {
                judge(&store.give_back_lease(name, token), |given| *given)
            }
            Action::GiveBackLease(name, token, true) => {
                judge(&store.give_back_if_idle(name, token, now), |given| *given)
            }
            Action::Sweep(max_attempts, limit) => judge(
                &store.sweep(&sweeping(*max_attempts, *limit), now),
                |report| report.reclaimed + report.failed + report.woken > 0,
            ),
            Action::Load(lease) => judge(&store.load(*lease, now), |_| true),
            Action::Append(lease, entry, logs) => {
                judge(&store.append(*lease, entry, logs, now), |()| true)
            }
            Action::Tell(lease, logs) => judge(&store.tell(*lease, logs), |()| true),
            Action::Absorb(lease) => judge(&store.absorb(*lease, now), |_| true),
            Action::Sleep(lease, sleep, claim) => {
                let answer = store.sleep(*lease, sleep, claim.as_ref(), now);
                let judged = judge(&answer, |_| true);
                let settled = answer.unwrap_or_default();
                judged.with(settled.in_flight.into_iter().chain(settled.next).collect())
            }
            Action::Finish(lease, finish, claim) => {
                let answer = store.finish(*lease, finish, claim.as_ref(), now);
                let judged = judge(&answer, |_| true);
                judged.with(answer.unwrap_or_default().next.into_iter().collect())
            }
            Action::SendEvent(event) => judge(&store.send_event(event, now), |sent| {
                matches!(sent, Sent::Created { .. })
            }),
            Action::WaitForEvent(lease, wait, claim) => {
                let answer = store.wait_for_event(*lease, wait, claim.as_ref(), now);
                let judged = judge(&answer, |_| true);
                judged.with(answer.unwrap_or_default().next.into_iter().collect())
            }
            Action::WaitForRun(lease, run) => {
                judge(&store.wait_for_run(*lease, *run, now), |waits| *waits)
            }
            Action::GiveBack(lease, run_after, failed) => {
                let failure = failed.then(|| crate::fixtures::failed(now - 1));
                let done = store.give_back(*lease, *run_after, failure.as_ref(), now);
                judge(&done, |()| true)
            }
            Action::Renew(lease, until) => judge(&store.renew(*lease, *until), |()| true),
            Action::Put(namespace, key, value) => {
                judge(&store.put(namespace, key, &[*value], now), |is_new| *is_new)
            }
            Action::Remove(namespace, key) => {
                judge(&store.remove(namespace, key), |had_one| *had_one)
            }
            Action::Schedule(action) => action.apply(store, now),
            Action::Wait => judge(&Ok(()), |()| true),
        }
    }
}

impl Answer {
    fn with(self, claimed: Vec<Claimed>) -> Self {
        Self { claimed, ..self }
    }
}

/// The answer as text, and whether it was a success. What a constraint is called is up to the
/// backend.
pub(crate) fn judge<T: Debug>(answer: &Result<T>, succeeded: impl Fn(&T) -> bool) -> Answer {
    let text = match answer {
        Err(tasker_store::Error::Unexpected(_)) => "unexpected".to_owned(),
        answer => format!("{answer:?}"),
    };
    Answer {
        text,
        refused: !answer.as_ref().is_ok_and(succeeded),
        claimed: Vec::new(),
        runs: Vec::new(),
    }
}
