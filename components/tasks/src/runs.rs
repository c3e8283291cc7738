//! Runs: where they are, which there are, ending them.

use std::time::{Duration, Instant};

use tasker_api::{
    BODY_MAX_BYTES, CancelRun, Cancelled, Cursor, NoQuery, Page, Problem, Run, RunMoved,
    RunSummary, RunsQuery, Timestamp, WaitQuery, check_cancel, id_range, page_limit, parse_cursor,
    wait_limit,
};
use tasker_domain::{ErrorCode, RunId, RunStatus, Stop, StopCause};
use tasker_host::{HostStore, config, time};
use tasker_store::prelude::*;
use tasker_store::{Cancellation, Pause, RunFilter, RunQuery, RunRemoved};

use crate::Result;
use crate::answer::{After, Answer};
use crate::error::{internal, no_run, store, store_failed};
use crate::request::Request;
use crate::watched::Watched;

/// While a client waits for a run's end, the run is looked at this often at least.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// `GET /tasks/status/{taskRunId}` and `GET /runs/{id}`
pub(crate) async fn show(request: &Request) -> Result {
    let query: WaitQuery = request.query()?;
    let deadline = Instant::now() + wait_limit(query.wait)?;
    let id = request.run_id()?;
    let mut watched = Watched::new(store()?, LONGEST_PAUSE);
    until_ended(&mut watched, id, deadline).await?;
    let store = watched.store().map_err(store_failed)?;
    let run = store
        .run(id)
        .map_err(store_failed)?
        .ok_or_else(|| no_run(id))?;
    let has_ended = run.status.is_terminal();
    let answer = Answer::json(200, &view(store, run)?)?;
    Ok(if has_ended {
        answer
    } else {
        answer.with_after(After::SweepIfDue)
    })
}

/// Waits until a run has ended or the time is up. What a run was given and gave may be large: only where it is,
/// is looked at.
async fn until_ended(watched: &mut Watched, id: RunId, deadline: Instant) -> Result<()> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(());
        }
        let store = watched.store().map_err(store_failed)?;
        let progress = store.progress(id).map_err(store_failed)?;
        if progress.ok_or_else(|| no_run(id))?.status.is_terminal() {
            return Ok(());
        }
        watched.pause(left).await;
    }
}

/// The run with its webhook.
fn view(store: &HostStore, run: tasker_domain::Run) -> Result<Run> {
    let webhook = store.webhook(run.id).map_err(store_failed)?;
    Run::of(run, webhook).map_err(internal)
}

/// `GET /runs`
pub(crate) fn list(request: &Request) -> Result {
    let query: RunsQuery = request.query()?;
    let range = query.id.as_deref().map(id_range).transpose()?;
    let cursor: Option<RunId> = parse_cursor(query.cursor.as_deref())?;
    // Runs are listed by falling id: those of a range come first of all that are before its end.
    let end = range.as_ref().and_then(|range| range.end().successor());
    let query = RunQuery {
        limit: page_limit(query.limit)?,
        before: match (cursor, end) {
            (Some(cursor), Some(end)) => Some(cursor.min(end)),
            (cursor, end) => cursor.or(end),
        },
        filter: RunFilter {
            status: query.status,
            task: query.task,
            live: false,
        },
    };
    let mut page = store()?.runs(&query).map_err(store_failed)?;
    if let Some(range) = range {
        page.more &= page.items.iter().all(|run| range.contains(&run.id));
        page.items.retain(|run| range.contains(&run.id));
    }
    let next_cursor = page.next_after().map(|last| Cursor(last.id).to_string());
    let items = page.items.into_iter().map(RunSummary::from).collect();
    Ok(Answer::json(200, &Page { items, next_cursor })?.with_after(After::SweepIfDue))
}

/// `DELETE /runs/{id}`
pub(crate) fn delete(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let id = request.run_id()?;
    match store()?.remove_run(id).map_err(store_failed)? {
        RunRemoved::Removed => Ok(Answer::empty(204)),
        RunRemoved::NotFound => Err(no_run(id)),
        RunRemoved::Live => Err(Problem::new(
            ErrorCode::RunLive,
            format!("the run `{id}` has not ended; cancel it first"),
        )),
    }
}

/// `POST /runs/{id}/cancel`
pub(crate) async fn cancel(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    let id = request.run_id()?;
    let asked: CancelRun = request.optional_json(BODY_MAX_BYTES).await?;
    check_cancel(&asked)?;
    let store = store()?;
    let now = time::now_ms();
    let force = asked.force;
    let stop = stop(asked, now)?;
    let done = store
        .cancel(id, &stop, force, now)
        .map_err(store_failed)?
        .ok_or_else(|| no_run(id))?;
    let grace_until = match done {
        Cancellation::Ended => None,
        Cancellation::Stopping { grace_until } => Some(grace_until),
        Cancellation::Finished => {
            let detail = format!("the run `{id}` has already ended");
            return Err(Problem::new(ErrorCode::RunFinished, detail));
        }
    };
    let moved = store.progress(id).map_err(store_failed)?;
    let cancelled = Cancelled {
        task_run_id: id,
        status: moved.map_or(RunStatus::Cancelled, |progress| progress.status),
        grace_until: grace_until.map(Timestamp::from_millis),
    };
    Ok(Answer::json(202, &cancelled)?.with_after(After::Drain))
}

/// How a run is stopped that is cancelled now.
pub(crate) fn stop(asked: CancelRun, now: i64) -> Result<Stop> {
    Ok(Stop {
        cause: StopCause::Cancel,
        reason: asked.reason,
        by: asked.by,
        at: now,
        grace_until: now + grace_ms()?,
    })
}

/// How long the tasks of a run that is stopped may clean up (ms).
pub(crate) fn grace_ms() -> Result<i64> {
    let seconds: u32 = config::number("cancel_grace_seconds").map_err(internal)?;
    Ok(i64::from(seconds) * 1_000)
}

/// `POST /runs/{id}/pause` and `POST /runs/{id}/resume`
pub(crate) fn set_paused(request: &Request, paused: bool) -> Result {
    request.query::<NoQuery>()?;
    let id = request.run_id()?;
    let store = store()?;
    let done = store
        .set_paused(id, paused, time::now_ms())
        .map_err(store_failed)?
        .ok_or_else(|| no_run(id))?;
    let code = match done {
        Pause::Done => {
            let moved = store.progress(id).map_err(store_failed)?;
            let moved = RunMoved {
                task_run_id: id,
                status: moved.ok_or_else(|| no_run(id))?.status,
            };
            let after = if paused { After::Nothing } else { After::Drain };
            return Ok(Answer::json(200, &moved)?.with_after(after));
        }
        Pause::Already if paused => ErrorCode::RunPaused,
        Pause::Already => ErrorCode::RunNotPaused,
        Pause::Stopping => ErrorCode::RunStopping,
        Pause::Finished => ErrorCode::RunFinished,
    };
    Err(Problem::new(code, format!("run `{id}`: {}", code.title())))
}
