//! The calls that a frame has out: each is in one state, and those of a state have an order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use tasker_domain::{Call, FailedAttempt, Json, Outcome};
use tasker_store::TaskRef;

/// A settled call that must be journaled and delivered.
pub(crate) struct SettledCall {
    pub(crate) call: Call,
    pub(crate) outcome: Outcome,
    pub(crate) started_at: i64,
    pub(crate) finished_at: i64,
}

/// A call that goes to the queue when the frame sleeps.
pub(crate) struct ForQueue {
    pub(crate) call: Call,
    /// For a nested task: what it starts.
    pub(crate) task: Option<(TaskRef, Json)>,
    /// When it is due; at once if `None`.
    pub(crate) run_after: Option<i64>,
    /// When it fails if it has not settled.
    pub(crate) expires_at: Option<i64>,
    /// Its attempt that has failed, if there was one.
    pub(crate) failure: Option<FailedAttempt>,
    /// An executor that was lost may have made it.
    pub(crate) was_lost: bool,
}

/// A call that the slice makes or will make.
#[derive(Clone)]
pub(crate) struct Flight {
    pub(crate) call: Call,
    pub(crate) started_at: i64,
    /// When it fails if it has not settled.
    pub(crate) expires_at: Option<i64>,
    /// An executor that was lost may have made it.
    pub(crate) was_lost: bool,
}

/// The state of a call that is out.
pub(crate) enum Out {
    /// It has settled but is not delivered yet.
    Settled(SettledCall),
    /// The slice makes it, since a moment.
    InFlight(Instant, Flight),
    /// It waits for its turn to be made by the slice.
    Waiting(Flight),
    /// It settles at a moment, and has no row.
    Timer {
        call: Call,
        due: i64,
        started_at: i64,
    },
    /// It gets a row in the queue when the frame sleeps.
    ForQueue(ForQueue),
    /// It has a row in the queue.
    Queued,
}

/// A state, without what belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Settled,
    InFlight,
    Waiting,
    Timer,
    ForQueue,
    Queued,
}

impl Out {
    fn state(&self) -> State {
        match self {
            Self::Settled(_) => State::Settled,
            Self::InFlight(..) => State::InFlight,
            Self::Waiting(_) => State::Waiting,
            Self::Timer { .. } => State::Timer,
            Self::ForQueue(_) => State::ForQueue,
            Self::Queued => State::Queued,
        }
    }

    /// The call, unless only its number is known here.
    pub(crate) fn call(&self) -> Option<&Call> {
        match self {
            Self::Settled(settled) => Some(&settled.call),
            Self::InFlight(_, flight) | Self::Waiting(flight) => Some(&flight.call),
            Self::Timer { call, .. } => Some(call),
            Self::ForQueue(entry) => Some(&entry.call),
            Self::Queued => None,
        }
    }
}

/// The calls that are out, by number.
#[derive(Default)]
pub(crate) struct Calls {
    out: BTreeMap<u32, Out>,
    /// Each with its state, and its rank there: timers by their moments, others in the order in which they came.
    order: BTreeSet<(State, i64, u32)>,
    ranks: BTreeMap<u32, i64>,
    next: i64,
}

impl Calls {
    /// Puts a call into a state, out of the one that it was in.
    pub(crate) fn put(&mut self, number: u32, out: Out) {
        self.take(number);
        self.next += 1;
        let rank = match &out {
            Out::Timer { due, .. } => *due,
            _ => self.next,
        };
        self.order.insert((out.state(), rank, number));
        self.ranks.insert(number, rank);
        self.out.insert(number, out);
    }

    /// Takes a call out, whatever its state is.
    pub(crate) fn take(&mut self, number: u32) -> Option<Out> {
        let out = self.out.remove(&number)?;
        let rank = self.ranks.remove(&number)?;
        self.order.remove(&(out.state(), rank, number));
        Some(out)
    }

    /// Takes the first call of a state.
    pub(crate) fn take_first(&mut self, state: State) -> Option<Out> {
        let number = self.numbers(state).next()?;
        self.take(number)
    }

    /// Takes all calls of a state.
    pub(crate) fn take_all(&mut self, state: State) -> Vec<Out> {
        let numbers: Vec<u32> = self.numbers(state).collect();
        numbers
            .into_iter()
            .filter_map(|number| self.take(number))
            .collect()
    }

    /// Whether a call is in a state.
    pub(crate) fn is(&self, number: u32, state: State) -> bool {
        self.out
            .get(&number)
            .is_some_and(|out| out.state() == state)
    }

    /// The first call of a state.
    pub(crate) fn first(&self, state: State) -> Option<&Out> {
        self.out.get(&self.numbers(state).next()?)
    }

    /// How many calls are in a state.
    pub(crate) fn count(&self, state: State) -> usize {
        self.numbers(state).count()
    }

    /// Whether no call is in a state.
    pub(crate) fn has_no(&self, state: State) -> bool {
        self.numbers(state).next().is_none()
    }

    /// Whether no call is out.
    pub(crate) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// All calls that have no row, by number.
    pub(crate) fn without_row(&self) -> impl Iterator<Item = &Call> {
        self.out.values().filter_map(Out::call)
    }

    fn numbers(&self, state: State) -> impl Iterator<Item = u32> {
        let all = (state, i64::MIN, 0)..=(state, i64::MAX, u32::MAX);
        self.order.range(all).map(|(_, _, number)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(number: u32) -> Flight {
        Flight {
            call: Call {
                number,
                service: "keystore".to_owned(),
                method: Vec::new(),
                args: "[]".to_owned(),
                options: None,
            },
            started_at: 0,
            expires_at: None,
            was_lost: false,
        }
    }

    #[test]
    fn a_call_is_in_one_state_and_states_have_an_order() {
        let mut calls = Calls::default();
        for number in [5, 3, 4] {
            calls.put(number, Out::Waiting(flight(number)));
        }
        for (number, due) in [(7, 90), (8, 20)] {
            let call = flight(number).call;
            calls.put(
                number,
                Out::Timer {
                    call,
                    due,
                    started_at: 0,
                },
            );
        }
        let number = |out: Option<&Out>| out.and_then(Out::call).map(|call| call.number);
        assert_eq!(number(calls.first(State::Waiting)), Some(5));
        assert_eq!(number(calls.first(State::Timer)), Some(8));
        calls.put(5, Out::Queued);
        assert!(calls.is(5, State::Queued) && !calls.is(5, State::Waiting));
        assert_eq!(
            (calls.count(State::Waiting), calls.count(State::Queued)),
            (2, 1)
        );
        let without_row: Vec<_> = calls.without_row().map(|call| call.number).collect();
        assert_eq!(without_row, [3, 4, 7, 8]);
        assert_eq!(number(calls.take_first(State::Waiting).as_ref()), Some(3));
        assert!(calls.take(3).is_none() && calls.take(5).is_some());
        assert_eq!(calls.take_all(State::Timer).len(), 2);
        assert!(calls.has_no(State::Timer) && !calls.is_empty());
        calls.take(4);
        assert!(calls.is_empty() && calls.order.is_empty() && calls.ranks.is_empty());
    }
}
