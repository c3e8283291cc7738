//! Published tasks.

use tasker_domain::TaskFunction;

use crate::row::{Row, to_json};
use crate::{Result, TaskSettings};

/// What a version may reach, as it is stored; nothing for one that may reach what all others may.
pub(crate) fn reach(settings: &TaskSettings) -> Result<Option<String>> {
    let reach = &settings.reach;
    (*reach != Default::default())
        .then(|| to_json(reach))
        .transpose()
}

/// Reads name, version, code, modules, description, schema, timeout and time.
pub(crate) fn read_task(row: &mut Row) -> Result<TaskFunction> {
    Ok(TaskFunction {
        name: row.get("name").text()?,
        version: row.get("version").text()?,
        code: row.get("code").text()?,
        modules: row.get("modules").text()?,
        description: row.get("description").opt_text()?,
        input_schema: row.get("input_schema").opt_text()?,
        timeout_ms: row.get("timeout_ms").opt_int()?,
        created_at: row.get("created_at").int()?,
    })
}
