//! Publishing tasks, and withdrawing them.

use serde::Serialize;
use tasker_domain::TaskFunction;

use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::postgres::schedules::NewSchedule;
use crate::records::tasks::reach;
use crate::row::{Field, to_json};
use crate::{Error, Publication, Publish, Publishing, Result, TaskSettings};

impl<C: Connection> Publishing for Postgres<C> {
    fn publish(&self, task: &TaskFunction) -> Result<Publish> {
        let version = json(&NewVersion::of(task))?;
        read_publish(self.connection.value("publish", params![version])?)
    }

    fn publish_granted(&self, task: &TaskFunction, grants: Option<&[String]>) -> Result<Publish> {
        let version = NewVersion {
            namespaces: grants.map(to_json).transpose()?,
            ..NewVersion::of(task)
        };
        let version = params![json(&version)?];
        read_publish(self.connection.value("publish_granted", version)?)
    }

    fn publish_with(&self, publication: &Publication<'_>, now: i64) -> Result<Publish> {
        let declared = publication.schedules.iter().map(NewSchedule::from);
        let version = NewVersion {
            namespaces: publication.grants.map(to_json).transpose()?,
            settings: Some(Settings::of(publication.settings)?),
            ..NewVersion::of(publication.task)
        };
        let schedules = json(&declared.collect::<Vec<_>>())?;
        let params = params![json(&version)?, schedules, now];
        read_publish(self.connection.value("publish_with", params)?)
    }

    fn delete_task(&self, name: &str, now: i64) -> Result<bool> {
        self.connection
            .value("delete_task", params![name, now])?
            .boolean()
    }
}

/// A version as the functions take it: the type `new_version`.
#[derive(Serialize)]
struct NewVersion<'a> {
    name: &'a str,
    version: &'a str,
    created_at: i64,
    description: Option<&'a str>,
    input_schema: Option<&'a str>,
    code: &'a str,
    modules: &'a str,
    timeout_ms: Option<i64>,
    namespaces: Option<String>,
    #[serde(flatten)]
    pub(super) settings: Option<Settings<'a>>,
}

impl<'a> NewVersion<'a> {
    /// Without grants, and without anything that its code says of its runs.
    fn of(task: &'a TaskFunction) -> Self {
        Self {
            name: &task.name,
            version: &task.version,
            created_at: task.created_at,
            description: task.description.as_deref(),
            input_schema: task.input_schema.as_deref(),
            code: &task.code,
            modules: &task.modules,
            timeout_ms: task.timeout_ms,
            namespaces: None,
            settings: None,
        }
    }
}

/// What a version's code says of its runs, in the type `new_version`.
#[derive(Serialize)]
struct Settings<'a> {
    retention_ms: Option<i64>,
    priority: Option<i32>,
    at_once: Option<u32>,
    at_once_per: Option<&'a str>,
    attempts: Option<u32>,
    reach: Option<String>,
}

impl<'a> Settings<'a> {
    fn of(settings: &'a TaskSettings) -> Result<Self> {
        let concurrency = settings.concurrency.as_ref();
        Ok(Self {
            retention_ms: settings.retention_ms,
            priority: settings.priority,
            at_once: concurrency.map(|limit| limit.at_once),
            at_once_per: concurrency.and_then(|limit| limit.per.as_deref()),
            attempts: settings.attempts,
            reach: reach(settings)?,
        })
    }
}

fn read_publish(answer: Field<'_>) -> Result<Publish> {
    match answer.text()?.as_str() {
        "created" => Ok(Publish::Created),
        "updated" => Ok(Publish::Updated),
        "unchanged" => Ok(Publish::Unchanged),
        word => Err(Error::Unexpected(format!("publishing answers {word:?}"))),
    }
}
