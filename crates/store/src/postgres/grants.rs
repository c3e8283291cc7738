//! What tasks may use of the keystore.

use tasker_domain::{Path, RunId, TaskFunction};

use crate::postgres::connection::{Call, Connection, Param, params};
use crate::postgres::{Postgres, tasks};
use crate::row::{from_json, to_json};
use crate::{FrameGrants, Grants, Publish, Result, TaskRef};

impl<C: Connection> Grants for Postgres<C> {
    fn publish_granted(&self, task: &TaskFunction, grants: Option<&[String]>) -> Result<Publish> {
        let mut params = tasks::version(task);
        params.push(Param::from(grants.map(to_json).transpose()?));
        tasks::read_publish(self.connection.value("publish_granted", &params)?)
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
