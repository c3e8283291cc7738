//! Withdraws a task.

use crate::endpoint::*;
use crate::error::no_task;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/tasks/{name}";
    const NEEDS: Needs = Needs::To(Right::Deploy, Of::Task);
    const ID: &'static str = "deleteTask";
    const TAG: &'static str = "tasks";
    const SUMMARY: &'static str = "Withdraws a task; runs that exist go on";
    const AUDITED: bool = true;
    const ANSWERS: Answers = &[(StatusCode::NO_CONTENT, "It is withdrawn")];
    const PROBLEMS: Problems = &[TaskNotFound];

    type Path = String;
    type Query = ();
    type Body = Nothing;
    type Answer = Nothing;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        match store()?.delete_task(&call.path, time::now_ms())? {
            true => Ok(Answer::nothing()),
            false => Err(no_task(&call.path)),
        }
    }
}
