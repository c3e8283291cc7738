//! Changing the runs that fit a filter, a bounded number at a time.

use std::time::{Duration, Instant};

use serde_json::json;
use tasker_api::{ChangedRuns, Cursor, Selection};
use tasker_domain::{Run, RunId};
use tasker_host::{HostStore, time};
use tasker_store::prelude::*;
use tasker_store::{Pause, RunFilter, RunQuery};

use crate::access::Access;
use crate::answer::{After, Answer};
use crate::audit;
use crate::content::Json;
use crate::endpoint::{Answers, StatusCode};
use crate::error::{Result, store};

/// What each change of many runs answers.
pub(crate) const ANSWERS: Answers = &[(
    StatusCode::OK,
    "What was done; `more` says whether to ask again",
)];

/// Runs that are read at once, without their inputs and results.
const PAGE: u32 = 20;
/// Most runs that a request looks at, however few of them fit.
const LOOKED_AT_MAX: u32 = 2_000;
/// After this time a request begins with no further run.
const TIME_MAX: Duration = Duration::from_secs(5);

/// Pauses one of them, or lets it go on.
pub(crate) fn set_paused(store: &HostStore, run: RunId, paused: bool) -> Result<Option<RunId>> {
    let done = store.set_paused(run, paused, time::now_ms())?;
    Ok((done == Some(Pause::Done)).then_some(run))
}

/// Walks over the runs that fit, newest first, and lets `apply` change each; it returns the run that it changed or
/// made. If the walk stops early, the client can go on from there.
pub(crate) fn change(
    access: &Access,
    selection: &Selection,
    mut apply: impl FnMut(&HostStore, Run) -> Result<Option<RunId>>,
) -> Result<Answer<Json<ChangedRuns>>> {
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
            access.sees(&run.task)
                && selection.fits(run.status, run.schedule.as_deref(), run.created_at),
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
    audit::detail(&json!({
        "filter": selection.filter,
        "changed": done.changed,
        "dryRun": selection.dry_run,
    }));
    let after = match done.changed {
        0 => After::Nothing,
        _ => After::Drain,
    };
    Ok(Answer::ok(&done)?.with_after(after))
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
            let page = store.runs(&self.query())?;
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
                tag: None,
                // Without a status, only a live run can be changed: a retry has one.
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
