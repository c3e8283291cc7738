//! Lists a run's log lines.

use tasker_api::{LogEntry, LogsQuery, page_limit};

use crate::endpoint::*;
use crate::records;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/runs/{id}/logs";
    const NEEDS: Needs = Needs::To(Right::SeeRuns, Of::Run);
    const ID: &'static str = "showLogs";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Lists a run's log lines";
    const ANSWERS: Answers = &[(StatusCode::OK, "A page of lines")];
    const PROBLEMS: Problems = &[RunNotFound];

    type Path = RunId;
    type Query = Lines;
    type Body = Nothing;
    type Answer = List<LogEntry>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (id, Lines { limit, after }) = (call.path, call.query);
        let store = store()?;
        let page = store.logs(id, after, limit)?;
        records::must_exist(&store, id, page.items.is_empty())?;
        let next_cursor = page.next_after().map(|last| last.seq.to_string());
        Answer::page(LogEntry::list(after, page.items), next_cursor)
    }
}

/// At most `limit` lines after the one with the number `after`.
pub(crate) struct Lines {
    limit: u32,
    after: u64,
}

impl QueryParams for Lines {
    type Query = LogsQuery;

    fn check(query: LogsQuery) -> Result<Self> {
        Ok(Self {
            limit: page_limit(query.limit)?,
            after: query.cursor.unwrap_or(0),
        })
    }
}
