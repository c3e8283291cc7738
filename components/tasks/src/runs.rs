//! Runs: where they are, which there are, ending them.

use std::time::{Duration, Instant};

use tasker_api::{
    Cancelled, Cursor, NoQuery, Page, Problem, Run, RunSummary, RunsQuery, WaitQuery, page_limit,
    parse_cursor, wait_limit,
};
use tasker_domain::{ErrorCode, ErrorValue, RunStatus};
use tasker_host::time;
use tasker_store::{RunFilter, RunQuery, Store};

use crate::Result;
use crate::answer::{After, Answer};
use crate::error::{internal, no_run, store, store_failed};
use crate::request::Request;
use crate::system::{self, SWEEP_EVERY};

/// The pauses between two looks at a run that someone waits for grow from the first to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// `GET /tasks/status/{taskRunId}` and `GET /runs/{id}`
pub(crate) async fn show(request: &Request) -> Result {
    let query: WaitQuery = request.query()?;
    let deadline = Instant::now() + wait_limit(query.wait)?;
    let id = request.run_id()?;
    let store = store()?;
    let mut pause = FIRST_PAUSE;
    let mut next_sweep = Instant::now() + SWEEP_EVERY;
    loop {
        let run = store
            .run(id)
            .map_err(store_failed)?
            .ok_or_else(|| no_run(id))?;
        let left = deadline.saturating_duration_since(Instant::now());
        if run.status.is_terminal() {
            return Answer::json(200, &Run::try_from(run).map_err(internal)?);
        }
        if left.is_zero() {
            let answer = Answer::json(200, &Run::try_from(run).map_err(internal)?)?;
            return Ok(answer.with_after(After::SweepIfDue));
        }
        if Instant::now() >= next_sweep {
            system::poke_sweep_if_due().await;
            next_sweep = Instant::now() + SWEEP_EVERY;
        }
        time::sleep(pause.min(left)).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

/// `GET /runs`
pub(crate) fn list(request: &Request) -> Result {
    let query: RunsQuery = request.query()?;
    let query = RunQuery {
        limit: page_limit(query.limit)?,
        before: parse_cursor(query.cursor.as_deref())?,
        filter: RunFilter {
            status: query.status,
            task: query.task,
        },
    };
    let page = store()?.runs(&query).map_err(store_failed)?;
    let next_cursor = page
        .items
        .last()
        .filter(|_| page.more)
        .map(|last| Cursor(last.id).to_string());
    let items = page.items.into_iter().map(RunSummary::from).collect();
    Ok(Answer::json(200, &Page { items, next_cursor })?.with_after(After::SweepIfDue))
}

/// `POST /runs/{id}/cancel`
pub(crate) fn cancel(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let id = request.run_id()?;
    let error = ErrorValue::new(ErrorCode::Cancelled, "the run was cancelled");
    match store()?
        .cancel(id, &error, time::now_ms())
        .map_err(store_failed)?
    {
        Some(true) => Answer::json(
            202,
            &Cancelled {
                task_run_id: id,
                status: RunStatus::Cancelled,
            },
        ),
        Some(false) => Err(Problem::new(
            ErrorCode::RunFinished,
            format!("the run `{id}` has already ended"),
        )),
        None => Err(no_run(id)),
    }
}
