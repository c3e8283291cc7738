//! What tasks may use of the keystore.

use tasker_domain::{Path, RunId, TaskFunction};

use crate::row::to_json;
use crate::sqlite::Sqlite;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::tasks;
use crate::{FrameGrants, Grants, Publish, Result, TaskRef};

const GRANTS: &str =
    "SELECT namespaces FROM task_grants WHERE task_name = ?1 AND task_version = ?2";
const GRANT: &str = "
    INSERT INTO task_grants (task_name, task_version, namespaces) VALUES (?1, ?2, ?3)
    ON CONFLICT (task_name, task_version) DO UPDATE SET namespaces = excluded.namespaces";
const REVOKE: &str = "DELETE FROM task_grants WHERE task_name = ?1 AND task_version = ?2";
const FRAME_GRANTS: &str = "
    SELECT frame.task_name, grants.namespaces FROM stack_runs AS frame
    LEFT JOIN task_grants AS grants
        ON grants.task_name = frame.task_name AND grants.task_version = frame.task_version
    WHERE frame.run_id = ?1 AND frame.path = ?2 AND frame.kind = 'frame'";

impl<C: Connection> Grants for Sqlite<C> {
    fn publish_granted(&self, task: &TaskFunction, grants: Option<&[String]>) -> Result<Publish> {
        self.connection
            .transaction(|db| publish_within(db, task, grants))
    }

    fn grants(&self, task: &TaskRef) -> Result<Option<Vec<String>>> {
        self.connection
            .one(GRANTS, params![task.name.as_str(), task.version.as_str()])?
            .map(|row| row.only().json())
            .transpose()
    }

    fn frame_grants(&self, run: RunId, frame: &Path) -> Result<Option<FrameGrants>> {
        let Some(mut row) = self.connection.one(FRAME_GRANTS, params![run, frame])? else {
            return Ok(None);
        };
        Ok(Some(FrameGrants {
            task: row.get("task_name").text()?,
            namespaces: row.get("namespaces").opt_json()?,
        }))
    }
}

/// Publishes a version with its grants, within the caller's transaction.
pub(super) fn publish_within<C: Connection>(
    db: &C,
    task: &TaskFunction,
    grants: Option<&[String]>,
) -> Result<Publish> {
    let wanted = grants.map(to_json).transpose()?;
    let (name, version) = (task.name.as_str(), task.version.as_str());
    let published = tasks::publish_within(db, task)?;
    let had = db
        .one(GRANTS, params![name, version])?
        .map(|row| row.only().text())
        .transpose()?;
    if had == wanted {
        return Ok(published);
    }
    match &wanted {
        Some(wanted) => db.execute(GRANT, params![name, version, wanted.as_str()])?,
        None => db.execute(REVOKE, params![name, version])?,
    };
    Ok(match published {
        Publish::Unchanged => Publish::Updated,
        other => other,
    })
}
