//! Runs again what has ended and fits a filter.

use tasker_api::{ChangedRuns, RetryRuns, RunsFilter};
use tasker_engine::submission;
use tasker_host::Spin;
use tasker_store::Submitted;

use crate::bulk::{self, change};
use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/runs/retry";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Asked);
    const ID: &'static str = "retryRuns";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Runs again what has ended and fits a filter, the newest first, \
        up to a limit: what failed, if the filter has no status. Asking again makes no second run of \
        the same one";
    const AUDITED: bool = true;
    const ANSWERS: Answers = bulk::ANSWERS;
    const PROBLEMS: Problems = &[FilterInvalid, QueueFull, DatabaseLimit];
    const SCHEMAS: Schemas = &[add_schema::<RunsFilter>];

    type Path = ();
    type Query = ();
    type Body = Json<RetryRuns>;
    type Answer = Json<ChangedRuns>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let access = call.access()?;
        let (versions, selection) = call.body.check()?;
        let trace = call.request.header("traceparent");
        change(&access, &selection, |store, run| {
            // With its input; it may have been deleted meanwhile.
            let Some(run) = store.run(run.id)? else {
                return Ok(None);
            };
            // One new run of each, however often it is asked for.
            let key = format!("retry:{}", run.id);
            let again = submission::again(&Spin, store, run, versions, Some(key), trace);
            match again.map_err(Error::from) {
                Ok((id, submitted)) => Ok((submitted == Submitted::Created).then_some(id)),
                // One that the newest version does not take keeps no other from being run again.
                Err(problem) if problem.is(TaskNotFound) || problem.is(InputInvalid) => Ok(None),
                Err(problem) => Err(problem),
            }
        })
    }
}
