//! Lists a run's live frames and queued calls.

use tasker_api::{Cursor, StackEntry};

use crate::endpoint::*;
use crate::records;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/runs/{id}/stack";
    const NEEDS: Needs = Needs::To(Right::SeeRuns, Of::Run);
    const ID: &'static str = "showStack";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Lists a run's live frames and queued calls by path";
    const ANSWERS: Answers = &[(
        StatusCode::OK,
        "A page of them; none once the run has ended",
    )];
    const PROBLEMS: Problems = &[RunNotFound];

    type Path = RunId;
    type Query = Paging<String>;
    type Body = Nothing;
    type Answer = List<StackEntry>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let Paging { limit, after } = call.query;
        let store = store()?;
        let page = store.stack_page(call.path, after.as_deref().unwrap_or_default(), limit)?;
        records::must_exist(&store, call.path, page.items.is_empty())?;
        let paths = page.items.iter().map(|row| row.path.as_str());
        let last = paths.max().filter(|_| page.more);
        let next_cursor = last.map(|path| Cursor(path).to_string());
        Answer::page(StackEntry::list(page.items).map_err(internal)?, next_cursor)
    }
}
