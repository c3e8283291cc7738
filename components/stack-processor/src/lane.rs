//! A lane: one stack run after the other, each following from the one before.

use std::time::{Duration, Instant};

use tasker_domain::figures::Metric;
use tasker_domain::retry::{self, Policy};
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
/// the child that it starts. After `deadline`, or when no
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
    let mut next = Some(first);
    while let Some(claimed) = next {
        if Instant::now() >= deadline || settings.requests_left() == 0 {
            let now = time::now_ms();
            return unless_lost(store.give_back(claimed.lease, now, None, now)).map(drop);
        }
        next = match &claimed.work {
            Work::Frame => execute(store, settings, &claimed).await?,
            Work::Call(call) => settle(store, settings, &claimed, call).await?,
        };
    }
    Ok(())
}

/// Has a slice of a frame run. The executor commits its outcome itself.
async fn execute(
    store: &HostStore,
    settings: &Settings,
    claimed: &Claimed,
) -> Result<Option<Claimed>> {
    let request = ExecuteRequest {
        lease: claimed.lease,
        lease_ms: lease_ms(settings),
    };
    match http::ask::<_, ExecuteReply>("quickjs", "/execute", &request).await {
        Ok(reply) => {
            figures::merge(reply.figures);
            Ok(reply.next)
        }
        Err(error) => {
            figures::count(Metric::ExecutorFailure, "", 1);
            log::error(error)
                .run(claimed.run)
                .call(&claimed.path)
                .write();
            let lost = ErrorValue::new(
                ErrorCode::ExecutorLost,
                "the executor failed again and again while running this task; see its log",
            );
            lose(store, settings, claimed, lost)
        }
    }
}

/// Makes a queued call and settles it. A timer settles by being due.
async fn settle(
    store: &HostStore,
    settings: &Settings,
    claimed: &Claimed,
    call: &Call,
) -> Result<Option<Claimed>> {
    let Some(frame) = claimed.path.parent() else {
        return Ok(None);
    };
    if call.timer().is_some() {
        return finish(store, settings, claimed, Ok("null".to_owned()));
    }
    if let Some(wait) = call.event_wait() {
        let terms = terms(settings);
        let settled = store.wait_for_event(claimed.lease, &wait, Some(&terms), time::now_ms());
        return Ok(unless_lost(settled)?.and_then(|settled| settled.next));
    }
    if let Some(url) = EventUrl::of_call(claimed.run, &frame, call) {
        return finish(store, settings, claimed, event_url::address(&url));
    }
    let started_at = time::now_ms();
    let Some(answer) = make(store, settings, claimed, &frame, call).await? else {
        return Ok(None);
    };
    let mut error = match answer {
        Ok(value) => return finish(store, settings, claimed, Ok(value)),
        Err(error) => error,
    };
    let failed = claimed.attempt + 1;
    let [random] = random();
    let policy = settings.retry.with(&call.options());
    let Some(pause) = policy.next(failed, &error, random) else {
        if failed > 1 {
            error.error.attempts = Some(failed);
        }
        return finish(store, settings, claimed, Err(error.error));
    };
    let failure = Failure {
        started_at,
        error: error.error,
    };
    again(store, claimed, pause, &failure)
}

/// Makes a call; `None` if it is needed no more: its run was stopped, or its time is up.
async fn make(
    store: &HostStore,
    settings: &Settings,
    claimed: &Claimed,
    frame: &Path,
    call: &Call,
) -> Result<Option<std::result::Result<Json, ServiceError>>> {
    let trace = store.run_trace(claimed.run)?;
    let answer = services::call(claimed.run, frame, call, trace, settings.call());
    futures::pin_mut!(answer);
    let heartbeat = Heartbeat::new(claimed.lease, lease_ms(settings));
    loop {
        if let Some(answer) = time::timeout(LOOK_EVERY, &mut answer).await {
            return Ok(Some(answer));
        }
        let look = heartbeat
            .beat(store)
            .and_then(|_| store.control(claimed.lease));
        if unless_lost(look)?.is_none() {
            return Ok(None);
        }
    }
}

/// One more executor lost: the frame goes back to the queue with a pause, or is given up with `lost`.
fn lose(
    store: &HostStore,
    settings: &Settings,
    claimed: &Claimed,
    lost: ErrorValue,
) -> Result<Option<Claimed>> {
    let failed = claimed.attempt + 1;
    if failed >= retry::EXECUTOR_ATTEMPTS {
        return finish(store, settings, claimed, Err(lost));
    }
    let [random] = random();
    let pause = Policy::default().pause_ms(failed, None, random);
    let failure = Failure {
        started_at: time::now_ms(),
        error: lost,
    };
    again(store, claimed, pause, &failure)
}

/// Puts a stack run back into the queue for another attempt.
fn again(
    store: &HostStore,
    claimed: &Claimed,
    pause: i64,
    failure: &Failure,
) -> Result<Option<Claimed>> {
    let now = time::now_ms();
    unless_lost(store.give_back(claimed.lease, now + pause, Some(failure), now))?;
    Ok(None)
}

fn finish(
    store: &HostStore,
    settings: &Settings,
    claimed: &Claimed,
    outcome: Outcome,
) -> Result<Option<Claimed>> {
    let finish = Finish {
        outcome,
        logs: Vec::new(),
    };
    let settled = unless_lost(store.finish(
        claimed.lease,
        &finish,
        Some(&terms(settings)),
        time::now_ms(),
    ))?;
    Ok(settled.and_then(|Settled { next, .. }| next))
}
