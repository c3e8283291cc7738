//! Lets a paused run go on.

use tasker_api::RunMoved;

use crate::endpoint::*;
use crate::runs::set_paused;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/runs/{id}/resume";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Run);
    const ID: &'static str = "resumeRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Lets a paused run go on";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(
        StatusCode::OK,
        "It goes on; what came due meanwhile is due now",
    )];
    const PROBLEMS: Problems = &[RunNotFound, RunFinished, RunStopping, RunNotPaused];

    type Path = RunId;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<RunMoved>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        set_paused(call.path, false)
    }
}
