//! Lists a run's settled calls.

use tasker_api::{Cursor, JournalEntry};

use crate::endpoint::*;
use crate::records;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/runs/{id}/journal";
    const NEEDS: Needs = Needs::To(Right::SeeRuns, Of::Run);
    const ID: &'static str = "showJournal";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Lists a run's settled calls by time of settling";
    const ANSWERS: Answers = &[(StatusCode::OK, "A page of calls")];
    const PROBLEMS: Problems = &[RunNotFound];

    type Path = RunId;
    type Query = Paging<u32>;
    type Body = Nothing;
    type Answer = List<JournalEntry>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (id, Paging { limit, after }) = (call.path, call.query);
        let (store, offset) = (store()?, after.unwrap_or(0));
        let page = store.journal(id, offset, limit)?;
        records::must_exist(&store, id, page.items.is_empty())?;
        let count = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
        let next = offset.saturating_add(count);
        Answer::page(page.items, page.more.then(|| Cursor(next).to_string()))
    }
}
