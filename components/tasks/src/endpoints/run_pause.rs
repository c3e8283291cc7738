//! Pauses a run.

use tasker_api::RunMoved;

use crate::endpoint::*;
use crate::runs::set_paused;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/runs/{id}/pause";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Run);
    const ID: &'static str = "pauseRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Pauses a run";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(
        StatusCode::OK,
        "Nothing of it is begun any more; calls that are under way go on, and a task that is \
         awake sleeps within a second",
    )];
    const PROBLEMS: Problems = &[RunNotFound, RunFinished, RunStopping, RunPaused];

    type Path = RunId;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<RunMoved>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        set_paused(call.path, true)
    }
}
