//! Lists what the holders of keys have done.

use tasker_api::{AuditQuery, Cursor, Deed, page_limit, parse_cursor};
use tasker_store::DeedFilter;

use crate::audit::kept_after;
use crate::endpoint::*;

pub(crate) struct Handler;

impl Endpoint for Handler {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/audit";
    const NEEDS: Needs = Needs::To(Right::ReadAudit, Of::AllTasks);
    const ID: &'static str = "listDeeds";
    const TAG: &'static str = "audit";
    const SUMMARY: &'static str =
        "Lists what holders of keys have done, or were refused, the newest first";
    const ANSWERS: Answers = &[(StatusCode::OK, "A page of deeds")];

    type Path = ();
    type Query = Filter;
    type Body = Nothing;
    type Answer = List<Deed>;

    async fn handle(call: Call<Self>) -> Answered<Self> {
        // A key that is for some namespaces alone may not learn the names of others.
        call.access()?.namespace("*")?;
        let Filter {
            mut filter,
            before,
            limit,
        } = call.query;
        filter.after = kept_after(time::now_ms())?;
        let page = store()?.deeds(&filter, before, limit)?;
        let next_cursor = page.next_after().map(|last| Cursor(last.seq).to_string());
        Answer::page(page.items, next_cursor)
    }
}

/// Which deeds.
pub(crate) struct Filter {
    filter: DeedFilter,
    before: Option<u64>,
    limit: u32,
}

impl QueryParams for Filter {
    type Query = AuditQuery;

    fn check(query: AuditQuery) -> Result<Self> {
        Ok(Self {
            limit: page_limit(query.limit)?,
            before: parse_cursor(query.cursor.as_deref())?,
            filter: DeedFilter {
                key: query.key,
                action: query.action,
                target: query.target,
                after: i64::MIN,
            },
        })
    }
}
