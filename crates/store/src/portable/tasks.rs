//! Published tasks, and what is known of them.

use tasker_domain::{RunId, TaskFunction};

use super::{Database, Statement};
use crate::page::page;
use crate::postgres::params;
use crate::records::retention::read_settings;
use crate::records::tasks::read_task;
use crate::{Page, Result, TaskRef, TaskSettings, Tasks};

pub(super) const STATEMENTS: &[Statement] = &[TASK, ALL, OF_RUN, SETTINGS];

const TASK: Statement = Statement {
    head: "task(text)",
    answer: "SETOF task_functions",
    sql: "SELECT * FROM task_functions WHERE name = $1 AND is_current = 1/*postgres ::boolean */",
};

const ALL: Statement = Statement {
    head: "tasks(text, bigint)",
    answer: "TABLE (
        name text, version text, code text, modules text, description text, input_schema text, timeout_ms bigint,
        created_at bigint)",
    sql: "
    SELECT name, version, '' AS code, '' AS modules, description, input_schema, timeout_ms, created_at FROM task_functions
    WHERE is_current = 1/*postgres ::boolean */ AND name > $1 ORDER BY name LIMIT $2",
};

/// The version that was current at the moment whose versions the run meets; if none was, the first one after that, so that
/// the run meets one and the same whenever it asks.
const OF_RUN: Statement = Statement {
    head: "task_of_run(text, uuid)",
    answer: "SETOF task_functions",
    sql: "
    SELECT f.* FROM task_runs r JOIN task_functions f ON f.name = $1 AND f.version = coalesce(
        (SELECT p.version FROM publications p WHERE p.task_name = $1 AND p.at <= coalesce(r.versions_at, r.created_at)
         ORDER BY p.at DESC LIMIT 1),
        (SELECT p.version FROM publications p WHERE p.task_name = $1 AND p.at > coalesce(r.versions_at, r.created_at)
            AND p.version IS NOT NULL
         ORDER BY p.at LIMIT 1))
    WHERE r.id = $2",
};

const SETTINGS: Statement = Statement {
    head: "task_settings(text, text)",
    answer: "SETOF task_settings",
    sql: "SELECT * FROM task_settings WHERE task_name = $1 AND task_version = $2",
};

impl<D: Database> Tasks for D {
    fn task(&self, name: &str) -> Result<Option<TaskFunction>> {
        let task = self.row(&TASK, params![name])?;
        task.map(|mut row| read_task(&mut row)).transpose()
    }

    fn tasks(&self, after: Option<&str>, limit: u32) -> Result<Page<TaskFunction>> {
        page(limit, |limit| {
            let mut tasks = self.rows(&ALL, params![after.unwrap_or_default(), limit])?;
            tasks.iter_mut().map(read_task).collect()
        })
    }

    fn task_of_run(&self, name: &str, run: RunId) -> Result<Option<TaskFunction>> {
        let task = self.row(&OF_RUN, params![name, run])?;
        task.map(|mut row| read_task(&mut row)).transpose()
    }

    fn task_settings(&self, task: &TaskRef) -> Result<TaskSettings> {
        let settings = self.row(
            &SETTINGS,
            params![task.name.as_str(), task.version.as_str()],
        )?;
        settings.map_or_else(|| Ok(TaskSettings::default()), read_settings)
    }
}
