//! What a run did and has out: its journal, its stack, its log.

use tasker_domain::{JournalEntry, RunId, RunLog, StackRun};

use crate::history::History;
use crate::page::page;
use crate::records::journal::{self, read_entries};
use crate::records::logs::read_line;
use crate::records::queue::{self, read_stack_run};
use crate::sqlite::connection::{Connection, params};
use crate::sqlite::journal::entry_columns;
use crate::sqlite::{Sqlite, attempts};
use crate::{Page, Result};

const HISTORY: &str = concat!(
    "SELECT ",
    entry_columns!(),
    " FROM call_journal WHERE run_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3"
);
const STACK: &str = "
    SELECT s.id, s.path, s.status, s.attempt, s.run_after, s.lease_expires_at, s.expires_at, s.created_at,
           s.updated_at, p.raw_bytes, length(p.bytes) AS bytes, p.engine, p.position, s.task_name, r.input,
           s.call_number, s.service, s.method, s.options, s.args
    FROM stack_runs s
    JOIN task_runs r ON r.id = s.run_id
    LEFT JOIN snapshots p ON p.stack_run_id = s.id
    WHERE s.run_id = ?1";
const LOGS: &str = "
    SELECT seq, frame, line_index, at, level, message FROM run_logs
    WHERE run_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

impl<C: Connection> History for Sqlite<C> {
    fn journal(&self, run: RunId, offset: u32, limit: u32) -> Result<Page<JournalEntry>> {
        let db = &self.connection;
        // Settling numbers have no gaps, so that an offset is as good as a key.
        let page = page(limit, |limit| {
            read_entries(db.execute(HISTORY, params![run, offset, limit])?)
        })?;
        journal::history(page, |paths| attempts::of_paths(db, run, paths))
    }

    fn stack(&self, run: RunId) -> Result<Vec<StackRun>> {
        let db = &self.connection;
        let rows = db.execute(STACK, params![run])?;
        let stack = rows
            .into_iter()
            .map(read_stack_run)
            .collect::<Result<Vec<_>>>()?;
        queue::stack(stack, |paths| attempts::of_paths(db, run, paths))
    }

    fn logs(&self, run: RunId, after: u64, limit: u32) -> Result<Page<RunLog>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        page(limit, |limit| {
            self.connection
                .execute(LOGS, params![run, after, limit])?
                .into_iter()
                .map(read_line)
                .collect()
        })
    }
}
