//! The calls that a frame has out: which the slice makes itself, which wait in the queue, which
//! have settled and are to be delivered.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tasker_domain::retry::Policy;
use tasker_domain::trace::TraceParent;
use tasker_domain::wire::ServiceError;
use tasker_domain::{Call, ErrorValue, FailedAttempt, Json, Outcome, Path, RunId};
use tasker_store::{Frame, TaskRef};
use tasker_world::{World, ms};

use super::settings::Settings;
use crate::request;
use crate::service::{self, Attempt};

/// The most calls that a slice makes side by side; the rest wait for their turn.
const SIDE_BY_SIDE: usize = 64;

/// The slice waits for a timer itself if it is due within this time; else its frame sleeps, so that
/// another can have its place.
const TIMER_WAIT: Duration = Duration::from_millis(50);

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
}

/// A timer that has no row.
struct Timer {
    call: Call,
    started_at: i64,
}

/// A call that the slice makes or will make.
#[derive(Clone)]
pub(crate) struct Flight {
    pub(crate) call: Call,
    pub(crate) started_at: i64,
    /// When it fails if it has not settled.
    pub(crate) expires_at: Option<i64>,
    /// An executor that was lost may have made it.
    was_lost: bool,
}

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

/// The answer to a call that the slice made.
pub(crate) type Answer = std::result::Result<Json, ServiceError>;

/// The answers still to come, each with the number of its call.
pub(crate) type Answers = FuturesUnordered<LocalBoxFuture<'static, (u32, Answer)>>;

/// The bookkeeping of a slice. Each call that is out is in exactly one of its parts.
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
    /// Have a row in the queue.
    pub(crate) queued: BTreeSet<u32>,
    /// Will get one when the frame sleeps.
    pub(crate) for_queue: Vec<ForQueue>,
    /// When the first nested task was put there.
    nested_since: Option<Instant>,
    /// By their moment and number: the order in which they settle.
    timers: BTreeMap<(i64, u32), Timer>,
    /// The task has cleared them: their rows in the queue go when the frame is next saved.
    withdrawn: Vec<u32>,
    /// Wait for their turn to be made by the slice.
    waiting: VecDeque<Flight>,
    /// With the moment at which each was made.
    in_flight: BTreeMap<u32, (Instant, Flight)>,
    answers: Answers,
    /// Have settled but are not delivered yet.
    settled: VecDeque<SettledCall>,
}

impl<W: World> Outstanding<W> {
    pub(crate) fn new(world: &W, frame: &Frame, was_lost: bool, settings: &Settings) -> Self {
        Self {
            world: world.clone(),
            run: frame.run,
            frame: frame.path.clone(),
            trace: frame.trace,
            end: settings.end,
            was_lost,
            retry: settings.retry.clone(),
            left: settings.calls,
            queued: frame.queued.iter().copied().collect(),
            for_queue: Vec::new(),
            nested_since: None,
            timers: BTreeMap::new(),
            withdrawn: Vec::new(),
            waiting: VecDeque::new(),
            in_flight: BTreeMap::new(),
            answers: FuturesUnordered::new(),
            settled: VecDeque::new(),
        }
    }

    /// Lets the slice make this call.
    pub(crate) fn make(&mut self, call: Call) {
        let started_at = self.world.now_ms();
        let policy = self.retry.with(&call.options());
        self.waiting.push_back(Flight {
            expires_at: service::expires_at(&call, started_at),
            started_at,
            was_lost: self.was_lost && !policy.covers_unknown(),
            call,
        });
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
        self.for_queue.push(ForQueue {
            run_after: None,
            expires_at: service::expires_at(&call, self.world.now_ms()),
            failure: None,
            call,
            task,
        });
    }

    /// Sends this call to the queue; the frame should not wait long for others.
    pub(crate) fn queue_soon(&mut self, call: Call) {
        self.nested_since.get_or_insert_with(|| self.world.now());
        self.queue(call, None);
    }

    /// Notes that this call settles at a moment.
    pub(crate) fn set_timer(&mut self, call: Call, timer: tasker_domain::timer::Timer) {
        let started_at = self.world.now_ms();
        let key = (timer.due(started_at), call.number);
        self.timers.insert(key, Timer { call, started_at });
    }

    /// The task no longer needs this call.
    pub(crate) fn withdraw(&mut self, number: u32) {
        self.timers.retain(|(_, timer), _| *timer != number);
        if self.queued.remove(&number) {
            self.withdrawn.push(number);
        }
    }

    /// The calls whose rows are removed by this commit of the frame.
    pub(crate) fn take_withdrawn(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.withdrawn)
    }

    /// Refuses this call: it settles without being made.
    pub(crate) fn refuse(&mut self, call: Call, error: ErrorValue) {
        let now = self.world.now_ms();
        self.settled.push_back(SettledCall {
            call,
            outcome: Err(error),
            started_at: now,
            finished_at: now,
        });
    }

    /// Since when a nested task has been waiting for the frame to sleep.
    pub(crate) fn nested_since(&self) -> Option<Instant> {
        self.nested_since
    }

    /// Whether the slice knows of no call that is out, besides those in the queue.
    pub(crate) fn is_empty(&self) -> bool {
        self.for_queue.is_empty()
            && self.timers.is_empty()
            && self.waiting.is_empty()
            && self.in_flight.is_empty()
            && self.settled.is_empty()
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
            if let Some(settled) = self.settled.pop_front() {
                return Next::Settled(settled);
            }
            let now = self.world.now();
            if now < deadline {
                if let Some(settled) = self.due_timer(window) {
                    return Next::Settled(settled);
                }
                self.start();
            }
            let oldest = self.in_flight.values().map(|(made, _)| *made).min();
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
            if timer != Some(end) {
                return Next::Nothing;
            }
        }
    }

    /// How long to wait for the next timer; `None` if not at all. With calls in flight the slice waits
    /// in any case, for as long as they may take.
    fn timer_wait(&self, window: Duration) -> Option<Duration> {
        let ((until, _), _) = self.timers.first_key_value()?;
        let wait = until.saturating_sub(self.world.now_ms());
        let wait = ms(wait);
        let worth_it = !self.in_flight.is_empty() || wait <= TIMER_WAIT.min(window);
        (worth_it && !window.is_zero()).then_some(wait.min(window))
    }

    /// The first timer if its moment has come. Without a window all go through the queue.
    fn due_timer(&mut self, window: Duration) -> Option<SettledCall> {
        let timer = self.timers.first_entry()?;
        let ((until, _), now) = (*timer.key(), self.world.now_ms());
        if until > now || window.is_zero() {
            return None;
        }
        let Timer { call, started_at } = timer.remove();
        Some(SettledCall {
            call,
            outcome: Ok("null".to_owned()),
            started_at,
            finished_at: now,
        })
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
        let mut queue = std::mem::take(&mut self.for_queue);
        queue.extend(self.waiting.drain(..).map(|flight| ForQueue {
            call: flight.call,
            task: None,
            run_after: None,
            expires_at: flight.expires_at,
            failure: None,
        }));
        let timers = std::mem::take(&mut self.timers);
        queue.extend(timers.into_iter().map(|((until, _), timer)| ForQueue {
            call: timer.call,
            task: None,
            run_after: Some(until),
            expires_at: None,
            failure: None,
        }));
        let in_flight = std::mem::take(&mut self.in_flight).into_values();
        (queue, in_flight.map(|(_, flight)| flight).collect())
    }

    /// All calls that are out and have no row, for a snapshot after which the slice continues.
    pub(crate) fn without_row(&self) -> Vec<Call> {
        let for_queue = self.for_queue.iter().map(|entry| &entry.call);
        let waiting = self.waiting.iter().map(|flight| &flight.call);
        let in_flight = self.in_flight.values().map(|(_, flight)| &flight.call);
        let settled = self.settled.iter().map(|settled| &settled.call);
        let timers = self.timers.values().map(|timer| &timer.call);
        for_queue
            .chain(timers)
            .chain(waiting)
            .chain(in_flight)
            .chain(settled)
            .cloned()
            .collect()
    }

    fn start(&mut self) {
        while self.in_flight.len() < SIDE_BY_SIDE && self.left > 0 {
            let Some(flight) = self.waiting.pop_front() else {
                break;
            };
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
            self.in_flight.insert(number, (self.world.now(), flight));
        }
    }

    fn take(&mut self, (number, answer): (u32, Answer)) {
        let Some((_, flight)) = self.in_flight.remove(&number) else {
            return;
        };
        let finished_at = self.world.now_ms();
        let error = match answer {
            Ok(value) => return self.settle(flight, Ok(value), finished_at),
            Err(error) => error,
        };
        let [random] = self.world.random();
        let policy = self.retry.with(&flight.call.options());
        match policy.next(1, &error, random) {
            None => self.settle(flight, Err(error.error), finished_at),
            // Another attempt is the queue's business: it backs off without a live VM.
            Some(pause) => self.for_queue.push(ForQueue {
                run_after: Some(finished_at + pause),
                expires_at: flight.expires_at,
                failure: Some(FailedAttempt {
                    attempt: 1,
                    started_at: flight.started_at,
                    finished_at,
                    next_at: finished_at + pause,
                    error: error.error,
                }),
                call: flight.call,
                task: None,
            }),
        }
    }

    fn settle(&mut self, flight: Flight, outcome: Outcome, finished_at: i64) {
        self.settled.push_back(SettledCall {
            call: flight.call,
            outcome,
            started_at: flight.started_at,
            finished_at,
        });
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
