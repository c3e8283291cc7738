//! The calls that a frame has out: which the slice makes itself, which wait in the queue, which
//! have settled and are to be delivered.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use tasker_domain::wire::ServiceError;
use tasker_domain::{Call, ErrorValue, Json, Outcome, Path, RunId};
use tasker_host::{services, time};
use tasker_store::{Frame, TaskRef};

/// The slice makes at most so many calls side by side; the rest wait for their turn.
const SIDE_BY_SIDE: usize = 64;

/// The slice waits for a timer itself if it is due within this time; else its frame sleeps, so that
/// another can have its place.
const TIMER_WAIT: Duration = Duration::from_millis(50);

/// A call that has settled and is to be journaled and delivered.
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
    /// For a timer: when it is due.
    pub(crate) run_after: Option<i64>,
}

/// A timer that has no row.
struct Timer {
    call: Call,
    started_at: i64,
}

/// A call that the slice is making.
struct InFlight {
    call: Call,
    started: Instant,
    started_at: i64,
}

/// A call whose first attempt has failed, though another may not.
struct Failed {
    call: Call,
    error: ServiceError,
    at: Instant,
}

/// The answer to a call that the slice made.
pub(crate) type Answer = (u32, std::result::Result<Json, ServiceError>);

/// The bookkeeping of a slice. Each call that is out is in exactly one of its parts.
pub(crate) struct Outstanding {
    run: RunId,
    frame: Path,
    /// No call is waited for beyond this moment.
    give_up: Instant,
    /// Have a row in the queue.
    pub(crate) queued: BTreeSet<u32>,
    /// Will get one when the frame sleeps.
    pub(crate) for_queue: Vec<ForQueue>,
    /// When the first nested task was put there.
    nested_since: Option<Instant>,
    /// By their moment and number: the order in which they settle.
    timers: BTreeMap<(i64, u32), Timer>,
    /// Have a row in the queue that is to go when the frame is saved next: the task has cleared them.
    withdrawn: Vec<u32>,
    /// Wait for their turn to be made by the slice.
    waiting: VecDeque<Call>,
    in_flight: BTreeMap<u32, InFlight>,
    answers: FuturesUnordered<LocalBoxFuture<'static, Answer>>,
    /// Their next attempt is the queue's business, when the frame sleeps: it backs off without a live VM.
    failed: Vec<Failed>,
    /// Have settled without being delivered yet.
    settled: VecDeque<SettledCall>,
}

impl Outstanding {
    pub(crate) fn new(frame: &Frame, give_up: Instant) -> Self {
        Self {
            run: frame.run,
            frame: frame.path.clone(),
            give_up,
            queued: frame.queued.iter().copied().collect(),
            for_queue: Vec::new(),
            nested_since: None,
            timers: BTreeMap::new(),
            withdrawn: Vec::new(),
            waiting: VecDeque::new(),
            in_flight: BTreeMap::new(),
            answers: FuturesUnordered::new(),
            failed: Vec::new(),
            settled: VecDeque::new(),
        }
    }

    /// The slice is to make this call.
    pub(crate) fn make(&mut self, call: Call) {
        self.waiting.push_back(call);
    }

    /// This call goes to the queue.
    pub(crate) fn queue(&mut self, call: Call, task: Option<(TaskRef, Json)>) {
        if task.is_some() {
            self.nested_since.get_or_insert_with(Instant::now);
        }
        self.for_queue.push(ForQueue {
            call,
            task,
            run_after: None,
        });
    }

    /// This call goes to the queue, and the frame had better not wait long for others.
    pub(crate) fn queue_soon(&mut self, call: Call) {
        self.nested_since.get_or_insert_with(Instant::now);
        self.queue(call, None);
    }

    /// This call settles at a moment.
    pub(crate) fn set_timer(&mut self, call: Call, until: i64) {
        let started_at = time::now_ms();
        self.timers
            .insert((until, call.number), Timer { call, started_at });
    }

    /// The task is no more interested in this call.
    pub(crate) fn withdraw(&mut self, number: u32) {
        self.timers.retain(|(_, timer), _| *timer != number);
        if self.queued.remove(&number) {
            self.withdrawn.push(number);
        }
    }

    /// The calls whose rows are to go with this commit of the frame.
    pub(crate) fn take_withdrawn(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.withdrawn)
    }

    /// This call is refused: it settles without being made.
    pub(crate) fn refuse(&mut self, call: Call, error: ErrorValue) {
        let now = time::now_ms();
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
            && self.failed.is_empty()
            && self.settled.is_empty()
    }

    /// The next call that settles while the VM is live. `None`: nothing will within `window` of a
    /// call's start, or before `deadline`; the VM had better sleep.
    pub(crate) async fn settled(
        &mut self,
        window: Duration,
        deadline: Instant,
    ) -> Option<SettledCall> {
        loop {
            if let Some(settled) = self.settled.pop_front() {
                return Some(settled);
            }
            let now = Instant::now();
            if now < deadline {
                if let Some(settled) = self.due_timer(window) {
                    return Some(settled);
                }
                self.start();
            }
            let oldest = self.in_flight.values().map(|call| call.started).min();
            let patience = oldest.map(|oldest| oldest + window);
            let timer = self.timer_wait(window).map(|wait| now + wait);
            let until = patience.into_iter().chain(timer).min()?.min(deadline);
            let limit = until.saturating_duration_since(Instant::now());
            if oldest.is_none() {
                time::sleep(limit).await;
            } else if let Some(answer) = time::timeout(limit, self.answers.next()).await.flatten() {
                self.take(answer);
                continue;
            }
            if timer != Some(until) {
                return None;
            }
        }
    }

    /// How long to wait for the next timer; `None` if not at all. With calls in flight the slice waits
    /// in any case, for as long as they may take.
    fn timer_wait(&self, window: Duration) -> Option<Duration> {
        let ((until, _), _) = self.timers.first_key_value()?;
        let wait = until.saturating_sub(time::now_ms());
        let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0));
        let worth_it = !self.in_flight.is_empty() || wait <= TIMER_WAIT.min(window);
        (worth_it && !window.is_zero()).then_some(wait.min(window))
    }

    /// The first timer if its moment has come. Without a window all go through the queue.
    fn due_timer(&mut self, window: Duration) -> Option<SettledCall> {
        let timer = self.timers.first_entry()?;
        let ((until, _), now) = (*timer.key(), time::now_ms());
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

    /// The next answer to a call in flight, before `deadline`. What a failed call has waited already
    /// counts as part of what its upstream wishes.
    pub(crate) async fn answer(&mut self, deadline: Instant) -> Option<Answer> {
        if let Some(Failed {
            call,
            mut error,
            at,
        }) = self.failed.pop()
        {
            let waited = i64::try_from(at.elapsed().as_millis()).unwrap_or(i64::MAX);
            error.retry_after_ms = error.retry_after_ms.map(|wish| wish.saturating_sub(waited));
            return Some((call.number, Err(error)));
        }
        let limit = deadline.saturating_duration_since(Instant::now());
        time::timeout(limit, self.answers.next()).await.flatten()
    }

    /// What is to become a row when the frame sleeps: first the calls for the queue, then those
    /// that had not been made, then timers. The calls in flight follow, for the slice to go on with, and
    /// those whose attempt has failed.
    pub(crate) fn drain_for_sleep(&mut self) -> (Vec<ForQueue>, Vec<Call>) {
        let mut queue = std::mem::take(&mut self.for_queue);
        queue.extend(self.waiting.drain(..).map(|call| ForQueue {
            call,
            task: None,
            run_after: None,
        }));
        let timers = std::mem::take(&mut self.timers);
        queue.extend(timers.into_iter().map(|((until, _), timer)| ForQueue {
            call: timer.call,
            task: None,
            run_after: Some(until),
        }));
        let in_flight = std::mem::take(&mut self.in_flight)
            .into_values()
            .map(|flight| flight.call)
            .chain(self.failed.iter().map(|failed| failed.call.clone()))
            .collect();
        (queue, in_flight)
    }

    /// All calls that are out and have no row, for a snapshot after which the slice goes on.
    pub(crate) fn without_row(&self) -> Vec<Call> {
        let for_queue = self.for_queue.iter().map(|entry| &entry.call);
        let in_flight = self.in_flight.values().map(|flight| &flight.call);
        let failed = self.failed.iter().map(|failed| &failed.call);
        let settled = self.settled.iter().map(|settled| &settled.call);
        let timers = self.timers.values().map(|timer| &timer.call);
        for_queue
            .chain(timers)
            .chain(&self.waiting)
            .chain(in_flight)
            .chain(failed)
            .chain(settled)
            .cloned()
            .collect()
    }

    fn start(&mut self) {
        let limit = self.give_up.saturating_duration_since(Instant::now());
        while self.in_flight.len() < SIDE_BY_SIDE {
            let Some(call) = self.waiting.pop_front() else {
                break;
            };
            let flight = InFlight {
                call: call.clone(),
                started: Instant::now(),
                started_at: time::now_ms(),
            };
            let (run, frame) = (self.run, self.frame.clone());
            self.in_flight.insert(call.number, flight);
            self.answers.push(
                async move { (call.number, services::call(run, &frame, &call, limit).await) }
                    .boxed_local(),
            );
        }
    }

    fn take(&mut self, (number, answer): Answer) {
        let Some(flight) = self.in_flight.remove(&number) else {
            return;
        };
        let outcome = match answer {
            Ok(value) => Ok(value),
            Err(error) if error.retryable => {
                return self.failed.push(Failed {
                    call: flight.call,
                    error,
                    at: Instant::now(),
                });
            }
            Err(error) => Err(error.error),
        };
        self.settled.push_back(SettledCall {
            call: flight.call,
            outcome,
            started_at: flight.started_at,
            finished_at: time::now_ms(),
        });
    }
}
