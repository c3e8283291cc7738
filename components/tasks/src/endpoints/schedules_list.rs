//! Lists the schedules.

use tasker_api::{Cursor, Schedule};

use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/schedules";
    const NEEDS: Needs = Needs::To(Right::SeeTasks, Of::Asked);
    const ID: &'static str = "listSchedules";
    const TAG: &'static str = "schedules";
    const SUMMARY: &'static str = "Lists the schedules by name";
    const ANSWERS: Answers = &[(StatusCode::OK, "A page of schedules")];

    type Path = ();
    type Query = Paging<String>;
    type Body = Nothing;
    type Answer = List<Schedule>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (access, Paging { limit, after }) = (call.access()?, call.query);
        let page = store()?.schedules(after.as_deref(), limit)?;
        let next_cursor = page.next_after().map(|last| Cursor(&last.name).to_string());
        let mut items = page.items;
        items.retain(|schedule| access.sees(&schedule.task));
        Answer::page(items, next_cursor)
    }
}
