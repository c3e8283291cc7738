//! What happened outside the database, and what is wrong with it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use tasker_domain::Lease;
use tasker_domain::wire::{ServiceRequest, SweepReply};

use crate::database;
use crate::shared::Shared;

/// How often a call fails with trouble that passes.
const FAILURES: u32 = 2;

#[derive(Default)]
pub(crate) struct History {
    /// How many faults there were.
    pub(crate) faults: Cell<u32>,
    /// How many errors were logged.
    pub(crate) errors: Cell<u32>,
    /// The keys of calls whose service was lost while its caller was not, with how often.
    lost: RefCell<BTreeMap<String, u32>>,
    failures: RefCell<BTreeMap<String, u32>>,
    /// How often the services have done what a key stands for, and which service it was.
    pub(crate) done: RefCell<BTreeMap<String, (String, u32)>>,
    leases: RefCell<BTreeSet<(String, i64)>>,
    /// Whether a lease may run out: whoever holds it may be lost or stand still, or may not know of it.
    may_run_out: Cell<bool>,
    pub(crate) violations: RefCell<Vec<String>>,
}

impl History {
    pub(crate) fn violation(&self, what: impl Into<String>) {
        self.violations.borrow_mut().push(what.into());
    }

    /// From now on a lease may run out: whoever holds it may be lost or stand still, or may not know of it.
    pub(crate) fn leases_may_run_out(&self) {
        self.may_run_out.set(true);
    }

    /// Whether all who hold a lease are well.
    pub(crate) fn all_are_well(&self) -> bool {
        !self.may_run_out.get()
    }

    /// A sweep has put something right.
    pub(crate) fn swept(&self, reply: &SweepReply) {
        let taken_back = reply.reclaimed + reply.failed;
        if taken_back > 0 && self.all_are_well() {
            self.violation(format!(
                "{taken_back} leases have run out, and nobody was lost"
            ));
        }
        if reply.woken > 0 {
            self.violation(format!(
                "{} frames have slept over settled calls",
                reply.woken
            ));
        }
    }

    /// Whether nobody has run a frame under this lease before.
    pub(crate) fn is_new(&self, lease: Lease) -> bool {
        let lease = (lease.id.to_string(), lease.token.0);
        self.leases.borrow_mut().insert(lease)
    }

    /// Whether the call of this key may fail once more with trouble that passes.
    pub(crate) fn may_fail(&self, key: &str) -> bool {
        let mut failures = self.failures.borrow_mut();
        let failed = failures.entry(key.to_owned()).or_default();
        *failed += 1;
        *failed <= FAILURES
    }

    pub(crate) fn done(&self, key: &str, service: &str) {
        let mut done = self.done.borrow_mut();
        done.entry(key.to_owned())
            .or_insert_with(|| (service.to_owned(), 0))
            .1 += 1;
    }

    /// The answer to a call is lost, but not its caller.
    pub(crate) fn lose_answer(&self, body: &[u8]) {
        let request: ServiceRequest = serde_json::from_slice(body).expect("a call");
        *self
            .lost
            .borrow_mut()
            .entry(request.idempotency_key)
            .or_default() += 1;
    }

    pub(crate) fn answers_lost(&self, key: &str) -> u32 {
        self.lost.borrow().get(key).copied().unwrap_or(0)
    }

    /// A call is being sent. One that is in the journal must not be made again, unless its sender cannot know: it has
    /// stood still.
    pub(crate) fn sent(&self, shared: &Shared, who: &str, body: &[u8], was_held_up: bool) {
        let request: ServiceRequest = serde_json::from_slice(body).expect("a call");
        let Some((run, path)) = request.idempotency_key.split_once(':') else {
            return;
        };
        let Some((frame, number)) = path.rsplit_once('.') else {
            return;
        };
        let call = number.parse().ok();
        let journal = "SELECT run_id, frame, call_number FROM call_journal";
        let settled = shared.database.rows(journal).into_iter().any(|row| {
            database::number(&row, 2) == call
                && database::text(&row, 1) == frame
                && database::text(&row, 0) == run
        });
        if settled && !was_held_up {
            self.violation(format!(
                "{who} makes {run}:{path} again, which is in the journal"
            ));
        }
    }
}
