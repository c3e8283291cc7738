//! Published tasks.

use tasker_domain::{RunId, TaskFunction};

use crate::page::page;
use crate::records::tasks::read_task;
use crate::sqlite::connection::{Connection, Execute, params};
use crate::sqlite::{Sqlite, schedules};
use crate::tasks::Tasks;
use crate::{Page, Publish, Result};

const CURRENT_VERSION: &str =
    "SELECT version FROM task_functions WHERE name = ?1 AND is_current = 1";
const WITHDRAW: &str =
    "UPDATE task_functions SET is_current = 0 WHERE name = ?1 AND is_current = 1 RETURNING 1";
const PUBLISH: &str = "
    INSERT INTO task_functions
        (name, version, is_current, created_at, description, input_schema, code, modules,
         timeout_ms)
    VALUES (?1, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT (name, version) DO UPDATE SET is_current = 1";
const TASK: &str = "
    SELECT name, version, code, modules, description, input_schema, timeout_ms, created_at
    FROM task_functions WHERE name = ?1 AND is_current = 1";
/// Notes which version is current from now on. The last note stays the last, though the clock be set back.
const NOTE: &str = "
    INSERT INTO publications (task_name, at, version)
    SELECT ?1, max(?2, coalesce(max(at), ?2)), ?3 FROM publications WHERE task_name = ?1
    ON CONFLICT (task_name, at) DO UPDATE SET version = excluded.version";
const TASK_OF_RUN: &str = "
    SELECT name, version, code, modules, description, input_schema, timeout_ms, created_at
    FROM task_functions WHERE name = ?1 AND version = coalesce(
        (SELECT p.version FROM publications p WHERE p.task_name = ?1
            AND p.at <= (SELECT coalesce(r.versions_at, r.created_at) FROM task_runs r WHERE r.id = ?2)
         ORDER BY p.at DESC LIMIT 1),
        (SELECT c.version FROM task_functions c WHERE c.name = ?1 AND c.is_current = 1))";
const TASKS: &str = "
    SELECT name, version, '' AS code, '' AS modules, description, input_schema, timeout_ms, created_at
    FROM task_functions WHERE is_current = 1 AND name > ?1 ORDER BY name LIMIT ?2";

impl<C: Connection> Tasks for Sqlite<C> {
    fn publish(&self, task: &TaskFunction) -> Result<Publish> {
        let db = &self.connection;
        db.transaction(|db| publish_within(db, task))
    }

    fn task(&self, name: &str) -> Result<Option<TaskFunction>> {
        self.connection
            .one(TASK, params![name])?
            .map(|mut row| read_task(&mut row))
            .transpose()
    }

    fn tasks(&self, after: Option<&str>, limit: u32) -> Result<Page<TaskFunction>> {
        page(limit, |limit| {
            self.connection
                .execute(TASKS, params![after.unwrap_or_default(), limit])?
                .into_iter()
                .map(|mut row| read_task(&mut row))
                .collect()
        })
    }

    fn task_of_run(&self, name: &str, run: RunId) -> Result<Option<TaskFunction>> {
        self.connection
            .one(TASK_OF_RUN, params![name, run])?
            .map(|mut row| read_task(&mut row))
            .transpose()
    }

    fn delete_task(&self, name: &str, now: i64) -> Result<bool> {
        let db = &self.connection;
        db.transaction(|db| {
            let had_one = db.one(WITHDRAW, params![name])?.is_some();
            if had_one {
                db.execute(NOTE, params![name, now, None::<&str>])?;
            }
            schedules::withdraw(db, name)?;
            Ok(had_one)
        })
    }
}

/// Publishes within the caller's transaction.
pub(super) fn publish_within<C: Connection>(db: &C, task: &TaskFunction) -> Result<Publish> {
    let current = db
        .one(CURRENT_VERSION, params![task.name.as_str()])?
        .map(|row| row.only().text())
        .transpose()?;
    if current.as_ref() == Some(&task.version) {
        return Ok(Publish::Unchanged);
    }
    db.execute(WITHDRAW, params![task.name.as_str()])?;
    db.execute(
        PUBLISH,
        params![
            task.name.as_str(),
            task.version.as_str(),
            task.created_at,
            task.description.as_deref(),
            task.input_schema.as_deref(),
            task.code.as_str(),
            task.modules.as_str(),
            task.timeout_ms,
        ],
    )?;
    db.execute(
        NOTE,
        params![
            task.name.as_str(),
            task.created_at,
            Some(task.version.as_str())
        ],
    )?;
    Ok(match current {
        None => Publish::Created,
        Some(_) => Publish::Updated,
    })
}
