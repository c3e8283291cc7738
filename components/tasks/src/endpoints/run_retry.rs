//! Runs an ended run again.

use tasker_api::Submitted;
use tasker_domain::RunStatus;

use crate::endpoint::*;
use crate::records;
use crate::submit::{accepted, again};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/runs/{id}/retry";
    const ID: &'static str = "retryRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str =
        "Runs a task again that has ended, at the same version and with the same input";
    const ANSWERS: Answers = &[(
        StatusCode::ACCEPTED,
        "The new run; its `retryOf` names the other",
    )];
    const PROBLEMS: Problems = &[RunNotFound, RunNotFinished];

    type Path = RunId;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<Submitted>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (id, store) = (call.path, store()?);
        let ended = records::run(&store, id)?;
        if !ended.status.is_terminal() {
            let detail = format!("the run `{id}` has not ended yet");
            return Err(Error::new(RunNotFinished, detail));
        }
        let (new, _) = again(&store, ended, None, call.request.header("traceparent"))?;
        Ok(accepted(new, RunStatus::Queued)?.with_after(After::Drain))
    }
}
