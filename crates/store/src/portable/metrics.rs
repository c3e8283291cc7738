//! What is read for `GET /metrics`.

use tasker_domain::RunId;
use tasker_domain::figures::Figure;
use tasker_domain::trace::TraceParent;

use super::{Database, Statement};
use crate::Result;
use crate::metering::{Metrics, RunCount};
use crate::postgres::params;
use crate::records::metering::{read_count, read_figure, read_trace};

pub(super) const STATEMENTS: &[Statement] = &[FIGURES, DRAINERS, TRACE, QUEUED, COUNT];

const FIGURES: Statement = Statement {
    head: "figures()",
    answer: "TABLE (metric text, label text, bucket bigint, count bigint, sum bigint)",
    sql: "
    SELECT metric, label, bucket, CAST(sum(count) AS bigint) AS count, CAST(sum(sum) AS bigint) AS sum FROM figures
    GROUP BY metric, label, bucket ORDER BY metric, label, bucket",
};

const DRAINERS: Statement = Statement {
    head: "drainers(bigint)",
    answer: "TABLE (drainers bigint)",
    sql: "SELECT count(*) FROM leases WHERE name = 'drainer' AND expires_at > $1",
};

const TRACE: Statement = Statement {
    head: "run_trace(uuid)",
    answer: "TABLE (id uuid, trace text)",
    sql: "SELECT id, trace FROM task_runs WHERE id = $1",
};

const QUEUED: Statement = Statement {
    head: "queued_runs(text)",
    answer: "TABLE (runs bigint)",
    sql: "
    SELECT CAST(coalesce(sum(runs), 0) AS bigint) AS runs FROM run_counts
    WHERE task_name = $1 AND status = 'queued'",
};

/// All runs by their stored status, as triggers keep count of them; then those that are shown otherwise, counted where
/// they belong and taken off where they were counted first. What has begun sleeps, unless somebody works on it: those are
/// few, and found by their rows (`coalesce` keeps the index of statuses out of it).
const COUNT: Statement = Statement {
    head: "count_runs_by_task()",
    answer: "TABLE (task text, status text, runs bigint)",
    sql: "
    WITH stored (task, status, runs) AS (
        SELECT task_name, status, runs FROM run_counts
    ), moved (task, status, shown, runs) AS MATERIALIZED (
        SELECT task_name, status, 'paused', count(*) FROM task_runs INDEXED BY task_runs_paused
        WHERE paused_at IS NOT NULL
        GROUP BY task_name, status
        UNION ALL
        SELECT task_name, status, 'awake', count(*) FROM task_runs
        WHERE coalesce(status, '') = 'processing' AND paused_at IS NULL AND id IN (
            SELECT run_id FROM stack_runs INDEXED BY stack_runs_processing WHERE status = 'processing')
        GROUP BY task_name, status
    ), parts (task, status, runs) AS (
        SELECT * FROM stored
        UNION ALL SELECT task, status, -runs FROM moved
        UNION ALL SELECT task, shown, runs FROM moved
    )
    SELECT task,
           CASE status WHEN 'processing' THEN 'suspended' WHEN 'awake' THEN 'processing' ELSE status END AS status,
           CAST(sum(runs) AS bigint) AS runs
    FROM parts GROUP BY task, parts.status HAVING sum(runs) > 0",
};

impl<D: Database> Metrics for D {
    fn figures(&self) -> Result<Vec<Figure>> {
        let figures = self.rows(&FIGURES, params![])?;
        figures
            .into_iter()
            .filter_map(|row| read_figure(row).transpose())
            .collect()
    }

    fn drainers(&self, now: i64) -> Result<u32> {
        let drainers = self.row(&DRAINERS, params![now])?;
        drainers.map_or(Ok(0), |row| row.only().number())
    }

    fn run_trace(&self, run: RunId) -> Result<Option<TraceParent>> {
        let trace = self.row(&TRACE, params![run])?;
        trace.map(|row| read_trace(run, row)).transpose()
    }

    fn queued_runs(&self, task: &str) -> Result<u64> {
        let queued = self.row(&QUEUED, params![task])?;
        queued.map_or(Ok(0), |row| row.only().number())
    }

    fn count_runs_by_task(&self) -> Result<Vec<RunCount>> {
        let counts = self.rows(&COUNT, params![])?;
        counts.into_iter().map(read_count).collect()
    }
}
