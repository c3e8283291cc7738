//! What is kept for `GET /metrics`.

use serde::Serialize;
use tasker_domain::figures::{Figure, Metric};
use tasker_domain::trace::TraceParent;
use tasker_domain::{RunId, RunStatus};

use crate::row::Row;
use crate::{DatabaseSize, Result, RunCount};

/// A figure to add, as both databases take it.
#[derive(Serialize)]
pub(crate) struct NewFigure<'a> {
    metric: &'static str,
    label: &'a str,
    bucket: u32,
    count: i64,
    sum: i64,
}

/// Figures to add.
pub(crate) fn new_figures(figures: &[Figure]) -> Vec<NewFigure<'_>> {
    let figures = figures.iter().map(|figure| NewFigure {
        metric: figure.metric.name(),
        label: &figure.label,
        bucket: figure.bucket,
        count: whole(figure.count),
        sum: whole(figure.sum),
    });
    figures.collect()
}

/// A number as the database holds it.
fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX / 1_000)
}

/// A figure, if this build knows it.
pub(crate) fn read_figure(mut row: Row) -> Result<Option<Figure>> {
    let Some(metric) = Metric::parse(&row.get("metric").text()?) else {
        return Ok(None);
    };
    Ok(Some(Figure {
        metric,
        label: row.get("label").text()?,
        bucket: row.get("bucket").number()?,
        count: row.get("count").number()?,
        sum: row.get("sum").number()?,
    }))
}

/// The span of a run; one of its own if it was submitted with none.
pub(crate) fn read_trace(run: RunId, mut row: Row) -> Result<TraceParent> {
    let submitted = row.get("trace").opt_parsed()?;
    Ok(submitted.unwrap_or_else(|| TraceParent::of_run(run)))
}

/// How many runs of a task have a status.
pub(crate) fn read_count(mut row: Row) -> Result<RunCount> {
    Ok(RunCount {
        task: row.get("task").text()?,
        status: row.get("status").word(RunStatus::parse)?,
        runs: row.get("runs").number()?,
    })
}

/// How many runs have each status.
pub(crate) fn by_status(counts: Vec<RunCount>) -> Vec<(RunStatus, u64)> {
    let of = |status: &RunStatus| {
        let counts = counts.iter().filter(|count| count.status == *status);
        (*status, counts.map(|count| count.runs).sum())
    };
    RunStatus::ALL.iter().map(of).collect()
}

/// The size of the database.
pub(crate) fn read_size(mut row: Row) -> Result<DatabaseSize> {
    Ok(DatabaseSize {
        bytes: row.get("bytes").number()?,
        free: row.get("free").number()?,
    })
}
