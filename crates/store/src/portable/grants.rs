//! What tasks may use of the keystore.

use tasker_domain::{Path, RunId};

use super::{Database, Statement};
use crate::postgres::params;
use crate::{FrameGrants, Grants, Result, TaskRef};

pub(super) const STATEMENTS: &[Statement] = &[GRANTS, FRAME_GRANTS];

const GRANTS: Statement = Statement {
    head: "grants(text, text)",
    answer: "TABLE (namespaces text)",
    sql: "SELECT namespaces FROM task_grants WHERE task_name = $1 AND task_version = $2",
};

const FRAME_GRANTS: Statement = Statement {
    head: "frame_grants(uuid, text)",
    answer: "TABLE (task_name text, task_version text, namespaces text)",
    sql: "
    SELECT s.task_name, s.task_version, g.namespaces
    FROM stack_runs s LEFT JOIN task_grants g ON g.task_name = s.task_name AND g.task_version = s.task_version
    WHERE s.run_id = $1 AND s.path = $2 AND s.kind = 'frame'",
};

impl<D: Database> Grants for D {
    fn grants(&self, task: &TaskRef) -> Result<Option<Vec<String>>> {
        let grants = self.row(&GRANTS, params![task.name.as_str(), task.version.as_str()])?;
        grants.map(|row| row.only().json()).transpose()
    }

    fn frame_grants(&self, run: RunId, frame: &Path) -> Result<Option<FrameGrants>> {
        let Some(mut row) = self.row(&FRAME_GRANTS, params![run, frame])? else {
            return Ok(None);
        };
        Ok(Some(FrameGrants {
            task: TaskRef {
                name: row.get("task_name").text()?,
                version: row.get("task_version").text()?,
            },
            namespaces: row.get("namespaces").opt_json()?,
        }))
    }
}
