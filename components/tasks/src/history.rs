//! What a run did, and what of it is alive.

use tasker_api::{
    Cursor, JournalEntry, LogEntry, LogsQuery, NoQuery, Page, PageQuery, StackEntry, page_limit,
    parse_cursor,
};
use tasker_domain::RunId;
use tasker_host::HostStore;
use tasker_store::prelude::*;

use crate::Result;
use crate::answer::Answer;
use crate::error::{internal, no_run, store, store_failed};
use crate::request::Request;

/// `GET /runs/{id}/journal`
pub(crate) fn journal(request: &Request) -> Result {
    let query: PageQuery = request.query()?;
    let limit = page_limit(query.limit)?;
    let offset: u32 = parse_cursor(query.cursor.as_deref())?.unwrap_or(0);
    let id = request.run_id()?;
    let store = store()?;
    let page = store.journal(id, offset, limit).map_err(store_failed)?;
    must_exist(&store, id, page.items.is_empty())?;
    let next_cursor = page
        .more
        .then(|| Cursor(offset.saturating_add(limit)).to_string());
    Answer::page::<_, JournalEntry>(page.items, next_cursor)
}

/// `GET /runs/{id}/stack`
pub(crate) fn stack(request: &Request) -> Result {
    request.query::<NoQuery>()?;
    let id = request.run_id()?;
    let store = store()?;
    let stack = store.stack(id).map_err(store_failed)?;
    must_exist(&store, id, stack.is_empty())?;
    let items = StackEntry::list(stack).map_err(internal)?;
    Answer::json(
        200,
        &Page {
            items,
            next_cursor: None,
        },
    )
}

/// `GET /runs/{id}/logs`
pub(crate) fn logs(request: &Request) -> Result {
    let query: LogsQuery = request.query()?;
    let limit = page_limit(query.limit)?;
    let id = request.run_id()?;
    let store = store()?;
    let page = store
        .logs(id, query.cursor.unwrap_or(0), limit)
        .map_err(store_failed)?;
    must_exist(&store, id, page.items.is_empty())?;
    let next_cursor = page.next_after().map(|last| last.seq.to_string());
    let items: Vec<LogEntry> = page.items.into_iter().map(LogEntry::from).collect();
    Answer::json(200, &Page { items, next_cursor })
}

/// Refuses a run that does not exist. Only an empty list leaves that open.
fn must_exist(store: &HostStore, id: RunId, is_empty: bool) -> Result<()> {
    if is_empty && store.run(id).map_err(store_failed)?.is_none() {
        return Err(no_run(id));
    }
    Ok(())
}
