//! One slice: wake the frame, replay what it has not seen, run it live, commit what it leaves.

mod replay;
mod sleep;

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tasker_domain::figures::Metric;
use tasker_domain::trace::TraceParent;
use tasker_domain::wire::{ExecuteReply, ExecuteRequest, SliceNews};
use tasker_domain::{Call, Claimed, ErrorValue, JournalEntry, Lease, LogBuffer, Outcome, Progress};
use tasker_store::prelude::*;
use tasker_store::{Control, Finish, Frame, NewLog, Suspend};
use tasker_vm::State;
use tasker_world::World;

use super::calls::SettledCall;
use super::carry::Carry;
use super::error::{Error, Result};
use super::lost;
use super::machine::Machine;
use super::nested::Nested;
use super::outstanding::{Next, Outstanding};
use super::room::Room;
use super::settings::Settings;
use super::stop;
use super::wake::{Woken, wake};
use crate::heartbeat::Heartbeat;
use crate::service;
use replay::Seen;

/// A snapshot is taken after this many deliveries, to bound the tail that a replay would need.
const SNAPSHOT_EVERY: u32 = 256;

/// A nested task begins when its frame sleeps. The frame continues with other calls for this long, then
/// sleeps even if calls are in flight: the nested task should not wait for them.
const NESTED_GRACE: Duration = Duration::from_millis(50);

/// A VM that waits for no longer than this keeps its place.
const SHORT: Duration = Duration::from_millis(5);

/// How often a slice that waits looks at what has happened outside: what was asked of its run, and
/// whether it still holds its frame.
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// The outcome of a slice.
struct Done<W> {
    /// What became runnable.
    next: Option<Claimed>,
    /// The calls that it carries on with.
    carry: Option<Carry<W>>,
}

impl<W> From<Option<Claimed>> for Done<W> {
    fn from(next: Option<Claimed>) -> Self {
        Self { next, carry: None }
    }
}

/// Runs a slice of a claimed frame, and tells the caller meanwhile what the VM does. What it carries on with must be run once the
/// caller has the reply.
///
/// # Errors
/// If the store or the VM fails, or a setting cannot be used. Nothing more was committed; the frame may be tried again.
pub async fn execute<W: World, M: Machine>(
    world: &W,
    store: &W::Store,
    request: &ExecuteRequest,
    tell: &dyn Fn(SliceNews),
) -> Result<(ExecuteReply, Option<Carry<W>>)> {
    let settings = Settings::read(world)?.within(world, request.within_ms, request.calls);
    let begun = world.now();
    let Done { next, carry } = match run::<W, M>(world, store, &settings, request, tell).await {
        Err(Error::Store(tasker_store::Error::LeaseLost)) => Done::from(None),
        other => other?,
    };
    world.time(Metric::Slice, "", world.since(begun));
    let reply = ExecuteReply {
        next,
        figures: world.take_figures(),
        carries_on: carry.is_some(),
    };
    Ok((reply, carry))
}

async fn run<W: World, M: Machine>(
    world: &W,
    store: &W::Store,
    settings: &Settings,
    request: &ExecuteRequest,
    tell: &dyn Fn(SliceNews),
) -> Result<Done<W>> {
    let deadline = world.now() + settings.slice;
    let heartbeat = Rc::new(Heartbeat::new(world, request.lease, request.lease_ms));
    let mut frame = store.load(request.lease, world.now_ms())?;
    frame
        .trace
        .get_or_insert_with(|| TraceParent::of_run(frame.run));
    world.about(frame.run, frame.trace);
    let Woken {
        vm,
        position,
        snapshot,
    } = wake::<W, M>(world, &mut frame, settings, &heartbeat)?;
    let next_look = match frame.control {
        Control::Go => world.now() + LOOK_EVERY,
        Control::Stop | Control::Pause => world.now(),
    };
    let follows = |entry: &JournalEntry| entry.position == Some(position + 1);
    let tail = frame.next.take().into_iter().filter(follows).collect();
    let mut slice = Slice {
        world,
        store,
        settings,
        tell,
        waits: false,
        lease: request.lease,
        lease_ms: request.lease_ms,
        heartbeat,
        deadline,
        next_look,
        outstanding: Outstanding::new(world, &frame, request.was_lost, settings),
        nested: Nested::default(),
        unsettled: BTreeMap::new(),
        tail,
        logs: LogBuffer::new(settings.limits.log),
        progress: None,
        since_snapshot: 0,
        position,
        room: Room::new(frame.journal_bytes, settings.journal_bytes),
        frame,
        vm,
    };
    for call in snapshot.into_iter().flat_map(|snapshot| snapshot.in_flight) {
        slice.unsettled.insert(call.number, call);
    }
    slice.run().await
}

struct Slice<'a, W: World, M> {
    world: &'a W,
    store: &'a W::Store,
    settings: &'a Settings,
    /// Tells the caller what the VM does.
    tell: &'a dyn Fn(SliceNews),
    /// What it was told last.
    waits: bool,
    lease: Lease,
    lease_ms: i64,
    heartbeat: Rc<Heartbeat<W>>,
    /// The VM stays live until then.
    deadline: Instant,
    /// When to look at what has happened outside.
    next_look: Instant,
    frame: Frame,
    room: Room,
    vm: M,
    /// The journal position of the last delivery.
    position: u32,
    since_snapshot: u32,
    /// Journal entries to replay, the next first.
    tail: VecDeque<JournalEntry>,
    /// Calls issued during the replay that the journal has not settled yet.
    unsettled: BTreeMap<u32, Call>,
    outstanding: Outstanding<W>,
    nested: Nested,
    /// Log lines since the last commit.
    logs: LogBuffer,
    /// What the task has last said since then of how far the run is.
    progress: Option<Progress>,
}

/// What the slice does when the VM is quiescent.
enum Step {
    Replay(JournalEntry),
    Deliver(SettledCall),
    End(ErrorValue),
    Sleep(Suspend),
}

impl<W: World, M: Machine> Slice<'_, W, M> {
    async fn run(mut self) -> Result<Done<W>> {
        loop {
            let turn = self.vm.run();
            let stored = self.frame.log_count;
            let fresh = turn.logs.into_iter().filter(|line| line.index >= stored);
            self.logs.extend(fresh);
            self.progress = turn.progress.or(self.progress.take());
            for call in turn.calls {
                self.unsettled.insert(call.number, call);
            }
            for number in turn.withdrawn {
                self.unsettled.remove(&number);
                self.outstanding.withdraw(number);
            }
            if let State::Finished(outcome) = turn.state {
                let outcome = self.room.admit(&self.frame, outcome);
                return self.finish(outcome);
            }
            let step = self.step().await?;
            self.compute().await;
            match step {
                Step::Replay(entry) => match self.replay(&entry) {
                    Ok(Seen::Yes) => {}
                    Ok(Seen::No) => lost::give_back(
                        self.world,
                        self.store,
                        self.frame.run,
                        &self.frame.path,
                        &entry,
                    )?,
                    Err(mismatch) => return self.finish(Err(mismatch)),
                },
                Step::Deliver(settled) => match self.room.take(&settled.call, &settled.outcome) {
                    Ok(()) => self.deliver(settled)?,
                    Err(too_much) => return self.finish(Err(too_much)),
                },
                Step::End(error) => return self.finish(Err(error)),
                Step::Sleep(suspend) => {
                    if let Some(done) = self.sleep(suspend)? {
                        return Ok(done);
                    }
                }
            }
        }
    }

    /// What to do next, now that nothing more happens by itself.
    async fn step(&mut self) -> Result<Step> {
        self.heartbeat.beat(self.store)?;
        if self.position < self.frame.last_position {
            if self.world.now() >= self.deadline {
                return Ok(Step::Sleep(Suspend::Yield));
            }
            return self.next_entry().map(Step::Replay);
        }
        if self.world.now() >= self.next_look
            && let Some(step) = self.look()?
        {
            return Ok(step);
        }
        if let Err(too_much) = self.room.check() {
            return Ok(Step::End(too_much));
        }
        self.route_unsettled()?;
        if self.since_snapshot >= SNAPSHOT_EVERY
            && let Err(too_large) = self.save()?
        {
            return Ok(Step::End(too_large));
        }
        let deadline = match self.outstanding.nested_since() {
            Some(since) => self.deadline.min(since + NESTED_GRACE),
            None => self.deadline,
        };
        let window = self.settings.inline_window;
        loop {
            match self.wait(window, deadline).await? {
                Next::Settled(settled) => return Ok(Step::Deliver(settled)),
                Next::Look => {
                    if let Some(step) = self.look()? {
                        return Ok(step);
                    }
                }
                Next::Nothing => break,
            }
        }
        if self.outstanding.has_rows()
            && self.world.now() < self.deadline
            && let Some(step) = self.look()?
        {
            return Ok(step);
        }
        if self.outstanding.is_empty() {
            // Nothing would ever wake it.
            return Err(Error::LostCall(
                self.vm.outstanding().first().copied().unwrap_or(0),
            ));
        }
        Ok(Step::Sleep(Suspend::UntilSettled))
    }

    /// Waits for what comes next. If that takes a while, others may compute meanwhile.
    async fn wait(&mut self, window: Duration, deadline: Instant) -> Result<Next> {
        let next = self.outstanding.next(window, deadline, self.next_look);
        futures::pin_mut!(next);
        if !self.waits {
            if let Some(next) = self.world.timeout(SHORT, next.as_mut()).await {
                return Ok(next);
            }
            self.waits = true;
            (self.tell)(SliceNews::Waits);
            if self.progress.is_some() {
                // Who looks at the run should not wait for it as long as the frame does.
                let logs = take_logs(&mut self.logs, &mut self.progress, self.settings);
                self.store.tell(self.lease, &logs)?;
            }
        }
        Ok(next.await)
    }

    /// Says that the VM computes again, if it was said to wait.
    async fn compute(&mut self) {
        if std::mem::take(&mut self.waits) {
            (self.tell)(SliceNews::Computes);
            // So that the caller hears it before it happens.
            yield_now().await;
        }
    }

    /// Looks at what has happened outside, and says what to do next. A frame whose run is being
    /// stopped sees all its calls settle.
    fn look(&mut self) -> Result<Option<Step>> {
        self.next_look = self.world.now() + LOOK_EVERY;
        self.heartbeat.beat(self.store)?;
        let mut absorbed = self.store.absorb(self.lease, self.world.now_ms())?;
        if absorbed.control == Control::Pause {
            return Ok(Some(Step::Sleep(Suspend::Yield)));
        }
        if absorbed.control == Control::Stop {
            absorbed = stop::reject_calls(
                self.world,
                self.store,
                self.lease,
                &mut self.outstanding,
                &mut self.unsettled,
            )?;
            if absorbed.control == Control::Stop && !absorbed.entries.is_empty() {
                // It continues without having been told: its next call is the one that is rejected.
                self.next_look = self.world.now();
            }
        }
        let Some(last) = absorbed.entries.last().and_then(|entry| entry.position) else {
            return Ok(None);
        };
        self.frame.last_position = last;
        self.tail.extend(absorbed.entries);
        self.next_entry().map(Step::Replay).map(Some)
    }

    /// Decides for each call that is out and not in the queue what becomes of it.
    fn route_unsettled(&mut self) -> Result<()> {
        for (number, call) in std::mem::take(&mut self.unsettled) {
            if self.outstanding.has_row(number) {
                continue;
            }
            if call.is_nested_task() {
                let shared = &self.settings.shared_tasks;
                match self
                    .nested
                    .resolve(self.store, &self.frame, shared, &call)?
                {
                    Ok(task) => self.outstanding.queue(call, Some(task)),
                    Err(error) => self.outstanding.refuse(call, error),
                }
            } else if let Some(timer) = call.timer() {
                self.outstanding.set_timer(call, timer);
            } else if let Some(error) = self.event_denied(&call)? {
                self.outstanding.refuse(call, error);
            } else if call.is_event(self.frame.run, &self.frame.path) || call.is_about_runs() {
                self.outstanding.queue_soon(call);
            } else if let Some(error) = service::refusal(&call) {
                self.outstanding.refuse(call, error);
            } else if self.settings.inline_window.is_zero() {
                self.outstanding.queue(call, None);
            } else {
                self.outstanding.make(call);
            }
        }
        self.outstanding.goes_on();
        Ok(())
    }

    /// Why the task may not wait for an event; `None`: it may, or the call is another.
    fn event_denied(&mut self, call: &Call) -> Result<Option<ErrorValue>> {
        match call.event_wait() {
            Some(wait) => self.nested.event_denied(self.store, &self.frame, &wait),
            None => Ok(None),
        }
    }

    fn take_logs(&mut self) -> NewLog {
        take_logs(&mut self.logs, &mut self.progress, self.settings)
    }

    fn finish(&mut self, outcome: Outcome) -> Result<Done<W>> {
        let finish = Finish {
            outcome,
            logs: self.take_logs(),
        };
        let follow_up = self.store.finish(
            self.lease,
            &finish,
            Some(&self.world.lease_terms(self.lease_ms)),
            self.world.now_ms(),
        )?;
        Ok(follow_up.next.into())
    }
}

/// What was logged and said of how far the run is since the last commit, for this one.
fn take_logs(logs: &mut LogBuffer, progress: &mut Option<Progress>, settings: &Settings) -> NewLog {
    NewLog {
        lines: logs.take(),
        bound: settings.limits.log,
        progress: progress.take(),
    }
}

/// Lets the caller do something.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
