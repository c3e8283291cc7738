//! What tasks may use of the keystore.

use tasker_domain::{Path, RunId, TaskFunction};

use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::postgres::tasks::{NewVersion, read_publish};
use crate::row::{from_json, to_json};
use crate::{FrameGrants, Grants, Publish, Result, TaskRef};

impl<C: Connection> Grants for Postgres<C> {
    fn publish_granted(&self, task: &TaskFunction, grants: Option<&[String]>) -> Result<Publish> {
        let version = NewVersion {
            namespaces: grants.map(to_json).transpose()?,
            ..NewVersion::of(task)
        };
        let version = params![json(&version)?];
        read_publish(self.connection.value("publish_granted", version)?)
    }

    fn grants(&self, task: &TaskRef) -> Result<Option<Vec<String>>> {
        let version = params![task.name.as_str(), task.version.as_str()];
        self.connection
            .value("grants", version)?
            .opt_text()?
            .map(|namespaces| from_json(&namespaces))
            .transpose()
    }

    fn frame_grants(&self, run: RunId, frame: &Path) -> Result<Option<FrameGrants>> {
        let Some(mut row) = self.connection.one("frame_grants", params![run, frame])? else {
            return Ok(None);
        };
        Ok(Some(FrameGrants {
            task: row.get("task_name").text()?,
            namespaces: row.get("namespaces").opt_json()?,
        }))
    }
}
