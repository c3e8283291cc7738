//! Published tasks.

use serde::Serialize;
use tasker_domain::{RunId, TaskFunction};

use crate::page::page;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, json, params};
use crate::postgres::retention::Settings;
use crate::records::tasks::read_task;
use crate::row::Field;
use crate::tasks::Tasks;
use crate::{Error, Page, Publish, Result};

impl<C: Connection> Tasks for Postgres<C> {
    fn publish(&self, task: &TaskFunction) -> Result<Publish> {
        let version = json(&NewVersion::of(task))?;
        read_publish(self.connection.value("publish", params![version])?)
    }

    fn task(&self, name: &str) -> Result<Option<TaskFunction>> {
        self.connection
            .one("task", params![name])?
            .map(|mut row| read_task(&mut row))
            .transpose()
    }

    fn tasks(&self, after: Option<&str>, limit: u32) -> Result<Page<TaskFunction>> {
        page(limit, |limit| {
            self.connection
                .call("tasks", params![after.unwrap_or_default(), limit])?
                .into_iter()
                .map(|mut row| read_task(&mut row))
                .collect()
        })
    }

    fn task_of_run(&self, name: &str, run: RunId) -> Result<Option<TaskFunction>> {
        self.connection
            .one("task_of_run", params![name, run])?
            .map(|mut row| read_task(&mut row))
            .transpose()
    }

    fn delete_task(&self, name: &str, now: i64) -> Result<bool> {
        self.connection
            .value("delete_task", params![name, now])?
            .boolean()
    }
}

/// A version as the functions take it: the type `new_version`.
#[derive(Serialize)]
pub(super) struct NewVersion<'a> {
    name: &'a str,
    version: &'a str,
    created_at: i64,
    description: Option<&'a str>,
    input_schema: Option<&'a str>,
    code: &'a str,
    modules: &'a str,
    timeout_ms: Option<i64>,
    pub(super) namespaces: Option<String>,
    #[serde(flatten)]
    pub(super) settings: Option<Settings<'a>>,
}

impl<'a> NewVersion<'a> {
    /// Without grants, and without anything that its code says of its runs.
    pub(super) fn of(task: &'a TaskFunction) -> Self {
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

pub(super) fn read_publish(answer: Field<'_>) -> Result<Publish> {
    match answer.text()?.as_str() {
        "created" => Ok(Publish::Created),
        "updated" => Ok(Publish::Updated),
        "unchanged" => Ok(Publish::Unchanged),
        word => Err(Error::Unexpected(format!("publishing answers {word:?}"))),
    }
}
