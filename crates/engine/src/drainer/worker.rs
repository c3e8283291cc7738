//! A worker: does one claimed stack run after the other, each following from the one before.

use std::cell::OnceCell;
use std::time::Duration;

use tasker_domain::figures::Metric;
use tasker_domain::retry::{self, Policy};
use tasker_domain::trace::TraceParent;
use tasker_domain::wire::{ExecuteReply, ExecuteRequest, SliceLine, SliceNews};
use tasker_domain::{Call, Claimed, ErrorCode, ErrorValue, EventUrl, Outcome, Path, Work};
use tasker_store::prelude::*;
use tasker_store::{Failure, Finish, FollowUp, NewLog, Result, unless_lost};
use tasker_world::{AskError, World, ask_lines, error, in_ms};

use super::event_url;
use super::place::{Activity, Place};
use super::runs;
use super::settings::Settings;
use super::shared::{Drain, lease_ms, terms};
use crate::heartbeat::Heartbeat;
use crate::request;
use crate::service::{self, Answer, Attempt};
use crate::verdict::Verdict;

/// A call that has not come back after this time is one that takes long.
const LONG: Duration = Duration::from_millis(10);

/// An executor keeps its lease itself, even while its task computes. One that cannot, because it never comes back
/// from a step of the task, keeps it for so much longer than a slice, in which its host may end it.
const COMPUTES_ON: Duration = Duration::from_secs(10);

/// What a host answers for an instance that it has ended because it computed without a pause.
const ENDED_BY_HOST: u16 = 508;

/// The pause before a frame whose executor had no database is tried again.
const NO_DATABASE_PAUSE_MS: i64 = 1_000;

/// Works on a claimed stack run and on what becomes runnable through it: the parent that it wakes,
/// the child that it starts. All of them are of one run. After the drainer's deadline, or when no
/// request may be made any more, the follower goes back to the queue.
///
/// # Errors
/// Only if the store fails.
pub(crate) async fn work<W: World>(
    drain: &Drain<'_, W>,
    first: Claimed,
    place: Place,
) -> Result<()> {
    let (world, store, settings) = (drain.world, drain.store, drain.settings);
    let worker = Worker {
        world,
        store,
        settings,
        drain,
        place,
        trace: OnceCell::new(),
    };
    let run = first.run;
    let outcome = worker.work(first).await;
    drain.has_worked_on(run);
    outcome
}

/// What a worker has.
struct Worker<'a, W: World> {
    world: &'a W,
    store: &'a W::Store,
    settings: &'a Settings,
    drain: &'a Drain<'a, W>,
    place: Place,
    /// The span of its run, once a call has needed it.
    trace: OnceCell<Option<TraceParent>>,
}

impl<W: World> Worker<'_, W> {
    /// Works on a stack run and on what follows from it.
    async fn work(&self, first: Claimed) -> Result<()> {
        let (world, store) = (self.world, self.store);
        let (mut next, mut goes_back) = (Some(first), self.drain.is_closed());
        while let Some(claimed) = next {
            if goes_back {
                let now = world.now_ms();
                return unless_lost(store.give_back(claimed.lease, now, None, now)).map(drop);
            }
            self.place.is(Activity::of(&claimed));
            next = match &claimed.work {
                Work::Frame => self.execute(&claimed).await?,
                Work::Call(call) => self.settle(&claimed, call).await?,
            };
            goes_back = self.drain.has_no_time();
        }
        Ok(())
    }

    /// Has a slice of a frame run. The executor commits its outcome itself.
    async fn execute(&self, claimed: &Claimed) -> Result<Option<Claimed>> {
        let request = ExecuteRequest {
            lease: claimed.lease,
            lease_ms: lease_ms(self.settings),
            within_ms: request::left(self.world, self.drain.end).map(in_ms),
            calls: (!self.drain.may_stay_awake()).then_some(0),
            was_lost: claimed.attempt > 0,
        };
        match self.answer(claimed, &request).await? {
            None => Ok(None),
            Some(Ok(reply)) => Ok(reply.next),
            Some(Err(failure)) => {
                let has_no_database = failure.is_status(503);
                let was_ended = failure.is_status(ENDED_BY_HOST);
                self.world
                    .log(error(failure).of(claimed.run, &claimed.path));
                if has_no_database {
                    // The executor works: this does not count against the task.
                    return self.again(claimed, NO_DATABASE_PAUSE_MS, None);
                }
                self.world.count(Metric::ExecutorFailure, "", 1);
                if was_ended {
                    // It would compute on in every further attempt.
                    return self.finish(claimed, Err(computed_on()));
                }
                let lost = ErrorValue::new(
                    ErrorCode::ExecutorLost,
                    "the executor failed again and again while running this task; see its log",
                );
                self.lose(claimed, lost)
            }
        }
    }

    /// Waits for an executor's answer; `None`: the frame has passed to another worker, and no answer came.
    async fn answer(
        &self,
        claimed: &Claimed,
        request: &ExecuteRequest,
    ) -> Result<Option<std::result::Result<ExecuteReply, AskError>>> {
        let answer = self.ask(request);
        futures::pin_mut!(answer);
        let begun = self.world.now();
        let heartbeat = Heartbeat::new(self.world, claimed.lease, lease_ms(self.settings));
        let mut is_lost = false;
        loop {
            let wait = match is_lost {
                // What has just been committed is about to be told.
                true => self.settings.lease,
                false => heartbeat.pace(begun),
            };
            if let Some(answer) = self.world.timeout(wait, &mut answer).await {
                return Ok(Some(answer));
            }
            if is_lost {
                return Ok(None);
            }
            let look = match self.world.since(begun) < self.settings.slice + COMPUTES_ON {
                true => heartbeat.beat(self.store).map(drop),
                false => self.store.control(claimed.lease).map(drop),
            };
            match unless_lost(look) {
                Ok(held) => is_lost = held.is_none(),
                // The slice goes on: the database may be back before its lease expires.
                Err(failure) => self
                    .world
                    .log(error(failure).of(claimed.run, &claimed.path)),
            }
        }
    }

    /// Has an executor run a slice. The drainer waits beside for what the slice carries on with.
    async fn ask(&self, request: &ExecuteRequest) -> std::result::Result<ExecuteReply, AskError> {
        let mut lines = ask_lines(self.world, "quickjs", "/execute", request).await?;
        let mut reply = loop {
            match lines.next().await? {
                Some(SliceLine::News(SliceNews::Waits)) => self.place.is(Activity::Waits),
                Some(SliceLine::News(SliceNews::Computes)) => self.place.is(Activity::Frames),
                Some(SliceLine::Over(reply)) => break reply,
                None => return Err(lines.broken("the answer ends early")),
            }
        };
        let figures = std::mem::take(&mut reply.figures);
        self.world.figures(|own| own.merge(figures));
        if reply.carries_on {
            let (world, out) = (self.world.clone(), self.drain.places.take(Activity::Waits));
            self.drain.places.leave(Box::pin(async move {
                let _out = out;
                // If it breaks off, the leases of its calls expire.
                while let Ok(Some(line)) = lines.next().await {
                    if let SliceLine::Over(more) = line {
                        world.figures(|own| own.merge(more.figures));
                    }
                }
            }));
        }
        Ok(reply)
    }

    /// Makes a queued call and settles it. A timer settles by being due.
    async fn settle(&self, claimed: &Claimed, call: &Call) -> Result<Option<Claimed>> {
        let Some(frame) = claimed.path.parent() else {
            return Ok(None);
        };
        if call.timer().is_some() {
            return self.finish(claimed, Ok("null".to_owned()));
        }
        if let Some(wait) = call.event_wait() {
            let terms = terms(self.world, self.settings);
            let settled =
                self.store
                    .wait_for_event(claimed.lease, &wait, Some(&terms), self.world.now_ms());
            return Ok(unless_lost(settled)?.and_then(|settled| settled.next));
        }
        if let Some(url) = EventUrl::of_call(claimed.run, &frame, call) {
            return self.finish(claimed, event_url::address(self.world, &url));
        }
        if let Some(asked) = call.asked_of_runs() {
            return match runs::settle(self.world, self.store, self.settings, claimed, asked)? {
                Some(outcome) => self.finish(claimed, outcome),
                None => Ok(None),
            };
        }
        let started_at = self.world.now_ms();
        let Some(answer) = self.make(claimed, &frame, call).await? else {
            return Ok(None);
        };
        let retry = &self.settings.retry;
        match Verdict::on(self.world, retry, call, claimed.attempt, answer) {
            Verdict::Settle(outcome) => self.finish(claimed, outcome),
            Verdict::Again { pause, error } => {
                let failure = Failure { started_at, error };
                self.again(claimed, pause, Some(&failure))
            }
        }
    }

    /// Makes a call; `None` if it is no longer needed: its run was stopped, or its time is up.
    async fn make(&self, claimed: &Claimed, frame: &Path, call: &Call) -> Result<Option<Answer>> {
        let trace = match self.trace.get() {
            Some(known) => *known,
            None => {
                let trace = self.store.run_trace(claimed.run)?;
                *self.trace.get_or_init(|| trace)
            }
        };
        let attempt = Attempt {
            within: request::left(self.world, self.drain.end),
            was_lost: self.was_lost(claimed, call)?,
        };
        let answer = service::call(self.world, claimed.run, frame, call, trace, attempt);
        futures::pin_mut!(answer);
        let (heartbeat, begun) = (
            Heartbeat::new(self.world, claimed.lease, lease_ms(self.settings)),
            self.world.now(),
        );
        if let Some(answer) = self.world.timeout(LONG, &mut answer).await {
            return Ok(Some(answer));
        }
        self.place.is(Activity::Waits);
        loop {
            let pace = heartbeat.pace_among(begun, self.drain.places.count(Activity::Waits));
            if let Some(answer) = self.world.timeout(pace, &mut answer).await {
                return Ok(Some(answer));
            }
            let look = heartbeat
                .beat(self.store)
                .and_then(|_| self.store.control(claimed.lease));
            match unless_lost(look) {
                Ok(None) => return Ok(None),
                Ok(Some(_)) => {}
                // The call continues: the database may be back before its lease expires.
                Err(failure) => self
                    .world
                    .log(error(failure).of(claimed.run, &claimed.path)),
            }
        }
    }

    /// Whether an attempt of the call was lost, and its task does not want it made again anyway.
    fn was_lost(&self, claimed: &Claimed, call: &Call) -> Result<bool> {
        let policy = self.settings.retry.with(&call.options());
        if claimed.attempt == 0 || policy.covers_unknown() {
            return Ok(false);
        }
        Ok(unless_lost(self.store.was_lost(claimed.lease))?.unwrap_or(false))
    }

    /// One more executor lost: the frame goes back to the queue with a pause, or is given up with `lost`.
    fn lose(&self, claimed: &Claimed, lost: ErrorValue) -> Result<Option<Claimed>> {
        let failed = claimed.attempt + 1;
        if failed >= retry::EXECUTOR_ATTEMPTS {
            return self.finish(claimed, Err(lost));
        }
        let [random] = self.world.random();
        let pause = Policy::default().pause_ms(failed, None, random);
        let failure = Failure {
            started_at: self.world.now_ms(),
            error: lost,
        };
        self.again(claimed, pause, Some(&failure))
    }

    /// Puts a stack run back into the queue for another attempt. A failed attempt is counted.
    fn again(
        &self,
        claimed: &Claimed,
        pause: i64,
        failure: Option<&Failure>,
    ) -> Result<Option<Claimed>> {
        let now = self.world.now_ms();
        unless_lost(
            self.store
                .give_back(claimed.lease, now + pause, failure, now),
        )?;
        Ok(None)
    }

    fn finish(&self, claimed: &Claimed, outcome: Outcome) -> Result<Option<Claimed>> {
        let finish = Finish {
            outcome,
            logs: NewLog::default(),
        };
        let terms = terms(self.world, self.settings);
        let settled = unless_lost(self.store.finish(
            claimed.lease,
            &finish,
            (!self.drain.has_no_time()).then_some(&terms),
            self.world.now_ms(),
        ))?;
        Ok(settled.and_then(|FollowUp { next, .. }| next))
    }
}

/// The error of a task whose executor was ended because it computed without a pause.
fn computed_on() -> ErrorValue {
    ErrorValue::new(
        ErrorCode::CpuLimit,
        "the task computed in one step of a built-in function for longer than a slice may last, and its executor was ended",
    )
}
