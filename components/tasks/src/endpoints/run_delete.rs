//! Removes an ended run.

use tasker_store::RunRemoved;

use crate::endpoint::*;
use crate::error::no_run;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/runs/{id}";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Run);
    const ID: &'static str = "deleteRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Removes an ended run with its journal and its log";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::NO_CONTENT, "It is removed")];
    const PROBLEMS: Problems = &[RunNotFound, RunLive];

    type Path = RunId;
    type Query = ();
    type Body = Nothing;
    type Answer = Nothing;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let id = call.path;
        match store()?.remove_run(id)? {
            RunRemoved::Removed => Ok(Answer::nothing()),
            RunRemoved::NotFound => Err(no_run(id)),
            RunRemoved::Live => Err(Error::new(
                RunLive,
                format!("the run `{id}` has not ended; cancel it first"),
            )),
        }
    }
}
