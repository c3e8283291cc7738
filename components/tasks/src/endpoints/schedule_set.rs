//! Makes or changes a schedule.

use serde_json::json;
use tasker_api::{Schedule, SetSchedule, TIMES_DEFAULT, check_schedule_name, policies};
use tasker_engine::submission;
use tasker_store::{ScheduleSet, SetSchedule as Setting};

use crate::audit;
use crate::endpoint::*;
use crate::records;
use crate::schedules::{find, moments, of_code, shown, utc};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::PUT;
    const PATH: &'static str = "/schedules/{name}";
    const NEEDS: Needs = Needs::To(Right::Deploy, Of::Schedule);
    const ID: &'static str = "setSchedule";
    const TAG: &'static str = "schedules";
    const SUMMARY: &'static str = "Makes a schedule, or sets it anew";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[
        (StatusCode::OK, "It is set"),
        (StatusCode::CREATED, "It is new"),
    ];
    const PROBLEMS: Problems = &[
        TaskNotFound,
        ScheduleOfCode,
        CronInvalid,
        TimeZoneUnknown,
        SchedulePolicyInvalid,
        InputInvalid,
    ];

    type Path = String;
    type Query = ();
    type Body = Json<SetSchedule>;
    type Answer = Json<Schedule>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        call.access()?.task(&call.body.task_name)?;
        audit::detail(&json!({ "task": call.body.task_name, "cron": call.body.cron }));
        let (store, name, body) = (store()?, call.path, call.body);
        // Only the code of a task gives names that may not be given here.
        if check_schedule_name(&name).is_err() && store.schedule(&name)?.is_some() {
            return Err(of_code(&name));
        }
        check_schedule_name(&name)?;
        let now = time::now_ms();
        let time_zone = body.time_zone.unwrap_or_else(utc);
        let next_at = moments(&body.cron, &time_zone)?.next_after(now);
        let (overlap, catch_up) = policies(body.overlap.as_deref(), body.catch_up.as_deref())?;
        let task = records::task(&store, &body.task_name)?;
        let schedule = Setting {
            input: submission::input(&body.input, task.input_schema.as_deref(), &task.name)?,
            name,
            task: task.name,
            cron: body.cron,
            time_zone,
            overlap,
            catch_up,
            paused: body.paused,
            next_at,
        };
        let status = match store.set_schedule(&schedule, now)? {
            ScheduleSet::Created => StatusCode::CREATED,
            ScheduleSet::Replaced => StatusCode::OK,
            ScheduleSet::OfCode => return Err(of_code(&schedule.name)),
        };
        // A drainer sees that somebody waits for its moments.
        let answer = shown(status, find(&store, &schedule.name)?, TIMES_DEFAULT)?;
        Ok(answer.with_after(After::Drain))
    }
}
