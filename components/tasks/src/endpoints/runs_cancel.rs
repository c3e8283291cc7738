//! Cancels the runs that fit a filter.

use tasker_api::{CancelRun, CancelRuns, ChangedRuns, RunsFilter};
use tasker_domain::Run;
use tasker_host::HostStore;
use tasker_store::Cancellation;

use crate::bulk::{self, change};
use crate::endpoint::*;
use crate::runs::stop;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/runs/cancel";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Asked);
    const ID: &'static str = "cancelRuns";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str =
        "Cancels the runs that fit a filter, the newest first, up to a limit";
    const AUDITED: bool = true;
    const ANSWERS: Answers = bulk::ANSWERS;
    const PROBLEMS: Problems = &[FilterInvalid];
    const SCHEMAS: Schemas = &[add_schema::<RunsFilter>];

    type Path = ();
    type Query = ();
    type Body = Json<CancelRuns>;
    type Answer = Json<ChangedRuns>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let access = call.access()?;
        let (asked, selection) = call.body.check()?;
        change(&access, &selection, |store, run| {
            cancel(store, &run, &asked)
        })
    }
}

/// Cancels one of them, unless it is being stopped already.
fn cancel(store: &HostStore, run: &Run, asked: &CancelRun) -> Result<Option<RunId>> {
    if run.stop.is_some() && !asked.force {
        return Ok(None);
    }
    let now = time::now_ms();
    let done = store.cancel(run.id, &stop(asked.clone(), now)?, asked.force, now)?;
    Ok(match done {
        Some(Cancellation::Ended | Cancellation::Stopping { .. }) => Some(run.id),
        Some(Cancellation::Finished) | None => None,
    })
}
