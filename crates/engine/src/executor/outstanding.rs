//! The calls that a frame has out: which the slice makes itself, which wait in the queue, which
//! have settled and are to be delivered.

use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tasker_domain::retry::Policy;
use tasker_domain::trace::TraceParent;
use tasker_domain::{Call, ErrorValue, FailedAttempt, Json, Outcome, Path, RunId};
use tasker_store::{Frame, TaskRef};
use tasker_world::{World, ms};

use super::calls::{Calls, Flight, ForQueue, Out, SettledCall, State};
use super::settings::Settings;
use crate::request;
use crate::service::{self, Answer, Attempt};
use crate::verdict::Verdict;

/// The most calls that a slice makes side by side; the rest wait for their turn.
const SIDE_BY_SIDE: usize = 64;

/// The slice waits for a timer itself if it is due within this time; else its frame sleeps, so that
/// another can have its place.
const TIMER_WAIT: Duration = Duration::from_millis(50);

/// What comes next while the VM is live.
#[allow(clippy::large_enum_variant, reason = "it lives for a moment")]
pub(crate) enum Next {
    /// This call has settled.
    Settled(SettledCall),
    /// It is time to look at what has happened outside.
    Look,
    /// Nothing that is worth a live VM.
    Nothing,
}

/// The answers still to come, each with the number of its call.
pub(crate) type Answers = FuturesUnordered<LocalBoxFuture<'static, (u32, Answer)>>;

/// The bookkeeping of a slice.
pub(crate) struct Outstanding<W> {
    world: W,
    run: RunId,
    frame: Path,
    trace: Option<TraceParent>,
    /// The slice waits for no call beyond this moment, if there is one.
    end: Option<Instant>,
    /// An executor that was lost may already have made the next calls.
    was_lost: bool,
    retry: Policy,
    /// How many more calls the slice may make.
    left: usize,
    calls: Calls,
    /// When the first nested task was put among those for the queue.
    nested_since: Option<Instant>,
    /// The task has cleared them, or they lost a race: their rows in the queue go when the frame is next saved.
    withdrawn: Vec<u32>,
    answers: Answers,
}

impl<W: World> Outstanding<W> {
    pub(crate) fn new(world: &W, frame: &Frame, was_lost: bool, settings: &Settings) -> Self {
        let mut calls = Calls::default();
        for number in &frame.queued {
            calls.put(*number, Out::Queued);
        }
        Self {
            world: world.clone(),
            run: frame.run,
            frame: frame.path.clone(),
            trace: frame.trace,
            end: settings.end,
            was_lost,
            retry: settings.retry.clone(),
            left: settings.calls,
            calls,
            nested_since: None,
            withdrawn: Vec::new(),
            answers: FuturesUnordered::new(),
        }
    }

    /// Lets the slice make this call.
    pub(crate) fn make(&mut self, call: Call) {
        let started_at = self.world.now_ms();
        let policy = self.retry.with(&call.options());
        let flight = Flight {
            expires_at: service::expires_at(&call, started_at),
            started_at,
            was_lost: self.was_lost && !policy.covers_unknown(),
            call,
        };
        self.calls.put(flight.call.number, Out::Waiting(flight));
    }

    /// Whether an executor that was lost may have made the next calls.
    pub(crate) fn was_lost(&self) -> bool {
        self.was_lost
    }

    /// From here on the task makes calls that it has not made before.
    pub(crate) fn goes_on(&mut self) {
        self.was_lost = false;
    }

    /// Sends this call to the queue.
    pub(crate) fn queue(&mut self, call: Call, task: Option<(TaskRef, Json)>) {
        if task.is_some() {
            self.nested_since.get_or_insert_with(|| self.world.now());
        }
        let entry = ForQueue {
            run_after: None,
            expires_at: service::expires_at(&call, self.world.now_ms()),
            failure: None,
            was_lost: false,
            call,
            task,
        };
        self.calls.put(entry.call.number, Out::ForQueue(entry));
    }

    /// Sends this call to the queue; the frame should not wait long for others.
    pub(crate) fn queue_soon(&mut self, call: Call) {
        self.nested_since.get_or_insert_with(|| self.world.now());
        self.queue(call, None);
    }

    /// Notes that this call settles at a moment.
    pub(crate) fn set_timer(&mut self, call: Call, timer: tasker_domain::timer::Timer) {
        let (number, started_at) = (call.number, self.world.now_ms());
        let out = Out::Timer {
            due: timer.due(started_at),
            call,
            started_at,
        };
        self.calls.put(number, out);
    }

    /// The task no longer needs this call.
    pub(crate) fn withdraw(&mut self, number: u32) {
        if self.has_row(number) {
            self.withdrawn.push(number);
        }
        let withdrawable = [State::Queued, State::ForQueue, State::Timer];
        if withdrawable
            .iter()
            .any(|state| self.calls.is(number, *state))
        {
            self.calls.take(number);
        }
    }

    /// Whether this call has a row in the queue.
    pub(crate) fn has_row(&self, number: u32) -> bool {
        self.calls.is(number, State::Queued)
    }

    /// Whether any call has a row in the queue.
    pub(crate) fn has_rows(&self) -> bool {
        !self.calls.has_no(State::Queued)
    }

    /// A call that had a row has settled, and was delivered.
    pub(crate) fn row_settled(&mut self, number: u32) {
        if self.has_row(number) {
            self.calls.take(number);
        }
    }

    /// The calls whose rows are removed by this commit of the frame.
    pub(crate) fn take_withdrawn(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.withdrawn)
    }

    /// Refuses this call: it settles without being made.
    pub(crate) fn refuse(&mut self, call: Call, error: ErrorValue) {
        let now = self.world.now_ms();
        self.settle(call, Err(error), now, now);
    }

    /// Since when a nested task has been waiting for the frame to sleep.
    pub(crate) fn nested_since(&self) -> Option<Instant> {
        self.nested_since
    }

    /// Whether no call is out.
    pub(crate) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// What comes next: a call that settles, or the moment `look`. Nothing, if no call settles within
    /// `window` of its start, or before `deadline`: the VM should sleep.
    pub(crate) async fn next(
        &mut self,
        window: Duration,
        deadline: Instant,
        look: Instant,
    ) -> Next {
        loop {
            if let Some(Out::Settled(settled)) = self.calls.take_first(State::Settled) {
                return Next::Settled(settled);
            }
            let now = self.world.now();
            if now < deadline {
                if let Some(settled) = self.due_timer(window) {
                    return Next::Settled(settled);
                }
                self.start();
            }
            let oldest = match self.calls.first(State::InFlight) {
                Some(Out::InFlight(made, _)) => Some(*made),
                _ => None,
            };
            let patience = oldest.map(|oldest| oldest + window);
            let timer = self.timer_wait(window).map(|wait| now + wait);
            let Some(end) = patience.into_iter().chain(timer).min() else {
                return Next::Nothing;
            };
            let end = end.min(deadline);
            let limit = self.world.until(end.min(look));
            if oldest.is_none() {
                self.world.sleep(limit).await;
            } else if let Some(answer) = self
                .world
                .timeout(limit, self.answers.next())
                .await
                .flatten()
            {
                self.take(answer);
                continue;
            }
            if look < end {
                return Next::Look;
            }
            // A timer that is due at the deadline is left to the queue.
            if timer != Some(end) || now >= deadline {
                return Next::Nothing;
            }
        }
    }

    /// How long to wait for the next timer; `None` if not at all. With calls in flight the slice waits
    /// in any case, for as long as they may take.
    fn timer_wait(&self, window: Duration) -> Option<Duration> {
        let Out::Timer { due, .. } = self.calls.first(State::Timer)? else {
            return None;
        };
        let wait = due.saturating_sub(self.world.now_ms());
        let wait = ms(wait);
        let worth_it = !self.calls.has_no(State::InFlight) || wait <= TIMER_WAIT.min(window);
        (worth_it && !window.is_zero()).then_some(wait.min(window))
    }

    /// The first timer if its moment has come. Without a window all go through the queue.
    fn due_timer(&mut self, window: Duration) -> Option<SettledCall> {
        let now = self.world.now_ms();
        match self.calls.first(State::Timer)? {
            Out::Timer { due, .. } if *due <= now && !window.is_zero() => {}
            _ => return None,
        }
        match self.calls.take_first(State::Timer)? {
            Out::Timer {
                call, started_at, ..
            } => Some(SettledCall {
                call,
                outcome: Ok("null".to_owned()),
                started_at,
                finished_at: now,
            }),
            _ => None,
        }
    }

    /// Gives up all calls that have no row and have not settled, and answers them.
    pub(crate) fn abandon(&mut self) -> Vec<Call> {
        self.answers = FuturesUnordered::new();
        self.nested_since = None;
        let (queue, in_flight) = self.drain_for_sleep();
        let queue = queue.into_iter().map(|entry| entry.call);
        queue
            .chain(in_flight.into_iter().map(|flight| flight.call))
            .collect()
    }

    /// The answers to the calls in flight, for the one who continues with them.
    pub(crate) fn take_answers(&mut self) -> Answers {
        std::mem::take(&mut self.answers)
    }

    /// What becomes a row when the frame sleeps: first the calls for the queue, then those
    /// not made yet, then timers. Last come the calls in flight, with which the slice continues.
    pub(crate) fn drain_for_sleep(&mut self) -> (Vec<ForQueue>, Vec<Flight>) {
        let soon =
            [State::ForQueue, State::Waiting, State::Timer].map(|state| self.calls.take_all(state));
        let (mut queue, mut in_flight) = (Vec::new(), Vec::new());
        let flying = self.calls.take_all(State::InFlight);
        for out in soon.into_iter().flatten().chain(flying) {
            match out {
                Out::ForQueue(entry) => queue.push(entry),
                Out::Waiting(flight) => queue.push(ForQueue {
                    call: flight.call,
                    task: None,
                    run_after: None,
                    expires_at: flight.expires_at,
                    failure: None,
                    was_lost: flight.was_lost,
                }),
                Out::Timer { call, due, .. } => queue.push(ForQueue {
                    call,
                    task: None,
                    run_after: Some(due),
                    expires_at: None,
                    failure: None,
                    was_lost: false,
                }),
                Out::InFlight(_, flight) => in_flight.push(flight),
                Out::Settled(_) | Out::Queued => {}
            }
        }
        (queue, in_flight)
    }

    /// All calls that are out and have no row, for a snapshot after which the slice continues.
    pub(crate) fn without_row(&self) -> Vec<Call> {
        self.calls.without_row().cloned().collect()
    }

    fn start(&mut self) {
        let mut in_flight = self.calls.count(State::InFlight);
        while in_flight < SIDE_BY_SIDE && self.left > 0 {
            let Some(Out::Waiting(flight)) = self.calls.take_first(State::Waiting) else {
                break;
            };
            in_flight += 1;
            self.left -= 1;
            let (run, frame, trace) = (self.run, self.frame.clone(), self.trace);
            let making = make(
                self.world.clone(),
                run,
                frame,
                flight.clone(),
                trace,
                self.end,
            );
            self.answers.push(making.boxed_local());
            let number = flight.call.number;
            let out = Out::InFlight(self.world.now(), flight);
            self.calls.put(number, out);
        }
    }

    fn take(&mut self, (number, answer): (u32, Answer)) {
        if !self.calls.is(number, State::InFlight) {
            return;
        }
        let Some(Out::InFlight(_, flight)) = self.calls.take(number) else {
            return;
        };
        let Flight {
            call, started_at, ..
        } = flight;
        let finished_at = self.world.now_ms();
        match Verdict::on(&self.world, &self.retry, &call, 0, answer) {
            Verdict::Settle(outcome) => self.settle(call, outcome, started_at, finished_at),
            // Another attempt is the queue's business: it backs off without a live VM.
            Verdict::Again { pause, error } => {
                let entry = ForQueue {
                    run_after: Some(finished_at + pause),
                    expires_at: flight.expires_at,
                    failure: Some(FailedAttempt {
                        attempt: 1,
                        started_at,
                        finished_at,
                        next_at: finished_at + pause,
                        error,
                    }),
                    was_lost: false,
                    call,
                    task: None,
                };
                self.calls.put(number, Out::ForQueue(entry));
            }
        }
    }

    fn settle(&mut self, call: Call, outcome: Outcome, started_at: i64, finished_at: i64) {
        let number = call.number;
        let settled = SettledCall {
            call,
            outcome,
            started_at,
            finished_at,
        };
        self.calls.put(number, Out::Settled(settled));
    }
}

/// Makes a call; waits for its answer until `end`, or as long as its task allows.
async fn make(
    world: impl World,
    run: RunId,
    frame: Path,
    flight: Flight,
    trace: Option<TraceParent>,
    end: Option<Instant>,
) -> (u32, Answer) {
    let call = &flight.call;
    let attempt = Attempt {
        within: request::left(&world, end),
        was_lost: flight.was_lost,
    };
    let left = flight
        .expires_at
        .map(|at| at.saturating_sub(world.now_ms()));
    let own = left.map(ms);
    let answer = service::call(&world, run, &frame, call, trace, attempt);
    let answer = match own {
        None => answer.await,
        Some(own) => world
            .timeout(own, answer)
            .await
            .unwrap_or_else(|| Err(service::timed_out(call))),
    };
    (call.number, answer)
}
