//! Changing the runs that fit a filter, so many at a time.

use std::time::{Duration, Instant};

use tasker_api::{
    BODY_MAX_BYTES, BulkAction, CancelRun, CancelRuns, ChangeRuns, ChangedRuns, Cursor, NoQuery,
    Selection,
};
use tasker_domain::{Run, RunId};
use tasker_host::{HostStore, time};
use tasker_store::prelude::*;
use tasker_store::{Cancellation, Pause, RunFilter, RunQuery, Submitted};

use crate::Result;
use crate::answer::{After, Answer};
use crate::error::{store, store_failed};
use crate::request::Request;
use crate::{runs, submit};

/// Runs that are read at once: each comes with its input and result.
const PAGE: u32 = 20;
/// A request looks at so many runs at most, however few of them fit,
const LOOKED_AT_MAX: u32 = 2_000;
/// and begins with no more once it has taken so long.
const TIME_MAX: Duration = Duration::from_secs(5);

/// `POST /runs/cancel`
pub(crate) async fn cancel(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    let body: CancelRuns = request.json(BODY_MAX_BYTES).await?;
    let (asked, selection) = body.check()?;
    change(&selection, |store, run| cancel_one(store, &run, &asked))
}

/// `POST /runs/pause` and `POST /runs/resume`
pub(crate) async fn set_paused(request: &mut Request, paused: bool) -> Result {
    request.query::<NoQuery>()?;
    let body: ChangeRuns = request.json(BODY_MAX_BYTES).await?;
    let action = match paused {
        true => BulkAction::Pause,
        false => BulkAction::Resume,
    };
    change(&body.check(action)?, |store, run| {
        let done = store
            .set_paused(run.id, paused, time::now_ms())
            .map_err(store_failed)?;
        Ok((done == Some(Pause::Done)).then_some(run.id))
    })
}

/// `POST /runs/retry`: one new run of each, however often it is asked for.
pub(crate) async fn retry(request: &mut Request) -> Result {
    request.query::<NoQuery>()?;
    let body: ChangeRuns = request.json(BODY_MAX_BYTES).await?;
    let selection = body.check(BulkAction::Retry)?;
    let trace = request.header("traceparent").map(str::to_owned);
    change(&selection, |store, run| {
        let key = format!("retry:{}", run.id);
        let (id, submitted) = submit::again(store, run, Some(key), trace.as_deref())?;
        Ok((submitted == Submitted::Created).then_some(id))
    })
}

fn cancel_one(store: &HostStore, run: &Run, asked: &CancelRun) -> Result<Option<RunId>> {
    if run.stop.is_some() && !asked.force {
        return Ok(None);
    }
    let now = time::now_ms();
    let done = store
        .cancel(run.id, &runs::stop(asked.clone(), now)?, asked.force, now)
        .map_err(store_failed)?;
    Ok(match done {
        Some(Cancellation::Ended | Cancellation::Stopping { .. }) => Some(run.id),
        Some(Cancellation::Finished) | None => None,
    })
}

/// Walks over the runs that fit, newest first, and has `apply` change each; it answers the run that it changed or
/// made. Whatever stops the walk early, the client can go on where it was.
fn change(
    selection: &Selection,
    mut apply: impl FnMut(&HostStore, Run) -> Result<Option<RunId>>,
) -> Result {
    let store = store()?;
    let mut done = ChangedRuns::default();
    let mut walk = Walk::new(selection);
    while let Some(run) = walk.next(&store)? {
        if done.matched == selection.limit || walk.is_spent() {
            done.more = true;
            break;
        }
        let (id, fits) = (
            run.id,
            selection.fits(run.status, run.schedule.as_deref(), run.created_at),
        );
        if fits {
            let changed = match selection.dry_run {
                true => None,
                false => match apply(&store, run) {
                    Ok(changed) => changed,
                    // What was done is told; the next request meets the failure.
                    Err(_) if done.changed > 0 => {
                        done.more = true;
                        break;
                    }
                    Err(problem) => return Err(problem),
                },
            };
            done.matched += 1;
            match (changed, selection.dry_run) {
                (_, true) => done.task_run_ids.push(id),
                (Some(changed), false) => {
                    done.changed += 1;
                    done.task_run_ids.push(changed);
                }
                (None, false) => done.skipped += 1,
            }
        }
        walk.pass(id);
    }
    done.next_cursor = walk
        .passed
        .filter(|_| done.more)
        .map(|id| Cursor(id).to_string());
    let after = match done.changed {
        0 => After::Nothing,
        _ => After::Drain,
    };
    Ok(Answer::json(200, &done)?.with_after(after))
}

/// The runs from the newest on that a selection allows, in pages.
struct Walk<'a> {
    selection: &'a Selection,
    begun: Instant,
    looked_at: u32,
    /// The last run that was dealt with, or where the client says that it was.
    passed: Option<RunId>,
    page: std::vec::IntoIter<Run>,
    /// Whether there are runs after the page.
    more: bool,
}

impl<'a> Walk<'a> {
    fn new(selection: &'a Selection) -> Self {
        Self {
            selection,
            begun: Instant::now(),
            looked_at: 0,
            passed: selection.before,
            page: Vec::new().into_iter(),
            more: true,
        }
    }

    /// The next run; `None` after the last one that can fit.
    fn next(&mut self, store: &HostStore) -> Result<Option<Run>> {
        if self.page.len() == 0 && self.more {
            let page = store.runs(&self.query()).map_err(store_failed)?;
            self.more = page.more;
            self.page = page.items.into_iter();
        }
        let next = self.page.next();
        Ok(next.filter(|run| !self.selection.is_past(run.id)))
    }

    fn query(&self) -> RunQuery {
        let filter = &self.selection.filter;
        RunQuery {
            filter: RunFilter {
                status: filter.status,
                task: filter.task.clone(),
                // Without a status, only a run that goes on can be changed: a retry has one.
                live: filter.status.is_none(),
            },
            before: self.passed,
            limit: PAGE,
        }
    }

    fn is_spent(&self) -> bool {
        // Each request gets on by one run at least, however slow the database is.
        let is_late = self.looked_at > 0 && self.begun.elapsed() >= TIME_MAX;
        is_late || self.looked_at >= LOOKED_AT_MAX
    }

    fn pass(&mut self, run: RunId) {
        self.passed = Some(run);
        self.looked_at += 1;
    }
}
