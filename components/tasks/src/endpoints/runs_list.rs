//! Lists runs.

use std::ops::RangeInclusive;

use tasker_api::{Cursor, RunSummary, RunsQuery, id_range, page_limit, parse_cursor};
use tasker_store::{RunFilter, RunQuery};

use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/runs";
    const NEEDS: Needs = Needs::To(Right::SeeRuns, Of::Asked);
    const ID: &'static str = "listRuns";
    const TAG: &'static str = "runs";
    const SUMMARY: &'static str = "Lists runs, newest first";
    const ANSWERS: Answers = &[(StatusCode::OK, "A page of runs")];

    type Path = ();
    type Query = Filter;
    type Body = Nothing;
    type Answer = List<RunSummary>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        let (access, Filter { query, ids }) = (call.access()?, call.query);
        let mut page = store()?.runs(&query)?;
        if let Some(ids) = ids {
            page.more &= page.items.iter().all(|run| ids.contains(&run.id));
            page.items.retain(|run| ids.contains(&run.id));
        }
        let next_cursor = page.next_after().map(|last| Cursor(last.id).to_string());
        page.items.retain(|run| access.sees(&run.task));
        Ok(Answer::page(page.items, next_cursor)?.with_after(After::SweepIfDue))
    }
}

/// Which runs.
pub(crate) struct Filter {
    query: RunQuery,
    /// Only those whose ids are among these.
    ids: Option<RangeInclusive<RunId>>,
}

impl QueryParams for Filter {
    type Query = RunsQuery;

    fn check(query: RunsQuery) -> Result<Self> {
        let ids = query.id.as_deref().map(id_range).transpose()?;
        let cursor: Option<RunId> = parse_cursor(query.cursor.as_deref())?;
        // Runs are listed by falling id: those of a range are the first before its end.
        let end = ids.as_ref().and_then(|ids| ids.end().successor());
        let query = RunQuery {
            limit: page_limit(query.limit)?,
            before: cursor.into_iter().chain(end).min(),
            filter: RunFilter {
                status: query.status,
                task: query.task,
                tag: query.tag,
                live: false,
            },
        };
        Ok(Self { query, ids })
    }
}
