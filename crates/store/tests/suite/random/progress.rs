//! From whatever state random operations leave, every run can end: nothing is ever stuck.

use proptest::test_runner::TestCaseError;
use tasker_domain::{Claimed, RunStatus, Work};
use tasker_store::{
    ConcurrencyLimit, Control, Error, NewRun, RunQuery, Store, Suspend, unless_lost,
};

use super::world::World;
use crate::backend::Everything;
use crate::fixtures::*;

/// A state that does not end within this many rounds never does: the longest chain of waits is much shorter.
const ROUNDS: u32 = 200;
/// Time that passes between two rounds: more than any lease or pause lasts.
const ROUND_MS: i64 = 200;
/// What is due this far ahead waits for something other than time.
const NEAR_MS: i64 = 1_000_000;

/// Drives a store on as workers that never fail would, until every run has ended.
pub(super) fn drive<S: Everything>(store: &S, world: &World) -> Result<(), TestCaseError> {
    let mut now = world.now;
    for round in 0..ROUNDS {
        now += ROUND_MS;
        if let Some(due) = store.next_due().unwrap()
            && (now..now + NEAR_MS).contains(&due)
        {
            now = due;
        }
        let live = live(store);
        if live.is_empty() {
            return is_idle(store, now);
        }
        for (run, status) in live {
            if status == RunStatus::Paused {
                store.set_paused(run, false, now).unwrap();
            }
        }
        for name in ["paid", "sent"] {
            for kind in 0..2 {
                let (id, data) = (
                    format!("{round}-{name}-{kind}"),
                    format!("{{\"kind\":[{kind}]}}"),
                );
                let mut event = new_event(&id, name, &data);
                event.expires_at = now + 1;
                store.send_event(&event, now).unwrap();
            }
        }
        store.sweep(&sweeping(3, 100), now).unwrap();
        for claimed in store.claim(100, 100, &terms(now + 1), now).unwrap() {
            let mut next = Some(claimed);
            while let Some(claimed) = next {
                next = work(store, &claimed, now);
            }
        }
    }
    let mut stuck = String::new();
    for (run, status) in live(store) {
        let stack = store.stack(run).unwrap();
        stuck.push_str(&format!("{run} is {status} at {now}: {stack:#?}\n"));
    }
    Err(TestCaseError::fail(stuck))
}

/// The runs that have not ended.
fn live(store: &impl Store) -> Vec<(tasker_domain::RunId, RunStatus)> {
    let query = RunQuery {
        limit: 1_000,
        ..RunQuery::default()
    };
    let runs = store.runs(&query).unwrap().items;
    runs.into_iter()
        .filter(|run| !run.status.is_terminal())
        .map(|run| (run.id, run.status))
        .collect()
}

/// Does the work of a claimed stack run; answers what that has claimed.
fn work(store: &impl Everything, claimed: &Claimed, now: i64) -> Option<Claimed> {
    let (lease, claims) = (claimed.lease, terms(now + 1));
    let settled = match &claimed.work {
        Work::Call(call) => match call.event_wait() {
            Some(wait) => store.wait_for_event(lease, &wait, Some(&claims), now),
            None => store.finish(lease, &success("1"), Some(&claims), now),
        },
        Work::Frame => frame(store, claimed, now),
    };
    // Another row's end may have taken this one along.
    unless_lost(settled).unwrap()?.next
}

/// A task that waits for all that it has out, and then returns.
fn frame(
    store: &impl Everything,
    claimed: &Claimed,
    now: i64,
) -> tasker_store::Result<tasker_store::FollowUp> {
    let (lease, claims) = (claimed.lease, terms(now + 1));
    let frame = store.load(lease, now)?;
    if frame.control == Control::Stop {
        store.stop_calls(lease, &[], now)?;
    }
    if frame.queued.is_empty() {
        return store.finish(lease, &success("1"), Some(&claims), now);
    }
    let slept = sleep(vec![], Suspend::UntilSettled);
    match store.sleep(lease, &slept, Some(&claims), now) {
        Err(Error::Stopping) => store.finish(lease, &success("1"), Some(&claims), now),
        slept => slept,
    }
}

/// Whether nothing is left, and every slot is free.
fn is_idle(store: &impl Store, now: i64) -> Result<(), TestCaseError> {
    if let Some(due) = store.next_due().unwrap() {
        return Err(TestCaseError::fail(format!("something is due at {due}")));
    }
    store.publish(&function("main", "v1")).unwrap();
    for (scope, number) in [("0", 251), ("1", 252)] {
        let mut run = NewRun {
            frame: stack_id(u32::MAX - u32::from(number)),
            ..new_run(number)
        };
        run.terms.concurrency = Some(ConcurrencyLimit {
            scope: scope.to_owned(),
            at_once: 1,
        });
        store.submit(&run, now).unwrap();
        if store.claim(1, 0, &terms(now + 1), now).unwrap().is_empty() {
            let message = format!("a slot of scope {scope} is not free");
            return Err(TestCaseError::fail(message));
        }
    }
    Ok(())
}
