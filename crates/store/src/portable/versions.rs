//! The versions of a task that are kept.

use super::{DONE, Database, Statement};
use crate::postgres::params;
use crate::versions::{CLOCKS_DIFFER_MS, Versions};
use crate::{Result, TaskRef};

pub(super) const STATEMENTS: &[Statement] = &[OTHERS, OLDEST, SPARE, DROP];

const OTHERS: Statement = Statement {
    head: "other_versions(text, text)",
    answer: "TABLE (versions bigint)",
    sql: "SELECT count(*) AS versions FROM task_functions WHERE name = $1 AND version <> $2",
};

/// Ids sort by time, so the first run is the oldest. Others meet versions of a moment before they were made.
const OLDEST: Statement = Statement {
    head: "oldest_versions_met()",
    answer: "TABLE (at bigint)",
    sql: "
    SELECT min(m.at) AS at FROM (
        SELECT o.created_at AS at FROM (SELECT created_at FROM task_runs ORDER BY id LIMIT 1) o
        UNION ALL
        SELECT min(versions_at) FROM task_runs INDEXED BY task_runs_versions_at WHERE versions_at IS NOT NULL) m",
};

/// One without a note of when it was current was published before there were notes: nobody knows who needs it.
const SPARE: Statement = Statement {
    head: "spare_version(text, bigint)",
    answer: "TABLE (version text)",
    sql: "
    SELECT f.version FROM task_functions f
    WHERE f.name = $1 AND f.is_current = 0/*postgres ::boolean */
        AND EXISTS (SELECT 1 FROM publications e WHERE e.task_name = $1 AND e.version = f.version)
        AND NOT EXISTS (
            SELECT 1 FROM publications p WHERE p.task_name = $1 AND p.version = f.version AND coalesce(
                (SELECT min(n.at) FROM publications n WHERE n.task_name = $1 AND n.at > p.at), $2 + 1) > $2)
        AND NOT EXISTS (SELECT 1 FROM task_runs r WHERE r.task_name = $1 AND r.task_version = f.version)
    ORDER BY f.created_at, f.version LIMIT 1",
};

const DROP: Statement = Statement {
    head: "drop_version(text, text)",
    answer: DONE,
    sql: "
    DELETE FROM publications WHERE task_name = $1 AND version = $2 AND NOT EXISTS (
        SELECT 1 FROM task_functions f WHERE f.name = $1 AND f.version = $2 AND f.is_current = 1/*postgres ::boolean */)
    RETURNING 1;
    DELETE FROM task_grants WHERE task_name = $1 AND task_version = $2;
    DELETE FROM task_settings WHERE task_name = $1 AND task_version = $2;
    DELETE FROM task_functions WHERE name = $1 AND version = $2",
};

impl<D: Database> Versions for D {
    fn other_versions(&self, task: &TaskRef) -> Result<u64> {
        let others = self.row(&OTHERS, params![task.name.as_str(), task.version.as_str()])?;
        others.map_or(Ok(0), |row| row.only().number())
    }

    fn spare_version(&self, name: &str) -> Result<Option<TaskRef>> {
        let oldest = self.row(&OLDEST, params![])?;
        let oldest = oldest.map(|row| row.only().opt_int()).transpose()?;
        let until = oldest.flatten().unwrap_or(i64::MAX - 1);
        let spare = self.row(
            &SPARE,
            params![name, until.saturating_sub(CLOCKS_DIFFER_MS)],
        )?;
        let spare = spare.map(|row| row.only().text()).transpose()?;
        Ok(spare.map(|version| TaskRef {
            name: name.to_owned(),
            version,
        }))
    }

    fn drop_version(&self, task: &TaskRef) -> Result<bool> {
        self.apply(&DROP, params![task.name.as_str(), task.version.as_str()])
    }
}
