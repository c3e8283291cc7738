//! Shows a schedule.

use tasker_api::{Schedule, TIMES_DEFAULT, TIMES_MAX, TimesQuery};

use crate::endpoint::*;
use crate::schedules::{find, shown};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/schedules/{name}";
    const NEEDS: Needs = Needs::To(Right::SeeTasks, Of::Schedule);
    const ID: &'static str = "showSchedule";
    const TAG: &'static str = "schedules";
    const SUMMARY: &'static str = "Shows a schedule with its next times";
    const ANSWERS: Answers = &[(StatusCode::OK, "The schedule")];
    const PROBLEMS: Problems = &[ScheduleNotFound];

    type Path = String;
    type Query = Times;
    type Body = Nothing;
    type Answer = Json<Schedule>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let Times(times) = call.query;
        shown(StatusCode::OK, find(&store()?, &call.path)?, times)
    }
}

/// How many next times are shown.
pub(crate) struct Times(u32);

impl QueryParams for Times {
    type Query = TimesQuery;

    fn check(query: TimesQuery) -> Result<Self> {
        let times = query.times.unwrap_or(TIMES_DEFAULT);
        if times > TIMES_MAX {
            let detail = format!("the query: `times` must be 0 to {TIMES_MAX}");
            return Err(Error::new(BadRequest, detail));
        }
        Ok(Self(times))
    }
}
