//! Lists the published tasks.

use tasker_api::{Cursor, TaskSummary};

use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/tasks";
    const NEEDS: Needs = Needs::To(Right::SeeTasks, Of::Asked);
    const ID: &'static str = "listTasks";
    const TAG: &'static str = "tasks";
    const SUMMARY: &'static str = "Lists the published tasks by name";
    const ANSWERS: Answers = &[(StatusCode::OK, "A page of tasks")];

    type Path = ();
    type Query = Paging<String>;
    type Body = Nothing;
    type Answer = List<TaskSummary>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (access, Paging { limit, after }) = (call.access()?, call.query);
        let page = store()?.tasks(after.as_deref(), limit)?;
        let next_cursor = page.next_after().map(|last| Cursor(&last.name).to_string());
        let mut items = page.items;
        items.retain(|task| access.sees(&task.name));
        Answer::page(items, next_cursor)
    }
}
