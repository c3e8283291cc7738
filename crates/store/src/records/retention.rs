//! What the code of a task says of its runs.

use crate::row::Row;
use crate::{Concurrency, Result, TaskSettings};

pub(crate) fn read_settings(mut row: Row) -> Result<TaskSettings> {
    let (retention_ms, priority) = (
        row.get("retention_ms").opt_int()?,
        row.get("priority").opt_number()?,
    );
    let (at_once, per) = (
        row.get("at_once").opt_number()?,
        row.get("at_once_per").opt_text()?,
    );
    Ok(TaskSettings {
        retention_ms,
        priority,
        concurrency: at_once.map(|at_once| Concurrency { at_once, per }),
        attempts: row.get("attempts").opt_number()?,
        reach: row.get("reach").opt_json()?.unwrap_or_default(),
    })
}
