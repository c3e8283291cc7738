//! Runs an ended run again.

use tasker_api::{RunAgain, Submitted};
use tasker_domain::RunStatus;
use tasker_engine::submission::again;
use tasker_host::Spin;

use crate::endpoint::*;
use crate::records;
use crate::submit::accepted;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/runs/{id}/retry";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Run);
    const ID: &'static str = "retryRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Runs again what has ended, with the same input: at the newest versions, or at the same ones";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(
        StatusCode::ACCEPTED,
        "The new run; its `retryOf` names the other",
    )];
    const PROBLEMS: Problems = &[
        RunNotFound,
        RunNotFinished,
        TaskNotFound,
        InputInvalid,
        QueueFull,
        DatabaseLimit,
    ];

    type Path = RunId;
    type Query = ();
    type Body = OptionalJson<RunAgain>;
    type Answer = Json<Submitted>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (id, store) = (call.path, store()?);
        let ended = records::run(&store, id)?;
        if !ended.status.is_terminal() {
            let detail = format!("the run `{id}` has not ended yet");
            return Err(Error::new(RunNotFinished, detail));
        }
        let (new, _) = again(
            &Spin,
            &store,
            ended,
            call.body.version,
            None,
            call.request.header("traceparent"),
        )?;
        Ok(accepted(new, RunStatus::Queued, None)?.with_after(After::Drain))
    }
}
