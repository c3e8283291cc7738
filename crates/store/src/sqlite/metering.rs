//! What is kept for `GET /metrics`.

use serde::Serialize;
use tasker_domain::figures::Figure;
use tasker_domain::trace::TraceParent;
use tasker_domain::{RunId, RunStatus};

use crate::Result;
use crate::metering::{DatabaseSize, Metering, RunCount};
use crate::records::metering::{by_status, read_count, read_figure, read_size, read_trace, whole};
use crate::row::to_json;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};

const ADD: &str = "
    INSERT INTO figures (metric, label, bucket, count, sum)
    SELECT f.value ->> 'metric', f.value ->> 'label', f.value ->> 'bucket', f.value ->> 'count',
           f.value ->> 'sum'
    FROM json_each(?1) AS f WHERE true
    ON CONFLICT (metric, label, bucket) DO UPDATE SET
        count = count + excluded.count, sum = sum + excluded.sum";
const FIGURES: &str = "
    SELECT metric, label, bucket, count, sum FROM figures ORDER BY metric, label, bucket";
const DRAINERS: &str = "SELECT count(*) FROM leases WHERE name = 'drainer' AND expires_at > ?1";
const TRACE: &str = "SELECT trace FROM task_runs WHERE id = ?1";
/// All runs by their stored status, as triggers keep count of them; then those that are shown otherwise, counted where
/// they belong and taken off where they were counted first. What has begun sleeps, unless somebody works on it: those are
/// few, and found by their rows (`+` keeps the index of statuses out of it).
const COUNT: &str = "
    WITH stored (task, status, runs) AS (
        SELECT task_name, status, runs FROM run_counts
    ), moved (task, status, shown, runs) AS MATERIALIZED (
        SELECT task_name, status, 'paused', count(*) FROM task_runs INDEXED BY task_runs_paused
        WHERE paused_at IS NOT NULL
        GROUP BY task_name, status
        UNION ALL
        SELECT task_name, status, 'awake', count(*) FROM task_runs
        WHERE +status = 'processing' AND paused_at IS NULL AND id IN (
            SELECT run_id FROM stack_runs INDEXED BY stack_runs_processing WHERE status = 'processing')
        GROUP BY task_name, status
    ), parts (task, status, runs) AS (
        SELECT * FROM stored
        UNION ALL SELECT task, status, -runs FROM moved
        UNION ALL SELECT task, shown, runs FROM moved
    )
    SELECT task,
           CASE status WHEN 'processing' THEN 'suspended' WHEN 'awake' THEN 'processing' ELSE status END AS status,
           sum(runs) AS runs
    FROM parts GROUP BY task, parts.status HAVING sum(runs) > 0";

const SIZE: &str = "
    SELECT p.page_count * s.page_size AS bytes, f.freelist_count * s.page_size AS free
    FROM pragma_page_count p, pragma_page_size s, pragma_freelist_count f";

/// A figure as `ADD` reads it.
#[derive(Serialize)]
struct Added<'a> {
    metric: &'static str,
    label: &'a str,
    bucket: u32,
    count: i64,
    sum: i64,
}

impl<C: Connection> Metering for Sqlite<C> {
    fn add_figures(&self, figures: &[Figure]) -> Result<()> {
        add(&self.connection, figures)
    }

    fn figures(&self) -> Result<Vec<Figure>> {
        let mut figures = Vec::new();
        for row in self.connection.execute(FIGURES, vec![])? {
            figures.extend(read_figure(row)?);
        }
        Ok(figures)
    }

    fn drainers(&self, now: i64) -> Result<u32> {
        match self.connection.one(DRAINERS, params![now])? {
            Some(row) => row.only().number(),
            None => Ok(0),
        }
    }

    fn run_trace(&self, run: RunId) -> Result<Option<TraceParent>> {
        let row = self.connection.one(TRACE, params![run])?;
        row.map(|row| read_trace(run, row)).transpose()
    }

    fn count_runs_by_task(&self) -> Result<Vec<RunCount>> {
        count_by_task(&self.connection)
    }

    fn size(&self) -> Result<DatabaseSize> {
        match self.connection.one(SIZE, vec![])? {
            Some(row) => read_size(row),
            None => Ok(DatabaseSize::default()),
        }
    }
}

fn count_by_task<C: Connection>(db: &C) -> Result<Vec<RunCount>> {
    let rows = db.execute(COUNT, vec![])?;
    rows.into_iter().map(read_count).collect()
}

pub(super) fn count<C: Connection>(db: &C) -> Result<Vec<(RunStatus, u64)>> {
    count_by_task(db).map(by_status)
}

/// Adds to what is stored, also within a transaction.
pub(super) fn add<C: Connection>(db: &C, figures: &[Figure]) -> Result<()> {
    let added: Vec<_> = figures
        .iter()
        .map(|figure| Added {
            metric: figure.metric.name(),
            label: &figure.label,
            bucket: figure.bucket,
            count: whole(figure.count),
            sum: whole(figure.sum),
        })
        .collect();
    db.execute(ADD, params![to_json(&added)?]).map(drop)
}
