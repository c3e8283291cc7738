//! A lane: one stack run after the other, each following from the one before.

use std::cell::OnceCell;
use std::time::{Duration, Instant};

use tasker_domain::figures::Metric;
use tasker_domain::retry::{self, Policy};
use tasker_domain::trace::TraceParent;
use tasker_domain::wire::{ExecuteReply, ExecuteRequest, ServiceError};
use tasker_domain::{Call, Claimed, ErrorCode, ErrorValue, EventUrl, Json, Outcome, Path, Work};
use tasker_host::heartbeat::Heartbeat;
use tasker_host::{HostStore, figures, http, lease_terms, log, random, services, time};
use tasker_store::{
    Events, Failure, Finish, LeaseTerms, Metering, Result, Settled, Store, unless_lost,
};

use crate::event_url;
use crate::settings::Settings;

/// How often it is looked whether anybody still waits for a call that is being made, and whether its
/// lease is to be renewed.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A frame whose executor had no database is tried again after so long.
const NO_DATABASE_PAUSE_MS: i64 = 1_000;

/// The kinds of lane, which are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    Frames,
    Calls,
}

impl Lane {
    pub(crate) fn of(claimed: &Claimed) -> Self {
        match claimed.work {
            Work::Frame => Self::Frames,
            Work::Call(_) => Self::Calls,
        }
    }
}

/// The terms of a lease taken now.
pub(crate) fn terms(settings: &Settings) -> LeaseTerms {
    lease_terms(lease_ms(settings))
}

fn lease_ms(settings: &Settings) -> i64 {
    i64::try_from(settings.lease.as_millis()).unwrap_or(i64::MAX / 2)
}

/// Works on a claimed stack run and on what becomes runnable through it: the parent that it wakes,
/// the child that it starts. All of them are of one run. After `deadline`, or when no
/// request may be made any more, the follower goes back to the queue.
///
/// # Errors
/// Only if the store fails.
pub(crate) async fn work(
    store: &HostStore,
    settings: &Settings,
    first: Claimed,
    deadline: Instant,
) -> Result<()> {
    let worker = Worker {
        store,
        settings,
        trace: OnceCell::new(),
    };
    let mut next = Some(first);
    while let Some(claimed) = next {
        if Instant::now() >= deadline || settings.requests_left() == 0 {
            let now = time::now_ms();
            return unless_lost(store.give_back(claimed.lease, now, None, now)).map(drop);
        }
        next = match &claimed.work {
            Work::Frame => worker.execute(&claimed).await?,
            Work::Call(call) => worker.settle(&claimed, call).await?,
        };
    }
    Ok(())
}

/// What works on the stack runs of a lane.
struct Worker<'a> {
    store: &'a HostStore,
    settings: &'a Settings,
    /// The span of the lane's run, once a call needed it.
    trace: OnceCell<Option<TraceParent>>,
}

impl Worker<'_> {
    /// Has a slice of a frame run. The executor commits its outcome itself.
    async fn execute(&self, claimed: &Claimed) -> Result<Option<Claimed>> {
        let request = ExecuteRequest {
            lease: claimed.lease,
            lease_ms: lease_ms(self.settings),
        };
        match http::ask::<_, ExecuteReply>("quickjs", "/execute", &request).await {
            Ok(reply) => {
                figures::merge(reply.figures);
                Ok(reply.next)
            }
            Err(error) => {
                let has_no_database = matches!(error, http::Error::Status { status: 503, .. });
                log::error(error)
                    .run(claimed.run)
                    .call(&claimed.path)
                    .write();
                if has_no_database {
                    // The executor is well: nothing is held against the task.
                    return self.again(claimed, NO_DATABASE_PAUSE_MS, None);
                }
                figures::count(Metric::ExecutorFailure, "", 1);
                let lost = ErrorValue::new(
                    ErrorCode::ExecutorLost,
                    "the executor failed again and again while running this task; see its log",
                );
                self.lose(claimed, lost)
            }
        }
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
            let terms = terms(self.settings);
            let settled =
                self.store
                    .wait_for_event(claimed.lease, &wait, Some(&terms), time::now_ms());
            return Ok(unless_lost(settled)?.and_then(|settled| settled.next));
        }
        if let Some(url) = EventUrl::of_call(claimed.run, &frame, call) {
            return self.finish(claimed, event_url::address(&url));
        }
        let started_at = time::now_ms();
        let Some(answer) = self.make(claimed, &frame, call).await? else {
            return Ok(None);
        };
        let mut error = match answer {
            Ok(value) => return self.finish(claimed, Ok(value)),
            Err(error) => error,
        };
        let failed = claimed.attempt + 1;
        let [random] = random();
        let policy = self.settings.retry.with(&call.options());
        let Some(pause) = policy.next(failed, &error, random) else {
            if failed > 1 {
                error.error.attempts = Some(failed);
            }
            return self.finish(claimed, Err(error.error));
        };
        let failure = Failure {
            started_at,
            error: error.error,
        };
        self.again(claimed, pause, Some(&failure))
    }

    /// Makes a call; `None` if it is needed no more: its run was stopped, or its time is up.
    async fn make(
        &self,
        claimed: &Claimed,
        frame: &Path,
        call: &Call,
    ) -> Result<Option<std::result::Result<Json, ServiceError>>> {
        let trace = match self.trace.get() {
            Some(known) => *known,
            None => {
                let trace = self.store.run_trace(claimed.run)?;
                *self.trace.get_or_init(|| trace)
            }
        };
        let answer = services::call(claimed.run, frame, call, trace, self.settings.call());
        futures::pin_mut!(answer);
        let heartbeat = Heartbeat::new(claimed.lease, lease_ms(self.settings));
        loop {
            if let Some(answer) = time::timeout(LOOK_EVERY, &mut answer).await {
                return Ok(Some(answer));
            }
            let look = heartbeat
                .beat(self.store)
                .and_then(|_| self.store.control(claimed.lease));
            if unless_lost(look)?.is_none() {
                return Ok(None);
            }
        }
    }

    /// One more executor lost: the frame goes back to the queue with a pause, or is given up with `lost`.
    fn lose(&self, claimed: &Claimed, lost: ErrorValue) -> Result<Option<Claimed>> {
        let failed = claimed.attempt + 1;
        if failed >= retry::EXECUTOR_ATTEMPTS {
            return self.finish(claimed, Err(lost));
        }
        let [random] = random();
        let pause = Policy::default().pause_ms(failed, None, random);
        let failure = Failure {
            started_at: time::now_ms(),
            error: lost,
        };
        self.again(claimed, pause, Some(&failure))
    }

    /// Puts a stack run back into the queue for another attempt, which counts if this one has failed.
    fn again(
        &self,
        claimed: &Claimed,
        pause: i64,
        failure: Option<&Failure>,
    ) -> Result<Option<Claimed>> {
        let now = time::now_ms();
        unless_lost(
            self.store
                .give_back(claimed.lease, now + pause, failure, now),
        )?;
        Ok(None)
    }

    fn finish(&self, claimed: &Claimed, outcome: Outcome) -> Result<Option<Claimed>> {
        let finish = Finish {
            outcome,
            logs: Vec::new(),
        };
        let settled = unless_lost(self.store.finish(
            claimed.lease,
            &finish,
            Some(&terms(self.settings)),
            time::now_ms(),
        ))?;
        Ok(settled.and_then(|Settled { next, .. }| next))
    }
}
