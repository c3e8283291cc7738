//! What a run did and has out: its journal, its stack, its log.

use tasker_domain::{JournalEntry, Path, RunId, RunLog, StackRun};

use super::{Database, Statement};
use crate::history::History;
use crate::limits::PAGE_BYTES;
use crate::page::page;
use crate::postgres::{json, params};
use crate::records::attempts::{Failures, failures};
use crate::records::journal::{self, read_entries};
use crate::records::logs::read_line;
use crate::records::queue::{self, read_stack_run};
use crate::{Page, Result};

pub(super) const STATEMENTS: &[Statement] = &[JOURNAL, JOURNALED, STACK, SIZES, LOGS, ATTEMPTS];

/// The bytes that the journal of a run holds.
macro_rules! journal_bytes {
    ($run:literal) => {
        concat!(
            "coalesce((SELECT j.total_bytes FROM call_journal j WHERE j.run_id = ",
            $run,
            " ORDER BY j.seq DESC LIMIT 1), 0)"
        )
    };
}
pub(crate) use journal_bytes;

/// Settling numbers have no gaps, so that an offset is as good as a key.
const JOURNAL: Statement = Statement {
    head: "journal(uuid, bigint, bigint, bigint)",
    answer: "SETOF call_journal",
    sql: "
    SELECT * FROM call_journal
    WHERE run_id = $1 AND seq > $2 AND (seq = $2 + 1 OR total_bytes <= $3 + coalesce(
        (SELECT p.total_bytes FROM call_journal p WHERE p.run_id = $1 AND p.seq = $2), 0))
    ORDER BY seq LIMIT $4",
};

const JOURNALED: Statement = Statement {
    head: "journaled(uuid, bigint)",
    answer: "TABLE (seq bigint)",
    sql: "SELECT seq FROM call_journal WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT 1",
};

/// The rows of a run after a path, up to another.
const STACK: Statement = Statement {
    head: "stack(uuid, text, text)",
    answer: "TABLE (
        id uuid, path text, status text, attempt bigint, run_after bigint, lease_expires_at bigint, expires_at bigint,
        created_at bigint, updated_at bigint, raw_bytes bigint, bytes bigint, engine text, \"position\" bigint,
        task_name text, input text, call_number bigint, service text, method text, options text, args text)",
    sql: "
    SELECT s.id, s.path, s.status, s.attempt, s.run_after, s.lease_expires_at, s.expires_at, s.created_at,
           s.updated_at, p.raw_bytes, CAST(length(p.bytes) AS bigint) AS bytes, p.engine, p.position,
           s.task_name, CASE WHEN s.args IS NULL THEN r.input END AS input, s.call_number, s.service, s.method, s.options, s.args
    FROM stack_runs s
    JOIN task_runs r ON r.id = s.run_id
    LEFT JOIN snapshots p ON p.stack_run_id = s.id
    WHERE s.run_id = $1 AND s.path > $2 AND s.path <= $3",
};

/// How much each of them has to show, about.
const SIZES: Statement = Statement {
    head: "stack_sizes(uuid, text, bigint)",
    answer: "TABLE (path text, size bigint)",
    sql: "
    SELECT path, CAST(coalesce(length(args), 0) AS bigint) AS size FROM stack_runs
    WHERE run_id = $1 AND path > $2 ORDER BY path LIMIT $3",
};

const LOGS: Statement = Statement {
    head: "logs(uuid, bigint, bigint)",
    answer: "SETOF run_logs",
    sql: "SELECT * FROM run_logs WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
};

/// Of the calls at these paths, in order.
const ATTEMPTS: Statement = Statement {
    head: "attempts(uuid, text)",
    answer: "SETOF call_attempts",
    sql: "
    SELECT * FROM call_attempts
    WHERE run_id = $1 AND path IN (SELECT value FROM json_each($2)) ORDER BY path, attempt",
};

impl<D: Database> History for D {
    fn journal(&self, run: RunId, offset: u32, limit: u32) -> Result<Page<JournalEntry>> {
        let mut page = page(limit, |limit| {
            read_entries(self.rows(&JOURNAL, params![run, offset, PAGE_BYTES, limit])?)
        })?;
        if !page.more && !page.items.is_empty() {
            // It may end because of its size.
            let count = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
            page.more = self.any(&JOURNALED, params![run, offset.saturating_add(count)])?;
        }
        journal::history(page, |paths| attempts(self, run, paths))
    }

    fn stack_page(&self, run: RunId, after: &str, limit: u32) -> Result<Page<StackRun>> {
        let sizes = page(limit, |limit| {
            let rows = self.rows(&SIZES, params![run, after, limit])?;
            rows.into_iter().map(queue::read_size).collect()
        })?;
        let Page { items: paths, more } = queue::within(sizes, PAGE_BYTES);
        let Some(last) = paths.last() else {
            return Ok(Page {
                items: Vec::new(),
                more,
            });
        };
        let rows = self.rows(&STACK, params![run, after, last.as_str()])?;
        let stack = rows
            .into_iter()
            .map(read_stack_run)
            .collect::<Result<_>>()?;
        let items = queue::stack(stack, |paths| attempts(self, run, paths))?;
        Ok(Page { items, more })
    }

    fn logs(&self, run: RunId, after: u64, limit: u32) -> Result<Page<RunLog>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        page(limit, |limit| {
            let lines = self.rows(&LOGS, params![run, after, limit])?;
            lines.into_iter().map(read_line).collect()
        })
    }
}

/// The failed attempts of the calls at these paths.
fn attempts<D: Database>(db: &D, run: RunId, paths: &[Path]) -> Result<Failures> {
    if paths.is_empty() {
        return Ok(Failures::new());
    }
    failures(db.rows(&ATTEMPTS, params![run, json(&paths)?])?)
}
