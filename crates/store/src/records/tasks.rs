//! Published tasks.

use tasker_domain::TaskFunction;

use crate::Result;
use crate::row::Row;

/// Reads name, version, code, modules, description, schema, timeout and time.
pub(crate) fn read_task(row: &mut Row) -> Result<TaskFunction> {
    Ok(TaskFunction {
        name: row.text()?,
        version: row.text()?,
        code: row.text()?,
        modules: row.text()?,
        description: row.opt_text()?,
        input_schema: row.opt_text()?,
        timeout_ms: row.opt_int()?,
        created_at: row.int()?,
    })
}
