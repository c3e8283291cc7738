//! Lets a schedule fire again.

use tasker_api::{Schedule, TIMES_DEFAULT};

use crate::endpoint::*;
use crate::schedules::{find, moments, no_schedule, shown};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/schedules/{name}/resume";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Schedule);
    const ID: &'static str = "resumeSchedule";
    const TAG: &'static str = "schedules";
    const SUMMARY: &'static str =
        "Lets a schedule fire again; what passed meanwhile is not made up for";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::OK, "It is not paused")];
    const PROBLEMS: Problems = &[ScheduleNotFound];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<Schedule>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (store, name, now) = (store()?, call.path, time::now_ms());
        let schedule = find(&store, &name)?;
        let next_at = moments(&schedule.cron, &schedule.time_zone)?.next_after(now);
        if !store.resume_schedule(&name, next_at, now)? {
            return Err(no_schedule(&name));
        }
        let answer = shown(StatusCode::OK, find(&store, &name)?, TIMES_DEFAULT)?;
        Ok(answer.with_after(After::Drain))
    }
}
