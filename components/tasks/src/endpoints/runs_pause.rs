//! Pauses the runs that fit a filter.

use tasker_api::{BulkAction, ChangeRuns, ChangedRuns, RunsFilter};

use crate::bulk::{self, change, set_paused};
use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/runs/pause";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Asked);
    const ID: &'static str = "pauseRuns";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str =
        "Pauses the runs that fit a filter, the newest first, up to a limit";
    const AUDITED: bool = true;
    const ANSWERS: Answers = bulk::ANSWERS;
    const PROBLEMS: Problems = &[FilterInvalid];
    const SCHEMAS: Schemas = &[add_schema::<RunsFilter>];

    type Path = ();
    type Query = ();
    type Body = Json<ChangeRuns>;
    type Answer = Json<ChangedRuns>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let access = call.access()?;
        let selection = call.body.check(BulkAction::Pause)?;
        change(&access, &selection, |store, run| {
            set_paused(store, run.id, true)
        })
    }
}
