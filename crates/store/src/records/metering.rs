//! What is kept for `GET /metrics`.

use tasker_domain::figures::{Figure, Metric};

use crate::Result;
use crate::row::Row;

/// A number as the database holds it.
pub(crate) fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX / 1_000)
}

/// A figure, if this build knows it.
pub(crate) fn read_figure(mut row: Row) -> Result<Option<Figure>> {
    let Some(metric) = Metric::parse(&row.text()?) else {
        return Ok(None);
    };
    Ok(Some(Figure {
        metric,
        label: row.text()?,
        bucket: row.number()?,
        count: row.number()?,
        sum: row.number()?,
    }))
}
