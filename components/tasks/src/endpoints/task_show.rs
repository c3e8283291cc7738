//! Shows a published task.

use tasker_api::{RunLimit, RunSettings, Task};
use tasker_store::TaskRef;

use crate::endpoint::*;
use crate::records;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/tasks/{name}";
    const NEEDS: Needs = Needs::To(Right::SeeTasks, Of::Task);
    const ID: &'static str = "showTask";
    const TAG: &'static str = "tasks";
    const SUMMARY: &'static str = "Shows a published task with its code";
    const ANSWERS: Answers = &[(StatusCode::OK, "The task")];
    const PROBLEMS: Problems = &[TaskNotFound];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Json<Task>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (store, name) = (store()?, call.path);
        let task = records::task(&store, &name)?;
        let version = TaskRef {
            name,
            version: task.version.clone(),
        };
        let grants = store.grants(&version)?;
        let settings = store.task_settings(&version)?;
        let mut task = Task::try_from((task, grants, settings.reach)).map_err(internal)?;
        task.settings = RunSettings {
            timeout_ms: task.settings.timeout_ms,
            retention_ms: settings.retention_ms,
            priority: settings.priority,
            concurrency: settings.concurrency.map(|limit| RunLimit {
                at_once: limit.at_once,
                per: limit.per,
            }),
        };
        Answer::ok(&task)
    }
}
