//! What a run did and has out: its journal, its stack, its log.

use tasker_domain::{JournalEntry, Path, RunId, RunLog, StackRun};

use crate::history::History;
use crate::page::page;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, Param, params, texts};
use crate::records::attempts::{Failures, failures};
use crate::records::journal::{self, read_entries};
use crate::records::logs::read_line;
use crate::records::queue::{self, read_stack_run};
use crate::{Page, Result};

impl<C: Connection> History for Postgres<C> {
    fn journal(&self, run: RunId, offset: u32, limit: u32) -> Result<Page<JournalEntry>> {
        let db = &self.connection;
        let page = page(limit, |limit| {
            read_entries(db.call("journal", params![run, offset, limit])?)
        })?;
        journal::history(page, |paths| attempts(db, run, paths))
    }

    fn stack(&self, run: RunId) -> Result<Vec<StackRun>> {
        let db = &self.connection;
        let rows = db.call("stack", params![run])?;
        let stack = rows
            .into_iter()
            .map(read_stack_run)
            .collect::<Result<Vec<_>>>()?;
        queue::stack(stack, |paths| attempts(db, run, paths))
    }

    fn logs(&self, run: RunId, after: u64, limit: u32) -> Result<Page<RunLog>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        page(limit, |limit| {
            self.connection
                .call("logs", params![run, after, limit])?
                .into_iter()
                .map(read_line)
                .collect()
        })
    }
}

/// The failed attempts of the calls at these paths.
fn attempts<C: Connection>(db: &C, run: RunId, paths: &[Path]) -> Result<Failures> {
    if paths.is_empty() {
        return Ok(Failures::new());
    }
    let paths: Param = texts(paths.iter().map(|path| Some(path.as_str())));
    failures(db.call("attempts", &[Param::from(run), paths])?)
}
