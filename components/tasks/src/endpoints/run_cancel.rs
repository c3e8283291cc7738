//! Cancels a run.

use tasker_api::{CancelRun, Cancelled, RunStop, Timestamp, check_cancel};
use tasker_domain::RunStatus;
use tasker_store::Cancellation;

use crate::endpoint::*;
use crate::error::no_run;
use crate::runs::stop;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/runs/{id}/cancel";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Run);
    const ID: &'static str = "cancelRun";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Ends a run";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(
        StatusCode::ACCEPTED,
        "It has ended, or its tasks are told and may clean up for a short time; whatever they \
         return, it ends cancelled",
    )];
    const PROBLEMS: Problems = &[RunNotFound, RunFinished];
    const SCHEMAS: Schemas = &[add_schema::<RunStop>];

    type Path = RunId;
    type Query = ();
    type Body = OptionalJson<CancelRun>;
    type Answer = Json<Cancelled>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (id, asked) = (call.path, call.body);
        check_cancel(&asked)?;
        let store = store()?;
        let now = time::now_ms();
        let force = asked.force;
        let stop = stop(asked, now)?;
        let done = store.cancel(id, &stop, force, now)?;
        let grace_until = match done.ok_or_else(|| no_run(id))? {
            Cancellation::Ended => None,
            Cancellation::Stopping { grace_until } => Some(grace_until),
            Cancellation::Finished => {
                let detail = format!("the run `{id}` has already ended");
                return Err(Error::new(RunFinished, detail));
            }
        };
        let moved = store.mark(id)?;
        let cancelled = Cancelled {
            task_run_id: id,
            status: moved.map_or(RunStatus::Cancelled, |mark| mark.status),
            grace_until: grace_until.map(Timestamp::from_millis),
        };
        Ok(Answer::json(StatusCode::ACCEPTED, &cancelled)?.with_after(After::Drain))
    }
}
