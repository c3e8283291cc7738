//! Removes a schedule.

use tasker_store::ScheduleRemoved;

use crate::endpoint::*;
use crate::schedules::{no_schedule, of_code};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/schedules/{name}";
    const NEEDS: Needs = Needs::To(Right::Deploy, Of::Schedule);
    const ID: &'static str = "deleteSchedule";
    const TAG: &'static str = "schedules";
    const SUMMARY: &'static str = "Removes a schedule; runs that it made go on";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::NO_CONTENT, "It is removed")];
    const PROBLEMS: Problems = &[ScheduleNotFound, ScheduleOfCode];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Nothing;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        match store()?.remove_schedule(&call.path)? {
            ScheduleRemoved::Removed => Ok(Answer::nothing()),
            ScheduleRemoved::OfCode => Err(of_code(&call.path)),
            ScheduleRemoved::NotFound => Err(no_schedule(&call.path)),
        }
    }
}
