//! What the code of a task says of its runs.

use crate::row::Row;
use crate::{Concurrency, Result, TaskSettings};

pub(crate) fn read_settings(mut row: Row) -> Result<TaskSettings> {
    let (retention_ms, priority) = (row.opt_int()?, row.opt_number()?);
    let (at_once, per) = (row.opt_number()?, row.opt_text()?);
    Ok(TaskSettings {
        retention_ms,
        priority,
        concurrency: at_once.map(|at_once| Concurrency { at_once, per }),
        attempts: row.opt_number()?,
    })
}
