//! Runs a schedule's task now.

use tasker_api::Submitted;
use tasker_domain::RunStatus;
use tasker_engine::submission;
use tasker_host::Spin;

use crate::endpoint::*;
use crate::schedules::{about, find};
use crate::submit::accepted;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/schedules/{name}/trigger";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Schedule);
    const ID: &'static str = "triggerSchedule";
    const TAG: &'static str = "schedules";
    const SUMMARY: &'static str =
        "Runs a schedule's task now, whatever its policies and though it is paused";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::ACCEPTED, "The run is accepted and durable")];
    const PROBLEMS: Problems = &[
        ScheduleNotFound,
        TaskNotFound,
        InputInvalid,
        QueueFull,
        DatabaseLimit,
    ];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<Submitted>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let store = store()?;
        let schedule = find(&store, &call.path)?;
        let name = schedule.name.clone();
        let made = submission::triggered(&Spin, &store, schedule).map_err(Error::from);
        let run = made.map_err(|problem| match problem.is(InputInvalid) {
            true => about(&name, None, problem),
            false => problem,
        })?;
        Ok(accepted(run, RunStatus::Queued, None)?.with_after(After::Drain))
    }
}
