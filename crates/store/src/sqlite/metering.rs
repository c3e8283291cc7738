//! What is kept for `GET /metrics`.

use std::collections::BTreeMap;

use serde::Serialize;
use tasker_domain::figures::Figure;
use tasker_domain::trace::TraceParent;
use tasker_domain::{RunId, RunStatus};

use crate::Result;
use crate::metering::{Metering, RunCount};
use crate::records::metering::{read_figure, read_trace, shown, whole};
use crate::row::to_json;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::runs::is_worked_on;

const ADD: &str = "
    INSERT INTO figures (metric, label, bucket, count, sum)
    SELECT f.value ->> 'metric', f.value ->> 'label', f.value ->> 'bucket', f.value ->> 'count',
           f.value ->> 'sum'
    FROM json_each(?1) AS f WHERE true
    ON CONFLICT (metric, label, bucket) DO UPDATE SET
        count = count + excluded.count, sum = sum + excluded.sum";
const FIGURES: &str = "
    SELECT metric, label, bucket, count, sum FROM figures ORDER BY metric, label, bucket";
const DRAINERS: &str = "SELECT count(*) FROM drainers WHERE expires_at > ?1";
const TRACE: &str = "SELECT trace FROM task_runs WHERE id = ?1";
const COUNT: &str = "
    SELECT task_name, status, count(*) FROM task_runs INDEXED BY task_runs_counts
    GROUP BY task_name, status";
/// Of the runs that have begun, those that somebody works on.
const WORKED_ON: &str = concat!(
    "SELECT r.task_name, count(*) FROM task_runs r
     WHERE r.status = 'processing' AND ",
    is_worked_on!(),
    " GROUP BY r.task_name"
);

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
        self.connection
            .execute(ADD, params![to_json(&added)?])
            .map(drop)
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
            Some(mut row) => row.number(),
            None => Ok(0),
        }
    }

    fn run_trace(&self, run: RunId) -> Result<Option<TraceParent>> {
        let row = self.connection.one(TRACE, params![run])?;
        row.map(|row| read_trace(run, row)).transpose()
    }

    fn count_runs_by_task(&self) -> Result<Vec<RunCount>> {
        let mut worked_on = BTreeMap::new();
        for mut row in self.connection.execute(WORKED_ON, vec![])? {
            worked_on.insert(row.text()?, row.number::<u64>()?);
        }
        let mut counts = Vec::new();
        for mut row in self.connection.execute(COUNT, vec![])? {
            let count = RunCount {
                task: row.text()?,
                status: row.word(RunStatus::parse)?,
                runs: row.number()?,
            };
            let worked_on = worked_on.get(&count.task).copied().unwrap_or(0);
            counts.extend(shown(count, worked_on));
        }
        Ok(counts)
    }
}
