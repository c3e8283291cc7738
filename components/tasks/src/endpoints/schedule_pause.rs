//! Keeps a schedule from firing.

use tasker_api::{Schedule, TIMES_DEFAULT};

use crate::endpoint::*;
use crate::schedules::{find, no_schedule, shown};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/schedules/{name}/pause";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Schedule);
    const ID: &'static str = "pauseSchedule";
    const TAG: &'static str = "schedules";
    const SUMMARY: &'static str = "Keeps a schedule from firing, and drops a run of it that waits";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::OK, "It is paused")];
    const PROBLEMS: Problems = &[ScheduleNotFound];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<Schedule>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (store, name) = (store()?, call.path);
        if !store.pause_schedule(&name, time::now_ms())? {
            return Err(no_schedule(&name));
        }
        shown(StatusCode::OK, find(&store, &name)?, TIMES_DEFAULT)
    }
}
