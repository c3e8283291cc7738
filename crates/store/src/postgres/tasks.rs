//! Published tasks.

use tasker_domain::{RunId, TaskFunction};

use crate::page::page;
use crate::postgres::Postgres;
use crate::postgres::connection::{Call, Connection, Param, params};
use crate::records::tasks::read_task;
use crate::row::Field;
use crate::tasks::Tasks;
use crate::{Error, Page, Publish, Result};

impl<C: Connection> Tasks for Postgres<C> {
    fn publish(&self, task: &TaskFunction) -> Result<Publish> {
        read_publish(self.connection.value("publish", &version(task))?)
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

/// The parameters that say what a version of a task is.
pub(super) fn version(task: &TaskFunction) -> Vec<Param> {
    params![
        task.name.as_str(),
        task.version.as_str(),
        task.created_at,
        task.description.as_deref(),
        task.input_schema.as_deref(),
        task.code.as_str(),
        task.modules.as_str(),
        task.timeout_ms,
    ]
    .to_vec()
}

pub(super) fn read_publish(answer: Field<'_>) -> Result<Publish> {
    match answer.text()?.as_str() {
        "created" => Ok(Publish::Created),
        "updated" => Ok(Publish::Updated),
        "unchanged" => Ok(Publish::Unchanged),
        word => Err(Error::Unexpected(format!("publishing answers {word:?}"))),
    }
}
