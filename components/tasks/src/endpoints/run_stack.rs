//! Lists a run's live frames and queued calls.

use tasker_api::StackEntry;

use crate::endpoint::*;
use crate::records;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/runs/{id}/stack";
    const NEEDS: Needs = Needs::To(Right::SeeRuns, Of::Run);
    const ID: &'static str = "showStack";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Lists a run's live frames and queued calls by path";
    const ANSWERS: Answers = &[(StatusCode::OK, "All of them; none once the run has ended")];
    const PROBLEMS: Problems = &[RunNotFound];

    type Path = RunId;
    type Query = ();
    type Body = Nothing;
    type Answer = List<StackEntry>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let store = store()?;
        let stack = store.stack(call.path)?;
        records::must_exist(&store, call.path, stack.is_empty())?;
        Answer::page(StackEntry::list(stack).map_err(internal)?, None)
    }
}
