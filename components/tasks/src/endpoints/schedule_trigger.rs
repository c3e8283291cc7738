//! Runs a schedule's task now.

use tasker_api::Submitted;
use tasker_domain::RunStatus;
use tasker_host::{new_run_id, new_stack_run_id};
use tasker_store::{NewRun, Submitted as Submission, TaskRef};

use crate::endpoint::*;
use crate::schedules::{about, find};
use crate::submit::accepted;
use crate::{records, submit};

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/schedules/{name}/trigger";
    const NEEDS: Needs = Needs::To(Right::Operate, Of::Schedule);
    const ID: &'static str = "triggerSchedule";
    const TAG: &'static str = "schedules";
    const SUMMARY: &'static str =
        "Runs a schedule's task now, whatever its policies and though it is paused";
    const ANSWERS: Answers = &[(StatusCode::ACCEPTED, "The run is accepted and durable")];
    const PROBLEMS: Problems = &[ScheduleNotFound, TaskNotFound, InputInvalid];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<Submitted>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let store = store()?;
        let schedule = find(&store, &call.path)?;
        let task = records::task(&store, &schedule.task)?;
        let schema = task.input_schema.as_deref();
        submit::fits(&schedule.input, schema, &task.name)
            .map_err(|problem| about(&schedule.name, None, problem))?;
        let given = submit::given(&schedule.input, schema)?.into_owned();
        let version = TaskRef {
            name: task.name,
            version: task.version,
        };
        let now = time::now_ms();
        let run = NewRun {
            id: new_run_id(),
            frame: new_stack_run_id(),
            deadline: task.timeout_ms.map(|timeout| now.saturating_add(timeout)),
            retry_of: None,
            webhook: None,
            trace: None,
            terms: submit::terms(&store, &version, &given, None)?,
            task: version,
            input: schedule.input,
            idempotency_key: None,
            run_at: None,
            schedule: Some(schedule.name),
        };
        match store.submit(&run, now)? {
            Submission::Created => {
                Ok(accepted(run.id, RunStatus::Queued)?.with_after(After::Drain))
            }
            other => Err(internal(format!(
                "a run without a key was refused: {other:?}"
            ))),
        }
    }
}
